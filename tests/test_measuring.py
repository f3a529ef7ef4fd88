"""The tools of the benchmarks: taking turns, tables, files, the command."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from commands import assert_one_clear_line, run_main, run_process
from PIL import Image

from benchmarks import machine, readme
from benchmarks import run as command
from benchmarks.answer import Table
from benchmarks.measure import (
    Resident,
    Timing,
    cpu_seconds,
    interleave,
    memory,
)
from benchmarks.questions import NAMES, question
from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError


def scribe(path, name):
    """Actions of a rival that writes down its turns."""
    kept = []

    def note():
        kept.append(name)
        with open(path, "a") as file:
            file.write(name)
        return len(kept)

    def fail():
        raise ValueError("no such thing")

    return {
        "note": note, "fail": fail, "die": lambda: os._exit(7),
        "environment": lambda: os.environ.get("OF_A_RIVAL"),
        "grow": lambda: kept.append(np.ones(2**22)),
    }


def broken_factory():
    raise ValueError("cannot be built")


def test_rivals_take_turns_and_keep_their_state(tmp_path):
    path = tmp_path / "turns"
    with Resident(scribe, path, "a") as a, Resident(scribe, path, "b") as b:
        timings = interleave(
            {"a": (a, "note"), "b": (b, "note")}, rounds=3, seconds=0.0
        )
        assert a.call("note") == 5
    assert path.read_text() == "abababab" + "a"
    for timing in timings.values():
        assert len(timing.cpu) == len(timing.wall) == 3
        assert all(value >= 0 for value in timing.cpu)
        assert timing.first > 0


def test_a_turn_repeats_for_as_long_as_it_is_told(tmp_path):
    with Resident(scribe, tmp_path / "turns", "a") as rival:
        count, _, wall = rival.turn("note", 0.05)
        assert wall >= 0.05
        assert count == len((tmp_path / "turns").read_text())


def test_a_rival_has_its_own_memory_and_environment(tmp_path):
    path = tmp_path / "turns"
    with Resident(
        scribe, path, "a", environment={"OF_A_RIVAL": "1"}
    ) as a, Resident(scribe, path, "b") as b:
        assert (a.call("environment"), b.call("environment")) == ("1", None)
        before, other = a.memory(), b.memory()
        a.call("grow")
        # An array of 32 MB.
        assert a.memory()[0] > before[0] + 25
        assert b.memory()[0] < other[0] + 5
        now, most = a.memory()
        assert most >= now


def test_failing_rivals_are_told_and_end(tmp_path):
    with Resident(scribe, tmp_path / "turns", "a") as rival:
        with pytest.raises(RuntimeError, match="no such thing"):
            rival.call("fail")
        assert rival.call("note") == 1
        with pytest.raises(RuntimeError, match="exit code 7"):
            rival.call("die")
    with (
        Resident(broken_factory) as rival,
        pytest.raises(RuntimeError, match="cannot be built"),
    ):
        rival.call("anything")


def test_ratios_are_of_the_same_round():
    # A machine that gets ten times slower in the last round.
    one = Timing(0.0, [1.0, 1.0, 10.0], [2.0, 2.0, 20.0])
    two = Timing(0.0, [2.0, 2.0, 20.0], [2.0, 2.0, 20.0])
    assert two.ratio(one) == 2
    assert two.ratio(one, "wall") == 1
    assert one.cpu_s == 1


def test_what_this_process_uses_is_seen():
    before = cpu_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    assert cpu_seconds() > before
    now, most = memory()
    assert 10 < now <= most


def test_the_machine_is_described():
    described = json.loads(json.dumps(machine.describe()))
    assert described["cores"] >= 1
    assert "tensorflow" in described["libraries"]
    assert f"{described['cores']} cores" in machine.as_text(described)


def test_tables_show_three_digits():
    table = Table("what", [
        {"": "a", "x": 0.0123456, "n": 7},
        {"": "b", "x": 12345.6, "n": None},
    ])
    assert table.markdown().splitlines() == [
        "|  | x | n |", "| --- | --- | --- |", "| a | 0.0123 | 7 |",
        "| b | 12,346 |  |",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_question_says_what_it_compares(name):
    module = question(name)
    assert module.TITLE
    assert len(module.__doc__.split()) > 20
    assert callable(module.answer)


def test_the_command_measures_resumes_and_writes_the_readme(
    data_dir, tmp_path, capsys
):
    words = ["--quick", f"--output={tmp_path}", f"--data_dir={data_dir}"]

    page = tmp_path / "README.md"
    page.write_text(
        f"Before\n{readme._BEGIN}\nstale figures\n{readme._END}\nAfter\n"
    )
    result = run_process(
        "benchmarks.run", *words, "--only=streaming", f"--readme={page}"
    )
    assert result.returncode == 0, result.stderr
    found = json.loads((tmp_path / "streaming.json").read_text())
    assert found["settings"] == {"quick": True, "batch": 8}
    assert found["machine"]["cores"] >= 1
    rows = found["tables"][0]["rows"]
    assert [row[""] for row in rows] == ["144 records", "carried set"]
    assert all(row["records/s"] > 0 for row in rows)
    assert Image.open(tmp_path / "streaming.png").size[0] > 500

    text = page.read_text()
    assert text.startswith("Before\n") and text.endswith("\nAfter\n")
    assert "stale figures" not in text and "| 144 records |" in text
    assert "A quick run" in text and "](streaming.png)" in text

    assert "is there already" in benchmark_here(
        *words, "--only=streaming", capsys=capsys
    ).stdout
    # No such data: the failure is named, what comes after it is done.
    result = benchmark_here(
        *words, "--only=streaming,rendering", "--overwrite",
        "--data_dir=nowhere", capsys=capsys,
    )
    assert result.returncode == 1
    assert "rendering: left out, --ict_model" in result.stdout
    assert result.stderr.splitlines()[-1] == "error: failed: streaming"


def benchmark_here(*words, capsys):
    """`python -m benchmarks.run`, in this process."""
    return run_main(lambda words: run(
        command.main, (command.BenchmarkRequest, command.Options), words
    ), words, capsys)


@pytest.mark.parametrize("arguments, message", [
    (["--only=speed"], "--only=speed: must be of"),
    ([], "--all, --only=NAME"),
    (["--readme=README.md"], "no markers"),
])
def test_wrong_arguments_answer_in_one_line(arguments, message, capsys):
    result = benchmark_here(*arguments, capsys=capsys)
    assert result.returncode == 1
    assert_one_clear_line(result, message)


def test_a_folder_without_results_is_refused(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"{readme._BEGIN}\n{readme._END}\n")
    with pytest.raises(UserError, match="no results"):
        readme.write_tables(page, tmp_path)
