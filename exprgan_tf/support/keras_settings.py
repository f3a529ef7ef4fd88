"""Keras as this project computes with it, whatever a machine's settings say.

Its own are read from `keras.json` and the environment when it is imported;
other programs of the same user leave theirs there.
"""

import contextlib
import json
import os
import pathlib
import sys

from exprgan_tf.errors import UserError

BACKENDS = ("tensorflow", "torch", "jax")
# Keras imports these for wrappers and galleries that no command uses, and
# does without where they are missing: a second of each command's start.
UNUSED = ("sklearn", "matplotlib")
# Name in keras.json, the value it must have here.
NEEDED = {"image_data_format": "channels_last", "floatx": "float32"}


def settings_file():
    """Where Keras looks for its `keras.json`, a path."""
    home = os.environ.get("KERAS_HOME")
    if home is None:
        base = os.path.expanduser("~")
        home = os.path.join(
            base if os.access(base, os.W_OK) else "/tmp", ".keras"
        )
    return pathlib.Path(os.path.expanduser(home)) / "keras.json"


def settings():
    """What that file holds; an empty dict where Keras ignores it, too."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(settings_file().read_text())
        if isinstance(found, dict):
            return found
    return {}


def chosen_backend():
    """Name of the backend, and where it is said: a variable or a file."""
    if name := os.environ.get("KERAS_BACKEND"):
        return name, "KERAS_BACKEND"
    return settings().get("backend", "tensorflow"), f"{settings_file()}"


def import_keras():
    """The module `keras`, with the settings that are needed here.

    Raises:
        UserError: when it does not start with what is set.
    """
    name, place = chosen_backend()
    if name not in BACKENDS:
        raise UserError(
            f"{place} names the backend {str(name)[:60]!r}: set "
            f"KERAS_BACKEND to one of {', '.join(BACKENDS)}"
        )
    # Read by TensorFlow, whose tf.keras would be another package than Keras 3.
    os.environ["TF_USE_LEGACY_KERAS"] = "0"
    try:
        with _hidden(UNUSED):
            import keras
    except ModuleNotFoundError as error:
        raise UserError(
            f"the backend of Keras, {error.name.split('.')[0]}, is not "
            "installed: install it, or name another: "
            "KERAS_BACKEND=tensorflow, torch or jax"
        ) from None
    # It raises many things when a setting is not what it expects.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"Keras does not start ({type(error).__name__}: {reason}): mend "
            f"or remove {settings_file()}, and look at the variables "
            "KERAS_..."
        ) from None
    keras.config.set_image_data_format(NEEDED["image_data_format"])
    keras.config.set_floatx(NEEDED["floatx"])
    keras.config.set_epsilon(1e-7)
    return keras


@contextlib.contextmanager
def _hidden(names):
    """Packages that look inside as if they were not installed, but those
    that are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def require_settings():
    """For programs that import the package: their Keras is their own.

    Raises:
        UserError: when models would be built in another way than they are
            saved.
    """
    import keras

    for name, needed in NEEDED.items():
        if getattr(keras.config, name)() != needed:
            raise UserError(
                f"Keras is set to {name}={getattr(keras.config, name)()} "
                f"({settings_file()}): call "
                f"keras.config.set_{name}({needed!r}) first"
            )
