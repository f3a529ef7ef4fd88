"""What a user waits for: `exprgan edit` from its start to its end.

Commands in processes of their own, on all cores, with the weights that come
along: one photograph and one edit; a folder of photographs of 350 pixels,
seven edits each (neutral and the six expressions at 1), pasted back; a film of
1280 x 720 with one face. All are of scikit-image's astronaut, shifted a
little from photograph to photograph and from frame to frame. A photograph and
a frame are told less what the single edit took, which is mostly the start.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image
from skimage import data

from benchmarks import plots
from benchmarks.answer import Answer, Table
from benchmarks.measure import cpu_seconds
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import write_png
from exprgan_tf.pictures.movie_files import write_movie

TITLE = "Commands"
_FPS = 24


def answer(options):
    photographs, frames = (4, 12) if options.quick else (100, 240)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_photographs(folder / "photographs", photographs)
        write_movie(folder / "film.mp4", _frames(frames), _FPS)
        first = folder / "photographs" / "000.png"
        asked = {
            "one photograph": (1, [
                f"--input={first}", "--expressions=happy", "--intensities=1",
            ]),
            "a folder": (photographs, [
                f"--input={folder / 'photographs'}", "--intensities=1",
                "--paste_back",
            ]),
            "a film": (frames, [
                f"--input={folder / 'film.mp4'}", "--expressions=happy",
                "--intensities=1",
            ]),
        }
        taken = {name: [] for name in asked}
        for turn in range(options.rounds):
            for name, (_, flags) in asked.items():
                output = folder / f"{name} {turn}"
                taken[name].append(run_edit([*flags, f"--output={output}"]))
    usual = {
        name: [statistics.median(part) for part in zip(*turns, strict=True)]
        for name, turns in taken.items()
    }
    start, rows = usual["one photograph"], []
    for name, (count, _) in asked.items():
        wall, cpu = usual[name]
        alone = count == 1
        rows.append({
            "": name, "of": count, "wall s": wall, "CPU s": cpu,
            "wall s each": wall if alone else (wall - start[0]) / count,
            "CPU s each": cpu if alone else (cpu - start[1]) / count,
        })
    return Answer(
        [Table(
            "`exprgan edit`: one photograph and edit; photographs of 350 "
            "pixels, seven edits each, pasted back; frames of 1280 x 720",
            rows,
        )],
        {"commands.png": plots.bars(
            "exprgan edit", "wall seconds, one of them",
            {row[""]: row["wall s each"] for row in rows},
        )},
        {"wall and CPU seconds": taken},
    )


def _astronaut(width):
    """The picture that much enlarged, so that it can be shifted."""
    side = round(1.1 * width)
    return Image.fromarray(data.astronaut()).resize((side, side))


def write_photographs(folder, count):
    """So many of 350 pixels, "000.png" and so on."""
    picture = _astronaut(350)
    for number in range(count):
        x, y = number % 30, number // 4
        write_png(folder / f"{number:03d}.png", np.asarray(
            picture.crop((x, y, x + 350, y + 350))
        ))


def _frames(count):
    picture = _astronaut(1280)
    for number in range(count):
        x, y = (
            round(60 + 60 * wave(number / 9)) for wave in (np.sin, np.cos)
        )
        yield np.asarray(picture.crop((x, y, x + 1280, y + 720)))


def run_edit(flags):
    """Wall and CPU seconds of `exprgan edit` with these flags."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "exprgan_tf", "edit", *flags],
        capture_output=True, text=True,
    )
    if done.returncode:
        raise UserError(f"exprgan edit {' '.join(flags)}: {done.stderr}")
    return time.perf_counter() - wall, cpu_seconds() - cpu
