"""Commands that write, killed at random moments and repeated; minutes long.

A killed command leaves no half file under a final name, and repeating it ends
with what an undisturbed run gives. EXPRGAN_KILLS says how many moments a
command is tried at (20).
"""

import contextlib
import os
import random
import shutil
import signal
import time

import numpy as np
import pytest
from commands import ROOT
from conftest import tiny_config
from forked import Forked, command, preload
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.data.checking import check
from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.records import Dataset
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie
from exprgan_tf.support.record import is_partial

preload(
    "exprgan_tf.editing.perform", "exprgan_tf.evaluation.perform",
    "exprgan_tf.exporting.folder", "exprgan_tf.data.preparing.writing",
)

KILLS = int(os.environ.get("EXPRGAN_KILLS", "20"))


@pytest.fixture(scope="session")
def inputs(data_dir, faces_folder, tmp_path_factory):
    """What the commands read."""
    folder = tmp_path_factory.mktemp("inputs")
    ExprGAN(tiny_config()).save(folder / "model.keras")
    shutil.copytree(data_dir, folder / "more")
    (folder / "photos").mkdir()
    carried = Dataset.open(ROOT / "data" / "ictface128")
    export_images(
        carried, "neutral", folder / "photos",
        sorted(carried.subjects("neutral"))[:3],
    )
    write_movie(
        folder / "film.mp4",
        np.random.default_rng(0).integers(0, 255, (60, 48, 64, 3), "uint8"),
        30,
    )
    return {
        "data": data_dir, "faces": faces_folder, "folder": folder,
        "model": folder / "model.keras",
    }


# The flags of each but --output. --overwrite, since one may have ended before
# it was killed.
COMMANDS = {
    "make-tfrecords": (
        "--source=manifest", "--input={faces}", "--image_size=32",
        "--align=never", "--workers=1", "--shard_records=4", "--overwrite",
    ),
    "merge-tfrecords": (
        "--inputs={data},{folder}/more", "--overwrite",
    ),
    "animate-photos": (
        "--photos={folder}/photos", "--workers=1", "--overwrite",
    ),
    "generate": ("--model={model}", "--count=900"),
    "generate --format=tfrecord": ("--model={model}", "--count=3000"),
    "edit": (
        "--model={model}", "--input={faces}", "--align=never",
        "--refine=none",
    ),
    "edit film": (
        "--model={model}", "--input={folder}/film.mp4", "--align=never",
        "--refine=none", "--expressions=sad",
    ),
    "export": ("--model={model}", "--overwrite"),
    "export-images": ("--data_dir={data}", "--split=train"),
    "pack-model": ("--model={model}", "--overwrite"),
    "evaluate": (
        "--model={model}", "--data_dir={data}", "--refine=none",
        "--augmentation_scale=0",
    ),
}


def start(name, inputs, output):
    if name == "pack-model":
        output = output.with_suffix(".keras")
    return Forked(
        command, *name.removesuffix(" film").split(),
        *(flag.format(**inputs) for flag in COMMANDS[name]),
        f"--output={output}",
    )


def end(name, inputs, output):
    """Runs a command that must go well."""
    process = start(name, inputs, output)
    _, written = process.communicate(timeout=1800)
    assert process.returncode == 0, written


def contents(name, output):
    """Names and bytes; of what differs from run to run names alone."""
    if name == "pack-model":
        output = output.with_suffix(".keras")
        return {output.suffix: ExprGAN.load(output).fingerprint()}
    files = {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    if name in ("evaluate", "export"):
        return sorted(files)
    return files


def assert_nothing_is_half(output):
    """What has its final name can be read to its end."""
    for path in output.parent.rglob("*.png"):
        if not is_partial(path.name):
            with Image.open(path) as image:
                assert np.asarray(image).ndim == 3
    for path in output.parent.rglob("*.mp4"):
        if not is_partial(path.name):
            assert sum(1 for _ in Movie(path)) == 60
    if (output / "dataset.json").exists():
        assert check(output)[0] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_and_repeated_it_ends_alike(name, inputs, tmp_path):
    # The first of all waits until the process is there that is forked.
    end("pack-model", inputs, tmp_path / "first" / "out")
    whole = tmp_path / "whole" / "out"
    begun = time.monotonic()
    end(name, inputs, whole)
    seconds = time.monotonic() - begun
    expected = contents(name, whole)
    generator = random.Random()
    killed = 0
    for number in range(KILLS):
        output = tmp_path / str(number) / "out"
        process = start(name, inputs, output)
        moment = generator.uniform(0.05, 1.05) * seconds
        if process.wait(moment) is None:
            # It may end just now.
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        _, written = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), written
        killed += process.returncode != 0
        assert_nothing_is_half(output)
        end(name, inputs, output)
        assert contents(name, output) == expected, moment
        left = [
            path for path in output.parent.iterdir()
            if path.name.startswith(".")
        ]
        assert left == [], moment
        print(f"{name}: {number + 1} moments", flush=True)
    print(f"{name}: {killed} of {KILLS} killed, {seconds:.1f} s whole")
