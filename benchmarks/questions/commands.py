"""What a user waits for: commands from their start to their end.

Commands in processes of their own, on all cores, with the weights that come
along: `exprgan edit` of one photograph and one edit; of a folder of
photographs of 350 pixels, seven edits each (neutral and the six expressions
at 1), pasted back; of a film of 1280 x 720 with one face. `exprgan
make-tfrecords` of the folder, in one process, finds and cuts out faces. All
are of scikit-image's astronaut, shifted a little from photograph to photograph
and from frame to frame. "Each" is told less what the command took for one
photograph or two, which is mostly its start.
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
        named = folder / "named" / "surprise"
        write_photographs(named, photographs)
        write_photographs(folder / "two" / "surprise", 2)
        records = [
            "make-tfrecords", "--source=folder", "--align=always",
            "--workers=1",
        ]
        write_movie(folder / "film.mp4", _frames(frames), _FPS)
        asked = {
            "one photograph": (1, [
                "edit", f"--input={named / '000.png'}",
                "--expressions=surprise", "--intensities=1",
            ]),
            "a folder": (photographs, [
                "edit", f"--input={named}", "--intensities=1", "--paste_back",
            ]),
            "a film": (frames, [
                "edit", f"--input={folder / 'film.mp4'}",
                "--expressions=surprise", "--intensities=1",
            ]),
            "two records": (2, [*records, f"--input={folder / 'two'}"]),
            "records": (photographs, [*records, f"--input={named.parent}"]),
        }
        taken = {name: [] for name in asked}
        for turn in range(options.rounds):
            for name, (_, flags) in asked.items():
                output = folder / f"{name} {turn}"
                taken[name].append(run_command(
                    [*flags, f"--output={output}"]
                ))
    usual = {
        name: [statistics.median(part) for part in zip(*turns, strict=True)]
        for name, turns in taken.items()
    }
    rows = []
    for name, (count, _) in asked.items():
        wall, cpu = usual[name]
        few = "two records" if name == "records" else "one photograph"
        more = count - asked[few][0]
        rows.append({
            "": name, "of": count, "wall s": wall, "CPU s": cpu,
            **{
                f"{kind} s each": (taken - least) / more if more > 1 else None
                for kind, taken, least in zip(
                    ("wall", "CPU"), (wall, cpu), usual[few], strict=True
                )
            },
        })
    return Answer(
        [Table(
            "One photograph and edit; photographs of 350 pixels, seven edits "
            "each, pasted back; frames of 1280 x 720; photographs whose faces "
            "are cut out",
            rows,
        )],
        {"commands.png": plots.bars(
            "Commands", "wall seconds, one of them",
            {row[""]: row["wall s each"] for row in rows
             if row["wall s each"] is not None},
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


def run_command(words):
    """Wall and CPU seconds of `exprgan` with a command and its flags."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "exprgan_tf", *words],
        capture_output=True, text=True,
    )
    if done.returncode:
        raise UserError(f"exprgan {' '.join(words)}: {done.stderr}")
    return time.perf_counter() - wall, cpu_seconds() - cpu
