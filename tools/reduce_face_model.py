"""`exprgan reduce-face-model`, from a checkout."""

from exprgan_tf.commands.reduce_face_model import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
