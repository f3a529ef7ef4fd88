"""`exprgan import-authors-checkpoint`, from a checkout."""

from exprgan_tf.commands.import_authors_checkpoint import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
