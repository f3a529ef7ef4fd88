"""What every command shares: flags of the settings, and clear endings."""

import dataclasses
import sys

from absl import app, flags

from exprgan_tf.config import PRESETS, Config
from exprgan_tf.errors import UserError
from exprgan_tf.quiet import import_backend

MODEL_HELP = "run folder or model file; default: the one that comes along"
_FLAG_TYPES = {int: flags.DEFINE_integer, float: flags.DEFINE_float,
               bool: flags.DEFINE_bool}


def run(main, arguments=0):
    """Runs `main(argv)` with absl flags parsed.

    `arguments` is how many words may stand beside the flags.
    A `UserError` and a wrong flag end it with one line on stderr and exit
    code 1 and 2; Ctrl-C with 130.
    """
    app.run(
        lambda argv: _guarded(main, argv, arguments),
        flags_parser=_parse_flags,
    )


def _guarded(main, argv, arguments):
    if len(argv) > 1 + arguments:
        _fail(
            f"unexpected argument {argv[1 + arguments]!r}: write --flag=value",
            2,
        )
    try:
        import_backend()
        main(argv)
    except UserError as error:
        _fail(error, 1)
    except ModuleNotFoundError as error:
        if error.name.split(".")[0] != "tensorflow":
            raise
        _fail(
            "this command needs TensorFlow, which is not installed: pip "
            "install -r requirements.txt", 1,
        )
    except KeyboardInterrupt:
        _fail("interrupted", 130)


def _parse_flags(argv):
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        _fail(" ".join(str(error).split()), 2)
    except OSError as error:
        _fail(f"--flagfile: {error}", 2)


def _fail(message, code):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


def define_config_flags():
    """One flag for each field of `Config`, and `--preset`."""
    flags.DEFINE_enum(
        "preset", "paper", sorted(PRESETS),
        "where the settings that are not given come from",
    )
    for field in dataclasses.fields(Config):
        help_text = f"{field.metadata['help']} (preset paper: {field.default})"
        if field.metadata["choices"]:
            flags.DEFINE_enum(
                field.name, None, field.metadata["choices"], help_text
            )
        elif field.type in _FLAG_TYPES:
            _FLAG_TYPES[field.type](field.name, None, help_text)
        elif field.type is str:
            flags.DEFINE_string(field.name, None, help_text)
        else:
            flags.DEFINE_list(field.name, None, help_text)


def config_from_flags():
    """The preset's settings with those that were given as flags.

    Raises:
        UserError: for a list whose items are not of the right type.
    """
    values = dict(PRESETS[flags.FLAGS.preset])
    for field in dataclasses.fields(Config):
        given = flags.FLAGS[field.name].value
        if given is None:
            continue
        if isinstance(given, list):
            given = _parse_list(field, given)
        values[field.name] = given
    return Config(**values)


def _parse_list(field, items):
    item_type = field.type.__args__[0]
    try:
        return tuple(item_type(item) for item in items)
    except ValueError:
        raise UserError(
            f"--{field.name}={','.join(items)}: must be a list of "
            f"{item_type.__name__}"
        ) from None
