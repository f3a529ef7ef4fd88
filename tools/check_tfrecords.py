"""`exprgan check-tfrecords`, from a checkout."""

from exprgan_tf.commands.check_tfrecords import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
