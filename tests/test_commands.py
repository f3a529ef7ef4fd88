"""Commands as users start them, above all with what they get wrong."""

import os
import signal
import struct
import subprocess
import sys
import textwrap
import zlib

import numpy as np
import pytest
from commands import (
    ROOT,
    assert_one_clear_line,
    run_here,
    run_process,
    visible,
)
from conftest import edits, tiny_config
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.editing.request import (
    parse_face_expressions,
    parse_intensities,
)
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import read_image, to_model_input
from exprgan_tf.pictures.listing import list_images
from exprgan_tf.support.stopping import stopping


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    ExprGAN(tiny_config()).save(path)
    return path


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    path = tmp_path_factory.mktemp("face") / "anna.jpg"
    generator = np.random.default_rng(0)
    Image.fromarray(
        generator.integers(0, 255, (50, 40, 3), "uint8")
    ).save(path)
    return path


def huge_png(path):
    """A valid header of 60,000 x 50,000 pixels, without the pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk
        + struct.pack(">I", zlib.crc32(chunk))
    )


@pytest.mark.parametrize("arguments, parts", [
    (["--stage=2", "--flagfile=flags/oulu.cfg"], ["dataset.json"]),
    (["--stage=2", "--flagfile=flags/oulu.cfg", "--data_dir=tests"],
     ["--data_dir=tests", "dataset.json"]),
    (["--stage=4", "--flagfile=flags/oulu.cfg"], ["--stage=4"]),
    (["--stage=1", "--model_type=vae"], ["--model_type=vae"]),
    (["--stage=2", "--q_loss=cubic"], ["--q_loss=cubic"]),
    (["--stage=2", "--no_such_flag=1"], ["no_such_flag"]),
    (["--stage=2", "--epochs=1,two,3", "--run_dir=x"], ["--epochs=1,two,3"]),
    (["--stage=2", "--image_size=wide"], ["--image_size=wide"]),
    (["--flagfile=flags/oulu.cfg"], ["--stage"]),
    (["--stage=2", "--flagfile=flags/nothing.cfg"], ["flags/nothing.cfg"]),
    (["2"], ["'2'"]),
])
def test_train_refuses_in_one_line(arguments, parts, capsys):
    result = run_here("train", *arguments, capsys=capsys)
    assert_one_clear_line(result, *parts)


def test_a_process_of_train_refuses_in_one_line():
    """Before TensorFlow and after it, of which nothing else is seen."""
    for arguments, parts, code in (
        (["--stage=2", "--no_such_flag=1"], ["no_such_flag"], 2),
        (["--stage=2", "--flagfile=flags/oulu.cfg", "--data_dir=tests"],
         ["--data_dir=tests", "dataset.json"], 1),
    ):
        result = run_process("exprgan_tf.train", *arguments)
        assert_one_clear_line(result, *parts)
        assert result.returncode == code


def test_a_flag_file_must_not_set_the_stage(tmp_path, capsys):
    (tmp_path / "wrong.cfg").write_text("--run_dir=x\n--stage=3\n")
    result = run_here(
        "train", "--stage=1", f"--flagfile={tmp_path}/wrong.cfg",
        capsys=capsys,
    )
    assert_one_clear_line(result, "--flagfile sets --stage")


def test_a_damaged_shard_is_named_before_training(
    data_dir, tmp_path, capsys
):
    import shutil

    folder = shutil.copytree(data_dir, tmp_path / "data")
    shard = folder / "train-00000-of-00003.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-9])
    result = run_here(
        "train", "--stage=1", "--image_size=32", f"--data_dir={folder}",
        f"--run_dir={tmp_path}/run", capsys=capsys,
    )
    assert_one_clear_line(result, shard, "whole records")
    assert not (tmp_path / "run").exists()


def test_edit_writes_every_picture(saved_model, face, tmp_path):
    result = run_process(
        "exprgan_tf.edit", f"--model={saved_model}", f"--input={face}",
        f"--output={tmp_path}", "--expressions=neutral,sad",
        "--intensities=0.25,1", "--levels", "--align=never",
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert visible(tmp_path) == sorted([
        "anna_grid.png", "anna_levels.png", "anna_neutral_0.00.png",
        "anna_sad_0.25.png", "anna_sad_1.00.png", "anna_sad_level1.png",
        "anna_sad_level2.png",
    ])
    assert read_image(tmp_path / "anna_sad_1.00.png").shape == (32, 32, 3)
    assert str(tmp_path) in result.stdout


def wrong_input(kind, folder):
    path = folder / f"{kind}.png"
    if kind == "text":
        path.write_text("this is no picture")
    elif kind == "huge":
        huge_png(path)
    elif kind == "empty_folder":
        path.mkdir()
    elif kind == "zero":
        path.write_bytes(b"")
    return path


@pytest.mark.parametrize("kind", [
    "text", "huge", "empty_folder", "zero", "missing"
])
def test_edit_names_what_it_cannot_read(kind, saved_model, tmp_path, capsys):
    path = wrong_input(kind, tmp_path)
    result = run_here(
        "edit", f"--model={saved_model}", f"--input={path}",
        f"--output={tmp_path}/out", capsys=capsys,
    )
    assert_one_clear_line(result, path)
    assert not (tmp_path / "out").exists()


def test_edit_without_a_model(face, tmp_path, capsys):
    result = run_here(
        "edit", "--model=runs/nothing", f"--input={face}",
        f"--output={tmp_path}/out", capsys=capsys,
    )
    assert_one_clear_line(result, "runs/nothing")


@pytest.mark.parametrize("name", ["input", "output", "model"])
def test_a_variable_that_is_not_set_names_no_folder(name, face, capsys):
    """An empty path would be the folder in which the command was typed."""
    given = {"input": face, "output": "out", name: ""}
    result = run_here(
        "edit", *(f"--{flag}={value}" for flag, value in given.items()),
        capsys=capsys,
    )
    assert_one_clear_line(result, f"--{name}= is empty")


def test_one_bad_file_does_not_stop_the_others(model, face, tmp_path, capsys):
    (tmp_path / "bad.png").write_text("text")
    files = [tmp_path / "bad.png", face]
    failed = edit_photographs(model, files, edits(
        tmp_path / "out", "sad", refine="none", align="never"
    ))
    assert failed == 1
    assert "bad.png" in capsys.readouterr().err
    assert (tmp_path / "out" / "anna_sad_1.00.png").exists()


@pytest.mark.parametrize("items", [["x"], ["2"], ["-0.1"], ["nan"], []])
def test_wrong_intensities(items):
    with pytest.raises(UserError, match="--intensities="):
        parse_intensities(items)


def test_expressions_of_faces():
    assert parse_face_expressions(["1:happy", " 12 : sad"]) == {
        1: "happy", 12: "sad"
    }


@pytest.mark.parametrize("items", [
    ["happy"], ["0:happy"], ["-1:sad"], ["1:"], ["1:sad", "1:happy"]
])
def test_wrong_expressions_of_faces(items):
    with pytest.raises(UserError, match="--face_expressions="):
        parse_face_expressions(items)


@pytest.mark.parametrize("mode, fill", [
    ("L", 100), ("RGBA", (100, 100, 100, 255)), ("CMYK", (0, 0, 0, 155)),
    ("P", 7), ("I;16", 25700), ("1", 1), ("RGB", (100, 100, 100)),
])
def test_pictures_of_every_mode_are_read_as_rgb(tmp_path, mode, fill):
    path = tmp_path / "picture.tif"
    Image.new(mode, (20, 10), fill).save(path)
    picture = read_image(path)
    assert picture.shape == (10, 20, 3)
    assert picture.dtype == np.uint8
    if mode not in ("P", "1"):
        np.testing.assert_allclose(picture, 100, atol=1)


def test_pictures_are_turned_upright(tmp_path):
    image = Image.new("RGB", (20, 10))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (20, 10, 3)


def test_truncated_pictures_are_refused(tmp_path, face):
    path = tmp_path / "cut.jpg"
    path.write_bytes(face.read_bytes()[:600])
    with pytest.raises(UserError, match=r"cut\.jpg"):
        read_image(path)


@pytest.mark.parametrize("shape", [(64, 64), (64, 100), (20, 10), (500, 32)])
def test_faces_of_any_size_become_model_input(shape):
    picture = np.full((*shape, 3), 200, "uint8")
    image = to_model_input(picture, tiny_config())
    assert image.shape == (32, 32, 3)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, 200 / 127.5 - 1, atol=1e-6)


def test_a_folder_lists_its_images_in_order(tmp_path):
    for name in ("b.JPG", "a ä.png", "note.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in list_images(tmp_path)] == [
        "a ä.png", "b.JPG"
    ]


@pytest.mark.parametrize("words, unbuffered", [
    ("", ""), ("edit --help", ""), ("edit --help", "1"), ("doctor", ""),
])
def test_a_reader_that_leaves_ends_a_command(words, unbuffered):
    """As `| head -1` does, with what waits in a buffer and without one."""
    reading, writing = os.pipe()
    os.close(reading)
    result = run_process(
        "exprgan_tf", *words.split(), stdout=writing,
        PYTHONUNBUFFERED=unbuffered,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.skipif(os.name == "nt", reason="a shell closes streams")
def test_closed_streams_are_no_users_file(tmp_path):
    """A file that is written would get the number that is free."""
    path = tmp_path / "file"
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(f"""
        import os, sys
        from exprgan_tf.commands.running import run

        def main():
            with open({str(path)!r}, "w") as file:
                for number in (1, 2):
                    os.write(number, b"what a library says")
                print("said", file=sys.stderr, flush=True)
                file.write("whole")

        run(main, (), [], backend=False)
    """))
    result = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} {script} <&- >&- 2>&-"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (result.returncode, path.read_text()) == (0, "whole")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
@pytest.mark.parametrize("words", ["", "edit --help", "doctor"])
def test_output_that_is_full_is_an_error(words):
    with open("/dev/full", "w") as full:
        result = run_process(
            "exprgan_tf", *words.split(), stdout=full
        )
    assert_one_clear_line(result, "No space left on device")


@pytest.mark.skipif(os.name == "nt", reason="it has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_that_is_stopped_leaves_nothing_half(name, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import pathlib, signal, sys, time
        from exprgan_tf.commands.running import run
        from exprgan_tf.support.atomic import whole_file, whole_folder

        # Behind nohup they are ignored.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

        def main():
            place = pathlib.Path(sys.argv[1])
            with whole_file(place / "film.mp4") as film, \\
                    whole_folder(place / "made", "an export") as folder:
                film.write_bytes(b"half")
                (folder / "half").touch()
                print("begun", flush=True)
                time.sleep(90)

        run(main, (), [], backend=False)
    """))
    output = tmp_path / "output"
    output.mkdir()
    process = subprocess.Popen(
        [sys.executable, script, output], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() == "begun\n"
    number = getattr(signal, name)
    process.send_signal(number)
    _, written = process.communicate(timeout=60)
    word = "interrupted" if number == signal.SIGINT else "stopped"
    assert written == f"error: {word}\n"
    assert process.returncode == 128 + number
    assert list(output.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="it has no such signals")
def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
