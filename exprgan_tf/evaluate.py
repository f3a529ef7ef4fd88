"""Measures models on people they were not trained on.

    exprgan evaluate --model=runs/demo --data_dir=data/ictface128 \\
        --output=runs/demo/evaluation
    exprgan evaluate --photos=photos --judge_data=data/faces --output=report
    exprgan evaluate --data_dir=data/mine --augmentation_data=data/moved \\
        --output=report

Writes report.html (one file with all figures) and metrics.json, and prints
the main figures. With --photos these are of whole photographs of people, for
which there is no truth: judges tell what they see after the edit, and the
report tells what the judges are worth.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.evaluation.request import EvaluationRequest

SETTINGS = (EvaluationRequest,)


def main(request):
    if request.photos:
        from exprgan_tf.evaluation.photographs.perform import (
            evaluate_photographs,
        )

        evaluate_photographs(request)
        return
    if request.augmentation_data:
        from exprgan_tf.evaluation.augmented.perform import (
            evaluate_made_faces,
        )

        evaluate_made_faces(request)
        return
    from exprgan_tf.evaluation.perform import evaluate

    evaluate(request)


if __name__ == "__main__":
    run(main, SETTINGS)
