"""`exprgan doctor`, from a checkout."""

from exprgan_tf.commands.doctor import SETTINGS, STARTS_KERAS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS, backend=STARTS_KERAS)
