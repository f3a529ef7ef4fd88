"""`exprgan animate-photos`, from a checkout."""

from exprgan_tf.commands.animate_photos import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
