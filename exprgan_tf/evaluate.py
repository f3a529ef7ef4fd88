"""Measures models on people they were not trained on.

    exprgan evaluate --model=runs/demo --data_dir=data/ictface128 \\
        --output=runs/demo/evaluation

Writes report.html (one file with all figures) and metrics.json, and prints
the main figures.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.evaluation.request import EvaluationRequest

SETTINGS = (EvaluationRequest,)


def main(request):
    from exprgan_tf.evaluation.perform import evaluate

    evaluate(request)


if __name__ == "__main__":
    run(main, SETTINGS)
