"""Edits expressions in photographs and films.

    exprgan edit --input=face.jpg --output=edited \\
        --expressions=happy,sad --intensities=0.5,1.0

writes {stem}_{expression}_{intensity}.png for each, and {stem}_grid.png; with
--paste_back also ..._photo.png, the whole photograph with the edited face.
With --format=gif or mp4 it writes {stem}_{expression}.gif: from neutral to
the largest intensity and back. Without --input it edits an example.

    exprgan edit --input=group.jpg --face_expressions=1:happy,2:surprise

edits several faces of one photograph, each its own way; face 1 is the
leftmost one.

    exprgan edit --input=clip.mp4 --expressions=happy --intensities=0.8

writes clip_happy_0.80.mp4, the largest face edited in every frame.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.editing.request import EditRequest

SETTINGS = (EditRequest,)
# What needs it starts it: see `editing.late`.
STARTS_KERAS = False


def main(request):
    from exprgan_tf.editing.perform import edit

    return edit(request)


if __name__ == "__main__":
    run(main, SETTINGS, backend=STARTS_KERAS)
