"""Writes images of a data set as files.

    exprgan export-images --data_dir=data/ictface128 --split=neutral \\
        --subjects=s072,s073 --output=faces

Writes {subject}_{expression}_{number}.jpg (or .png), as they are stored.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class ImagesRequest:
    """Whose images are written where."""

    data_dir: str | None = setting(
        None, "folder with dataset.json", needed=True
    )
    output: str | None = setting(None, "folder for the images", needed=True)
    split: str = setting("test", "train, test, neutral, ...")
    subjects: tuple[str, ...] = setting((), "only these; empty: everybody")


SETTINGS = (ImagesRequest,)


def main(request):
    from exprgan_tf.data.image_files import export_images
    from exprgan_tf.data.records import Dataset

    dataset = Dataset.open(request.data_dir)
    unknown = set(request.subjects) - set(dataset.subjects(request.split))
    if unknown:
        raise UserError(
            f"--subjects: {min(unknown)} is not in split {request.split}"
        )
    count = export_images(
        dataset, request.split, pathlib.Path(request.output),
        request.subjects,
    )
    print(f"{count} images: {request.output}")


if __name__ == "__main__":
    run(main, SETTINGS)
