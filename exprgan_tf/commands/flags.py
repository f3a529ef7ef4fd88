"""Flags made of dataclasses of settings, and dataclasses made of flags."""

import dataclasses
import textwrap

from absl import flags

from exprgan_tf.config import Config
from exprgan_tf.config_presets import PRESETS
from exprgan_tf.errors import UserError


class SettingsFlags:
    """One flag for each field of a dataclass, see `support.settings`.

    Args:
        settings: the dataclass.
    """

    def __init__(self, settings):
        self._settings = settings

    def define(self, values):
        """Adds the flags to absl `FlagValues`."""
        for field in self._fields():
            _define(values, field, _default(field), field.metadata["help"])

    def read(self, values, words=()):
        """The dataclass with what was given.

        Args:
            values: parsed `FlagValues`.
            words: what stood beside the flags.

        Raises:
            UserError: when something that is needed was not given, or a
                value cannot be.
        """
        given = {
            field.name: _value(field, values[field.name].value)
            for field in self._fields()
        }
        words = iter(words)
        for field in dataclasses.fields(self._settings):
            if field.metadata["word"]:
                given[field.name] = next(words, None)
        self._require_needed(given)
        return self._settings(**given)

    @property
    def words(self):
        """How many words may stand beside the flags."""
        return sum(
            field.metadata["word"]
            for field in dataclasses.fields(self._settings)
        )

    def _fields(self):
        return [
            field for field in dataclasses.fields(self._settings)
            if not field.metadata["word"]
        ]

    def _require_needed(self, given):
        needed = [
            field for field in dataclasses.fields(self._settings)
            if field.metadata["needed"]
        ]
        if all(given[field.name] for field in needed):
            return
        names = [
            field.name.upper() if field.metadata["word"] else f"--{field.name}"
            for field in needed
        ]
        text = names[-1]
        if len(names) > 1:
            text = f"{', '.join(names[:-1])} and {text}"
        raise UserError(f"{text} {'are' if len(names) > 1 else 'is'} needed")


class ConfigFlags:
    """One flag for each field of `Config`, and `--preset`.

    What is not given is what the preset says.
    """

    words = 0

    def define(self, values):
        """As that of `SettingsFlags`."""
        flags.DEFINE_enum(
            "preset", "paper", sorted(PRESETS),
            "where the settings that are not given come from",
            flag_values=values,
        )
        for field in dataclasses.fields(Config):
            _define(
                values, field, None,
                f"{field.metadata['help']} (preset paper: {field.default})",
            )

    def read(self, values, words=()):
        """The `Config`.

        Raises:
            UserError: for a value that cannot be.
        """
        given = dict(PRESETS[values.preset])
        for field in dataclasses.fields(Config):
            value = values[field.name].value
            if value is not None:
                given[field.name] = _value(field, value)
        return Config(**given)


def help_text(values, description):
    """What `--help` prints.

    Args:
        values: `FlagValues` with all flags.
        description: the text above them.
    """
    lines = [description.strip(), ""]
    for members in values.flags_by_module_dict().values():
        for flag in members:
            lines += textwrap.wrap(
                f"--{flag.name}{_shape(flag)}: {flag.help}", 79,
                subsequent_indent="    ", break_on_hyphens=False,
            )
    return "\n".join(lines)


def _shape(flag):
    """`=default` of a flag, as it is written."""
    if flag.boolean:
        return "=true" if flag.default else ""
    default = flag.default
    if isinstance(default, list):
        default = ",".join(default)
    return f"={default}" if default not in (None, "") else ""


def _define(values, field, default, text):
    meta = field.metadata
    if meta["choices"]:
        flags.DEFINE_enum(
            field.name, default, meta["choices"], text, flag_values=values
        )
    elif field.type in (int, float):
        define = {
            int: flags.DEFINE_integer, float: flags.DEFINE_float
        }[field.type]
        define(
            field.name, default, text, meta["least"], meta["most"],
            flag_values=values,
        )
    elif field.type is bool:
        flags.DEFINE_bool(field.name, default, text, flag_values=values)
    elif field.type in (str, str | None):
        flags.DEFINE_string(field.name, default, text, flag_values=values)
    else:
        flags.DEFINE_list(field.name, default, text, flag_values=values)


def _default(field):
    """The default as absl takes it: lists as lists of texts."""
    if field.default is dataclasses.MISSING:
        return []
    if isinstance(field.default, tuple):
        return [str(item) for item in field.default]
    return field.default


def _value(field, given):
    """What the dataclass takes of what absl gives."""
    if given == "" and field.default != "":
        # Of a variable that is not set; as a path, it would be this folder.
        raise UserError(
            f"--{field.name}= is empty: leave it out, or give a value"
        )
    if not isinstance(given, list):
        return given
    if field.metadata["read"]:
        return field.metadata["read"](given)
    item_type = field.type.__args__[0]
    try:
        return tuple(item_type(item) for item in given)
    except ValueError:
        raise UserError(
            f"--{field.name}={','.join(given)}: must be a list of "
            f"{item_type.__name__}"
        ) from None
