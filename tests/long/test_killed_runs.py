"""The command, killed while it writes and computes; minutes long.

`test_training.py` has the short form, whose processes share an import.
EXPRGAN_KILLS says at how many moments each stage is killed (20).
"""

import dataclasses
import functools
import os
import random
import signal
import subprocess
import sys
import time

from commands import ROOT
from killing import (
    assert_killed_runs_end_alike,
    assert_same_weights,
    end,
    write_flags,
)
from motion_data import tiny_motion, write_moved

from exprgan_tf.config_motion import MOTION
from exprgan_tf.motion_model import MotionModel

KILLS = int(os.environ.get("EXPRGAN_KILLS", "20"))


def start(stage, flagfile, run):
    return subprocess.Popen(
        [sys.executable, "-m", "exprgan_tf.train", f"--stage={stage}",
         f"--flagfile={flagfile}", f"--run_dir={run}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        cwd=ROOT,
    )


def test_killed_runs_end_bit_identical(data_dir, tmp_path):
    flagfile = write_flags(
        tmp_path / "tiny.cfg", data_dir, epochs=(5, 5, 5), picture_epochs=5,
        average_weights=0.9, validation_subjects=1,
    )
    begin = functools.partial(start, "all", flagfile)
    end(begin(tmp_path / "whole"))
    for number in range(KILLS):
        assert_killed_runs_end_alike(
            begin, tmp_path / "whole", tmp_path / str(number), 1.0
        )
        print(f"train: {number + 1} moments of each stage", flush=True)


def test_a_killed_motion_stage_ends_bit_identical(tmp_path):
    flagfile = write_flags(
        tmp_path / "tiny.cfg", write_moved(tmp_path / "data"),
        **dataclasses.asdict(tiny_motion(motion_epochs=20)),
    )
    begin = functools.partial(start, MOTION, flagfile)
    end(begin(tmp_path / "whole"))
    whole = MotionModel.load(tmp_path / "whole")
    generator, killed = random.Random(), 0
    for number in range(KILLS):
        run = tmp_path / str(number)
        process = begin(run)
        while not run.exists():
            time.sleep(0.02)
        # From where it has made its folder to a little after its end.
        time.sleep(generator.uniform(0.0, 8.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode != 0
        end(begin(run))
        name = f"{MOTION}_losses.csv"
        assert (run / name).read_text() == (
            tmp_path / "whole" / name
        ).read_text()
        assert_same_weights(whole, MotionModel.load(run))
        print(f"motion: {killed} of {number + 1} killed", flush=True)
