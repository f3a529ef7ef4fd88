"""`exprgan export-images`, from a checkout."""

from exprgan_tf.commands.export_images import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
