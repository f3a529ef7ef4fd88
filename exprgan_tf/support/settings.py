"""Settings as fields of frozen dataclasses, which commands read from flags.

A setting is stated once: its default, what it may be and what it does stand
in the dataclass whose users read it.
"""

import dataclasses

MODEL_HELP = "run folder or model file; default: the one that comes along"


def setting(
    default, help, choices=None, least=None, most=None, read=None,
    needed=False, word=False,
):
    """A field that is a flag of the same name, too.

    Args:
        default: its value when nothing is said.
        help: what it is, for `--help`.
        choices: the texts that it may be.
        least, most: bounds of a number.
        read: a function from the texts of a comma-separated list to the
            value; it raises `UserError` for others.
        needed: whether a command must be given it.
        word: whether it is given as a word, without `--name=`.

    Returns:
        A `dataclasses.field`.
    """
    metadata = {
        "help": help, "choices": choices, "least": least, "most": most,
        "read": read, "needed": needed, "word": word,
    }
    if isinstance(default, dict):
        return dataclasses.field(
            default_factory=lambda: dict(default), metadata=metadata
        )
    return dataclasses.field(default=default, metadata=metadata)
