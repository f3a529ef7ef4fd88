"""`exprgan pack-model`, from a checkout."""

from exprgan_tf.commands.pack_model import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
