"""Commands that write, killed at random moments and repeated; minutes long.

A killed command leaves no half file under a final name, and repeating it ends
with what an undisturbed run gives. EXPRGAN_KILLS says how many moments a
command is tried at (20).
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from commands import ROOT, run_process
from conftest import tiny_config
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.data.checking import check
from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.records import Dataset
from exprgan_tf.support.record import is_partial

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
    "export": ("--model={model}", "--overwrite"),
    "export-images": ("--data_dir={data}", "--split=train"),
    "pack-model": ("--model={model}", "--overwrite"),
    "evaluate": (
        "--model={model}", "--data_dir={data}", "--refine=none",
        "--augmentation_scale=0",
    ),
}


def words(command, inputs, output):
    name, *more = command.split()
    if command == "pack-model":
        output = output.with_suffix(".keras")
    return [
        sys.executable, "-m", "exprgan_tf", name, *more,
        *(flag.format(**inputs) for flag in COMMANDS[command]),
        f"--output={output}",
    ]


def start(command, inputs, output):
    return subprocess.Popen(
        words(command, inputs, output), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )


def contents(command, output):
    """Names and bytes; of what differs from run to run names alone."""
    if command == "pack-model":
        output = output.with_suffix(".keras")
        return {output.suffix: ExprGAN.load(output).fingerprint()}
    files = {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    if command in ("evaluate", "export"):
        return sorted(files)
    return files


def assert_nothing_is_half(output):
    """What has its final name can be read to its end."""
    for path in output.parent.rglob("*.png"):
        if not is_partial(path.name):
            with Image.open(path) as image:
                assert np.asarray(image).ndim == 3
    if (output / "dataset.json").exists():
        assert check(output)[0] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_and_repeated_it_ends_alike(command, inputs, tmp_path):
    whole = tmp_path / "whole" / "out"
    begun = time.monotonic()
    process = start(command, inputs, whole)
    _, written = process.communicate(timeout=600)
    seconds = time.monotonic() - begun
    assert process.returncode == 0, written
    expected = contents(command, whole)
    generator = random.Random()
    killed = 0
    for number in range(KILLS):
        output = tmp_path / str(number) / "out"
        process = start(command, inputs, output)
        # Half of the time goes by before there is anything to write.
        moment = generator.uniform(0.3, 1.05) * seconds
        try:
            _, written = process.communicate(timeout=moment)
            assert process.returncode == 0, written
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
        assert_nothing_is_half(output)
        again = run_process(*words(command, inputs, output)[2:])
        assert again.returncode == 0, (moment, again.stderr)
        assert contents(command, output) == expected, moment
        left = [
            path for path in output.parent.iterdir()
            if path.name.startswith(".")
        ]
        assert left == [], moment
    print(f"{command}: {killed} of {KILLS} killed, {seconds:.1f} s whole")
