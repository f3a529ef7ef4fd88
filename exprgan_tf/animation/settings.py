"""What is asked of a set of moved photographs."""

import dataclasses

from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class AnimateRequest:
    """Whose photographs move, and where the pictures go."""

    photos: str | None = setting(
        None, "folder of neutral photographs, or a data set of --source",
        needed=True,
    )
    output: str | None = setting(None, "folder to make", needed=True)
    source: str = setting(
        "", "how the data set lies on disk, see make-tfrecords "
        "--list_sources; empty: told by its files, else every photograph "
        "below the folder is a neutral one",
    )
    ict_model: str | None = setting(
        None, "folder FaceXModel of ICT-FaceKit, or a file of "
        "reduce-face-model; default: the face model that comes along",
    )
    workers: int = setting(0, "processes; 0: one for each core", least=0)
    overwrite: bool = setting(
        False, "replace a finished --output, or other settings"
    )
    strict: bool = setting(
        False, "end with an error when a photograph is refused"
    )


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the pictures depend on, beside photographs and face model."""

    per_expression: int = setting(
        1, "pictures of a photograph for each expression", least=1
    )
    ladders: bool = setting(
        False, "add five intensities of each expression in one style for "
        "photographs of the test split",
    )
    any_expression: bool = setting(
        False, "take photographs that show an expression, too: what the mouth "
        "shows is taken back, whole, before it moves; a network learns from "
        "these to start from any",
    )
    least_intensity: float = setting(
        0.1, "of a picture with an expression, beside ladders", least=0.0,
        most=1.0,
    )
    styles: int = setting(
        3, "of each expression's styles the first so many; with 1, what a "
        "network is asked for is always the same, and it learns it sharper",
        least=1, most=3,
    )
    side: int = setting(
        128, "of the pictures, pixels", least=64, most=512
    )
    test_fraction: float = setting(
        0.1, "share of the people for testing, where the data set has no "
        "test split", least=0.0, most=0.9,
    )
    tint: float = setting(
        0.0, "share of the gray photographs that get the colours of skin",
        least=0.0, most=1.0,
    )
    motions: bool = setting(
        True, "write the motion of each picture beside it"
    )
    seed: int = setting(1, "of everything that is drawn", least=0)
