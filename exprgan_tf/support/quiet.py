"""Keras and TensorFlow without their start-up notes."""

import contextlib
import os
import sys
import tempfile

from exprgan_tf.errors import UserError
from exprgan_tf.support.keras_settings import import_keras


def import_backend():
    """Imports Keras and its backend without the notes of TensorFlow.

    Raises:
        UserError: when the backend is not installed, or Keras does not start
            with what is set.
    """
    _set_tensorflow()
    # Figures go to files. What a notebook sets for its own need not be there
    # for the commands that are called from it.
    os.environ["MPLBACKEND"] = "agg"
    with quiet_stderr():
        keras = import_keras()
        from absl import logging
    logging.set_verbosity(logging.ERROR)
    if keras.backend.backend() == "tensorflow":
        import_tensorflow()


def import_tensorflow():
    """Imports TensorFlow without the notes that it prints while it starts.

    They come from its C++ side before any setting is read, and would bury
    what a command has to say.
    """
    _set_tensorflow()
    with quiet_stderr():
        # A process that was started for a part of the work comes here first.
        import_keras()
        import tensorflow as tf
        from absl import logging

        tf.config.list_physical_devices()
    logging.set_verbosity(logging.ERROR)
    tf.get_logger().setLevel("ERROR")


def _set_tensorflow():
    # TensorFlow asks oneDNN by itself on some processors only; a step of
    # training costs three quarters with it on the others, too.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # With several machines 3, errors, too: a lost one would fill a page.
    level = "3" if "TF_CONFIG" in os.environ else "2"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", level)


@contextlib.contextmanager
def quiet_stderr():
    """Holds back what the process writes to stderr, unless it fails."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except UserError:
            # It says all that there is to say.
            raise
        except BaseException:
            held_back.seek(0)
            os.write(kept, held_back.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
