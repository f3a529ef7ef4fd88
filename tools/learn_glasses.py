"""`exprgan learn-glasses`, from a checkout."""

from exprgan_tf.commands.learn_glasses import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
