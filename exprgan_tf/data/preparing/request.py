"""What is asked of a data set: from where, which photographs, which faces."""

import dataclasses

from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


def parse_classes(items):
    """Classes from texts, `happy` or `upset=angry+disgust`.

    Raises:
        UserError: for a text that is neither, or an expression in two
            classes.
    """
    classes, homes = {}, {}
    for item in items:
        name, _, sources = item.partition("=")
        expressions = sources.split("+") if sources else [name]
        if not name or name in classes or not all(expressions):
            raise UserError(
                f"--classes: {item!r} must be a new NAME or NAME=FIRST+SECOND"
            )
        classes[name] = expressions
        for expression in expressions:
            if homes.setdefault(expression, name) != name:
                raise UserError(
                    f"--classes: {expression} is in both "
                    f"{homes[expression]} and {name}"
                )
    return classes


@dataclasses.dataclass(frozen=True)
class Selection:
    """How photographs are picked.

    `classes` is a dict from class name to the expressions that it takes in.
    """

    classes: dict = setting(
        {},
        "classes, such as happy or upset=angry+disgust (merged); empty: every "
        "expression, and neutral as a reference split", read=parse_classes,
    )
    max_per_class: int = setting(
        0, "most pictures of a class in a split; 0: all", least=0
    )
    balance: str = setting(
        "none",
        "make the training classes equal: cut to the rarest, or repeat "
        "pictures", ("none", "trim", "repeat"),
    )
    test_fraction: float = setting(
        0.1,
        "share of the subjects for testing, where the source has no test "
        "split", least=0.0, most=0.9,
    )
    val_fraction: float = setting(
        0.0, "share of the training subjects for validation", least=0.0,
        most=0.9,
    )


@dataclasses.dataclass(frozen=True)
class Options:
    """How faces are stored."""

    image_size: int = setting(
        128, "side of the stored images in pixels", least=16, most=1024
    )
    align: str = setting(
        "auto",
        "auto: leave square pictures whole whose face is in place already; "
        "never: all pictures are aligned and square",
        ("auto", "always", "never"),
    )
    margin: float = setting(
        0.0,
        "how much more to show around the face, as a share of its side; "
        "negative: less", least=-0.3, most=2.0,
    )
    jpeg_quality: int = setting(
        95, "of pictures that have to be encoded anew", least=1, most=100
    )


@dataclasses.dataclass(frozen=True)
class DatasetRequest:
    """Which photographs, where the data set goes, and how it is made."""

    source: str = setting("manifest", "see --list_sources")
    list_sources: bool = setting(
        False, "print how each source lies on disk, and end"
    )
    input: str | None = setting(None, "folder (or file) of the source")
    output: str | None = setting(None, "folder to make")
    split_file: str | None = setting(
        None,
        "for --source=oulu: split/oulu_anno.pickle of the authors' release",
    )
    shard_records: int = setting(512, "most records of a shard", least=1)
    overwrite: bool = setting(False, "replace --output")
    strict: bool = setting(
        False, "end with an error when a picture has to be skipped"
    )
    workers: int = setting(0, "processes; 0: one a core")
    runner: str = setting(
        "local", "beam: as an Apache Beam pipeline", ("local", "beam")
    )
    beam_options: tuple[str, ...] = setting(
        (), "for --runner=beam, such as --runner=FlinkRunner"
    )
