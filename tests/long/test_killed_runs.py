"""The command, killed while it writes and computes; minutes long.

`test_training.py` has the short form, whose processes share an import.
EXPRGAN_KILLS says at how many moments each stage is killed (20).
"""

import os
import subprocess
import sys

from commands import ROOT
from killing import assert_killed_runs_end_alike, end, write_flags

KILLS = int(os.environ.get("EXPRGAN_KILLS", "20"))


def test_killed_runs_end_bit_identical(data_dir, tmp_path):
    flagfile = write_flags(
        tmp_path / "tiny.cfg", data_dir, epochs=(5, 5, 5), picture_epochs=5,
        average_weights=0.9, validation_subjects=1,
    )
    def start(run):
        return subprocess.Popen(
            [sys.executable, "-m", "exprgan_tf.train", "--stage=all",
             f"--flagfile={flagfile}", f"--run_dir={run}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            cwd=ROOT,
        )

    end(start(tmp_path / "whole"))
    for number in range(KILLS):
        assert_killed_runs_end_alike(
            start, tmp_path / "whole", tmp_path / str(number), 1.0
        )
        print(f"train: {number + 1} moments of each stage", flush=True)
