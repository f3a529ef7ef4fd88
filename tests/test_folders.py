"""Whole files and folders: what they replace, and what they leave alone."""

import os
import pickle
import shutil

import pytest
from commands import assert_one_clear_line, run_here, visible

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import own_folder, whole_file, whole_folder
from exprgan_tf.support.output_folder import OutputFolder
from exprgan_tf.support.places import require_apart
from exprgan_tf.support.record import RECORD, Record, is_partial


def fill(
    output, *names, overwrite=False, content="ours", what="a data set"
):
    with whole_folder(output, what, overwrite) as partial:
        for name in names:
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).write_text(content)


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


@pytest.fixture
def made(tmp_path):
    fill(tmp_path / "out", "a", "deep/er/b")
    return tmp_path / "out"


def test_a_folder_is_replaced_by_what_is_made(made, tmp_path):
    with pytest.raises(UserError, match="give --overwrite=true"):
        fill(made, "c")
    # What file managers leave is nobody's.
    (made / "deep" / ".DS_Store").touch()
    fill(made, "c", overwrite=True)
    assert texts(made) == {"c": "ours"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["diary.txt", "deep/er/c", ".hidden", "link"])
def test_a_folder_with_a_file_of_others_is_left_alone(made, tmp_path, name):
    if name == "link":
        (tmp_path / "else").mkdir()
        (made / name).symlink_to(tmp_path / "else", target_is_directory=True)
    else:
        (made / name).write_text("mine")
    before = texts(made)
    with pytest.raises(UserError, match=f"{name}, which exprgan has not"):
        fill(made, "a", overwrite=True, content="new")
    assert texts(made) == before
    assert not (tmp_path / ".out.partial").exists()


def test_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("mine")
    with pytest.raises(UserError, match=r"has no \.exprgan\.jsonl"):
        fill(tmp_path / "out", "a", overwrite=True)
    assert texts(tmp_path) == {"out/a": "mine"}
    for what in ("partial", "replaced"):
        (tmp_path / f".new.{what}").mkdir()
        (tmp_path / f".new.{what}" / "a").write_text("mine")
        with pytest.raises(UserError, match=f"new.{what} is in the way"):
            fill(tmp_path / "new", "a")
        assert texts(tmp_path / f".new.{what}") == {"a": "mine"}
        shutil.rmtree(tmp_path / f".new.{what}")


def test_another_kind_of_folder_is_left_alone(made, tmp_path):
    """An export in the place of a data set that took hours."""
    with pytest.raises(UserError, match="out holds a data set, which is not"):
        fill(made, "c", overwrite=True, what="an exported model")
    assert texts(made) == {"a": "ours", "deep/er/b": "ours"}
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for place in (pictures, made):
        with whole_file(place / "x.png", Record(place)) as partial:
            partial.write_text("edit")
        with pytest.raises(UserError, match=r"holds x\.png, which is not of"):
            fill(place, "c", overwrite=True)
        assert texts(place)["x.png"] == "edit"
    # What earlier versions wrote does not say what it is.
    record = made / RECORD
    (made / "x.png").unlink()
    record.write_text("".join(
        f"{line}\n" for line in record.read_text().splitlines()
        if line.count(",")
    ))
    fill(made, "c", overwrite=True, what="an exported model")
    assert texts(made) == {"c": "ours"}


def test_a_folder_behind_a_link_is_replaced_there(made, tmp_path):
    (tmp_path / "link").symlink_to(made, target_is_directory=True)
    fill(tmp_path / "link", "c", overwrite=True)
    assert (tmp_path / "link").is_symlink() and texts(made) == {"c": "ours"}


def test_what_fails_leaves_what_was_there(made, tmp_path):
    with pytest.raises(UserError, match=r"out: .*No space"), \
            whole_folder(made, "a data set", overwrite=True):
        raise OSError(28, "No space left on device")
    assert visible(made) == ["a", "deep"]
    assert visible(tmp_path) == os.listdir(tmp_path) == ["out"]


def test_a_kill_between_the_two_renames_loses_nothing(made, tmp_path):
    made.rename(tmp_path / ".out.replaced")
    own_folder(tmp_path / ".out.partial")
    with pytest.raises(UserError, match="give --overwrite"):
        fill(made, "c")
    assert visible(made) == ["a", "deep"]
    fill(made, "c", overwrite=True)
    assert os.listdir(tmp_path) == ["out"]


def test_a_file_of_the_longest_name(tmp_path):
    for name in ("n" * 255, "m" * 251 + ".png", "o" * 200 + "." + "p" * 54):
        with whole_file(tmp_path / name, Record(tmp_path)) as partial:
            assert is_partial(partial.name)
            partial.write_text("whole")
        assert (tmp_path / name).read_text() == "whole"


