"""`exprgan animate-photos`, from a checkout."""

from exprgan_tf.commands.animate_photos import (
    SETTINGS,
    STARTS_KERAS,
    main,
)
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS, backend=STARTS_KERAS)
