"""Renders a data set: settings, processes, and the files beside images."""

import dataclasses
import subprocess

from exprgan_tf.errors import UserError
from exprgan_tf.rendering import jobs, workers
from exprgan_tf.rendering.face_model import read_face_model
from exprgan_tf.rendering.paint_maps import PaintMaps
from exprgan_tf.rendering.topology import FACE_X_MODEL
from exprgan_tf.support.output_folder import OutputFolder
from exprgan_tf.support.places import require_apart
from exprgan_tf.support.progress import progress_bar

# Goes up when the same settings give other images.
RENDERER = 1
# Bytes of a JPEG a pixel, at the most.
_BYTES_A_PIXEL = 0.75


def render_dataset(
    model_folder, output, settings, worker_count=0, overwrite=False,
    topology=FACE_X_MODEL, texture_side=640,
):
    """Renders into a folder; what an earlier run left there is continued.

    Args:
        model_folder: FaceXModel, or the clone with it.
        output: a `pathlib.Path`.
        settings: `Settings`.
        worker_count: processes; 0 for one a core. The bytes do not depend
            on it.
        overwrite: replace a data set, or an unfinished one of other settings.
        topology, texture_side: of the face model and of painted skin.

    Returns:
        `{split: number of images}`.

    Raises:
        UserError: for a face model that cannot be used, an output folder
            that is in use, a full disk, or a process that died.
    """
    require_apart(output, {"ict_model": model_folder}, inside=True)
    folder = OutputFolder(output, "rendered faces")
    folder.check(overwrite)
    model = read_face_model(model_folder, topology)
    counts = [
        jobs.image_count(settings, index)
        for index in range(settings.subjects)
    ]
    try:
        folder.begin(_description(settings, model), overwrite)
        finished = folder.finished_subjects()
        images = sum(counts) - sum(counts[index] for index in finished)
        folder.require_space(
            images * settings.image_size ** 2 * _BYTES_A_PIXEL,
            f"{images} images",
        )
        bar = progress_bar(
            sum(counts), "faces", "image",
            sum(counts[index] for index in finished),
        )
        with bar:
            missing = [
                index for index in range(settings.subjects)
                if index not in finished
            ]
            for index, rows in workers.render_all(
                model, PaintMaps(model, texture_side), settings, folder,
                missing, worker_count,
            ):
                folder.finish_subject(index, rows)
                bar.update(counts[index])
        rows = folder.all_rows(settings.subjects)
        with folder.file(output / "README.md") as partial:
            partial.write_text(
                _notice(model_folder, settings), "utf-8"
            )
        folder.finish(jobs.COLUMNS, rows)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    splits = {}
    for row in rows:
        split = row[jobs.COLUMNS.index("split")]
        splits[split] = splits.get(split, 0) + 1
    return splits


def _description(settings, model):
    return {
        **dataclasses.asdict(settings),
        "face_model": model.fingerprint, "renderer": RENDERER,
    }


def _notice(model_folder, settings):
    """Licence, origin and how to make the same images again."""
    flags = [
        f"--{name}" if value is True else f"--{name}={value}"
        for name, value in dataclasses.asdict(settings).items()
        if value is not False
    ]
    return f"""# Rendered faces

Rendered from the ICT Face Model Light, MIT License, Copyright (c) 2020 USC
Institute for Creative Technologies, https://github.com/ICT-VGL/ICT-FaceKit
(commit {_commit(model_folder) or "unknown"}). Keep this notice with the
images. No person is in them. The seed is {settings.seed}; the same images:

    exprgan render-faces --ict_model=FaceXModel --output=DIR \\
        {" ".join(flags)}

`manifest.csv` has the exact labels: expression, intensity, shape weights, head
pose in degrees, and landmarks in pixels, left and right as seen in the image,
the centre of the first pixel at 0.
"""


def _commit(folder):
    """The clone's commit; None when the folder is no file of a clone."""
    def git(*arguments):
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, text=True, check=True,
        ).stdout.strip()

    try:
        # A copy inside another project's clone has that one's commit.
        if not git("ls-files", "*generic_neutral_mesh.obj"):
            return None
        return git("rev-parse", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return None