def test_a_record_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    for name in ("a", "b"):
        with whole_file(tmp_path / name, Record(tmp_path)) as partial:
            partial.write_text(name)
    path = tmp_path / RECORD
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match="b was not written by exprgan"):
        Record(tmp_path).require_own(tmp_path / "b")
    with whole_file(tmp_path / "a", Record(tmp_path)) as partial:
        partial.write_text("c")
    assert Record(tmp_path).owns(tmp_path / "a")
    # Killed after it was listed, before it got its name.
    (tmp_path / "a").write_text("a")
    assert Record(tmp_path).owns(tmp_path / "a")
    (tmp_path / "a").unlink()
    (tmp_path / "a").symlink_to(tmp_path / "b")
    assert not Record(tmp_path).owns(tmp_path / "a")


@pytest.mark.parametrize("output, allowed, refused", [
    ("photos", {"inside": True, "above": True}, {}),
    ("photos/../photos", {"inside": True, "above": True}, {}),
    ("link", {"inside": True, "above": True}, {}),
    ("photos/out", {}, {"inside": True}), ("link/out", {}, {"inside": True}),
    (".", {}, {"above": True}),
])
def test_outputs_are_not_where_is_read(tmp_path, output, allowed, refused):
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to("photos", target_is_directory=True)
    for more in ({}, allowed):
        with pytest.raises(UserError, match=r"--output=.* --input="):
            require_apart(
                tmp_path / output, {"input": tmp_path / "photos"}, **more
            )
    if refused:
        require_apart(
            tmp_path / output, {"input": tmp_path / "photos"}, **refused
        )
    require_apart(tmp_path / "photos-2", {"input": tmp_path / "photos"})


@pytest.mark.parametrize("command", ["pack-model", "convert-vgg-face",
                                     "import-authors-checkpoint",
                                     "reduce-face-model"])
def test_a_file_is_replaced_when_that_is_asked_for(
    model, tmp_path, capsys, command
):
    """And when it is one of those files."""
    flag = {"pack-model": "model", "convert-vgg-face": "input",
            "import-authors-checkpoint": "checkpoint",
            "reduce-face-model": "ict_model"}[command]
    model.save(tmp_path / "model.keras")
    output = tmp_path / "out.keras"
    output.write_text("mine")
    flags = [f"--{flag}={tmp_path}/model.keras", f"--output={output}"]
    result = run_here(command, *flags, capsys=capsys)
    assert_one_clear_line(result, f"{output} exists; give --overwrite")
    result = run_here(command, *flags, "--overwrite", capsys=capsys)
    assert_one_clear_line(result, output, "not written by exprgan")
    assert output.read_text() == "mine"
    result = run_here(
        command, flags[0], f"--output={tmp_path}/model.keras", "--overwrite",
        capsys=capsys,
    )
    assert_one_clear_line(result, f"model.keras is --{flag}=")
    if command == "pack-model":
        shutil.copy(tmp_path / "model.keras", output)
        result = run_here(command, *flags, "--overwrite", capsys=capsys)
        assert result.returncode == 0, result.stderr
        assert output.stat().st_size < 0.8 * (
            tmp_path / "model.keras"
        ).stat().st_size


def test_an_export_replaces_no_run(model, tmp_path, capsys):
    model.save(tmp_path / "run" / "stage3.keras")
    for output in ("run", "."):
        result = run_here(
            "export", f"--model={tmp_path}/run", "--overwrite",
            f"--output={tmp_path / output}", capsys=capsys,
        )
        assert_one_clear_line(result, "--output=", "--model=")
    assert visible(tmp_path / "run") == ["stage3.keras"]


def test_two_processes_that_write_the_same_folder(tmp_path):
    output = tmp_path / "out"
    with whole_folder(output, "a data set") as partial:
        (partial / "a").write_text("of the first")
        with pytest.raises(UserError, match="another process writes there"):
            fill(output, "b")
        # What the refused one left alone goes on.
        (partial / "c").write_text("of the first")
    assert set(texts(output)) == {"a", "c"}
    assert visible(tmp_path) == ["out"]

    first, second = (
        OutputFolder(tmp_path / "moved", "moved photographs") for _ in range(2)
    )
    first.begin({"seed": 1}, False)
    for overwrite, seed in ((False, 1), (True, 2)):
        second.check(overwrite)
        with pytest.raises(UserError, match="another process writes there"):
            second.begin({"seed": seed}, overwrite)
    first.finish(("path",), [])
    second.check(True)
    second.begin({"seed": 2}, True)
    pickle.loads(pickle.dumps(second)).finish_subject(0, [])
    second.finish(("path",), second.all_rows(1))
    assert not Record(tmp_path / "moved").others()
