"""Makes neutral photographs move: exact intensities.

    exprgan animate-photos --photos=photos --output=moved
    exprgan make-tfrecords --source=manifest --input=moved --output=data/moved

Fits a face model to each photograph and moves the photograph's own pixels.
The output folder has `images/`, `motions/`, a `manifest.csv` for
make-tfrecords, and `report.html`: what was taken, what was refused and why.
Photographs that would teach nonsense are refused: faces seen from the side,
covered or open mouths, closed eyes, blurred or small faces, and those where
landmarks and picture disagree.

A killed run is continued by the same command. The pictures depend on the
flags alone, not on the number of processes.
"""

from exprgan_tf.animation.settings import AnimateRequest, Settings
from exprgan_tf.commands.running import run

SETTINGS = (AnimateRequest, Settings)
STARTS_KERAS = False


def main(request, settings):
    from exprgan_tf.animation import report
    from exprgan_tf.animation.dataset import animate_dataset

    summary = animate_dataset(request, settings)
    print(report.as_text(summary, request.output))
    print(f"manifest: {request.output}/manifest.csv")


if __name__ == "__main__":
    run(main, SETTINGS, backend=STARTS_KERAS)
