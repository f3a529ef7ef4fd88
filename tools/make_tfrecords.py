"""`exprgan make-tfrecords`, from a checkout."""

from exprgan_tf.commands.make_tfrecords import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
