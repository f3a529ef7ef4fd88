"""`exprgan convert-vgg-face`, from a checkout."""

from exprgan_tf.commands.convert_vgg_face import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
