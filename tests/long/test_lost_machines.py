"""Runs of two machines that lose one of them, and go on; minutes long."""

import numpy as np
from test_workers import (  # noqa: F401
    arrays_of,
    assert_ended,
    files_of,
    flagfile,
    fork,
    lose,
    runs,
    start_two,
)

from exprgan_tf import ExprGAN


def test_a_lost_machine_stops_the_other_and_the_run_resumes(
    flagfile, runs, tmp_path  # noqa: F811
):
    """First the worker is lost, then the chief of the run that resumed."""
    run = tmp_path / "run"
    lose(flagfile, run, 1, "worker 1")
    lose(flagfile, run, 0, "the chief")
    assert_ended(*start_two(flagfile, run, start=fork))
    for old, new in zip(
        arrays_of(ExprGAN.load(runs["machines"])),
        arrays_of(ExprGAN.load(run)), strict=True,
    ):
        np.testing.assert_array_equal(old, new)
    assert files_of(run) == files_of(runs["machines"])
