"""Settings of a machine, and files as other programs leave them."""

import json
import os
import subprocess
import sys
import zipfile

import keras
import pytest
from commands import ROOT, assert_one_clear_line, run_here, run_main
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.commands.exprgan import main
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.support import keras_settings
from exprgan_tf.support.flag_files import FlagValues
from exprgan_tf.training.setup import tell_slow_precision

FACE = ROOT / "exprgan_tf" / "page" / "static" / "example1.jpg"


def run_process(*arguments, python=(), **variables):
    """As a user would, with settings of Keras of one's own."""
    environment = {**os.environ, **variables}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, *python, "-m", "exprgan_tf", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, env=environment,
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a keras.json, which is to be filled."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return tmp_path / "keras.json"


def test_a_command_computes_as_it_does_elsewhere(home, tmp_path):
    """Left by other programs: the order of axes, 16 bits, Keras 2, and a
    notebook's window for figures."""
    home.write_text(json.dumps({
        "image_data_format": "channels_first", "floatx": "float16",
        "epsilon": 1e-3, "backend": "tensorflow",
    }))
    words = ["edit", f"--input={FACE}", "--align=never", "--refine=none",
             "--method=decoder", "--expressions=happy", "--intensities=1"]
    result = run_process(
        *words, f"--output={tmp_path}/theirs", TF_USE_LEGACY_KERAS="1",
        MPLBACKEND="module://of_a_notebook",
    )
    assert (result.returncode, result.stderr) == (0, "")
    home.unlink()
    # Optimized, assertions are gone.
    result = run_process(
        *words, f"--output={tmp_path}/plain", python=["-O"]
    )
    assert (result.returncode, result.stderr) == (0, "")
    name = "example1_happy_1.00.png"
    assert (tmp_path / "theirs" / name).read_bytes() == (
        tmp_path / "plain" / name
    ).read_bytes()


def test_a_backend_that_is_none(home):
    result = run_process("export", "--output=x", KERAS_BACKEND="tf")
    assert_one_clear_line(result, "KERAS_BACKEND", "'tf'", "torch")
    home.write_text('{"backend": "theano"}')
    with pytest.raises(UserError, match=r"keras.json names .*'theano'"):
        keras_settings.import_keras()


@pytest.mark.parametrize("text", [
    '{"backend": 7}', '{"backend": ["tensorflow"]}', '{"backend": null}',
])
def test_a_backend_that_is_no_name(home, text):
    home.write_text(text)
    with pytest.raises(UserError, match="names the backend"):
        keras_settings.import_keras()


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\0"])
def test_a_broken_file_says_nothing(home, text):
    home.write_text(text)
    assert keras_settings.chosen_backend() == ("tensorflow", str(home))


@pytest.mark.parametrize("text", ["[]", '{"floatx": "int8"}'])
def test_what_keras_does_not_start_with(home, text):
    home.write_text(text)
    result = run_process("export", "--output=x")
    assert_one_clear_line(result, home)


def test_without_texts_of_modules():
    for words in (["edit", "--help"], [], ["serve"]):
        result = run_process(*words, python=["-OO"])
        assert_one_clear_line(result, "-OO")


def test_a_program_with_other_settings_is_told(monkeypatch):
    monkeypatch.setattr(
        keras.config, "image_data_format", lambda: "channels_first"
    )
    with pytest.raises(UserError, match="set_image_data_format"):
        ExprGAN(tiny_config())


@pytest.mark.parametrize("change, part", [
    (lambda data: data[:100_000], "cut off"),
    (lambda data: data[: -len(data) // 3], "cut off"),
    (lambda data: b"", "cut off"),
    (lambda data: b"<html>not found</html>", "cut off"),
    (lambda data: data[:200_000] + b"\0" * 64 + data[200_064:], "damaged"),
])
def test_a_model_that_is_not_whole(change, part, tmp_path, capsys):
    path = tmp_path / "model.keras"
    path.write_bytes(change(CARRIED_MODEL.read_bytes()))
    result = run_here(
        "export", f"--model={path}", f"--output={tmp_path}/x", capsys=capsys
    )
    assert_one_clear_line(result, path, part)
    assert "not found:" not in result.stderr


@pytest.mark.parametrize("name, text", [
    ("config.json", "{"), ("config.json", "[]"), ("config.json", "{}"),
    ("model.weights.h5", "no weights"),
])
def test_a_model_with_a_broken_part(name, text, tmp_path, capsys):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(CARRIED_MODEL) as whole, zipfile.ZipFile(
        path, "w"
    ) as broken:
        for part in whole.namelist():
            broken.writestr(part, text if part == name else whole.read(part))
    result = run_here(
        "export", f"--model={path}", f"--output={tmp_path}/x", capsys=capsys
    )
    assert_one_clear_line(result, path)


def flags_of(tmp_path, content, name="flags.cfg"):
    path = tmp_path / name
    path.write_bytes(content)
    return FlagValues().read_flags_from_files([f"--flagfile={path}"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_flag_files_of_other_editors(tmp_path, encoding):
    text = (
        "# a comment\r\n  # another\r\n\r\n--input=Jörg's face.jpg \r\n"
        "--output=\"my faces\"\r\n--name='a # b'\r\n// the end\r\n--open"
    )
    assert flags_of(tmp_path, text.encode(encoding)) == [
        "--input=Jörg's face.jpg", "--output=my faces", "--name=a # b",
        "--open",
    ]


def test_flag_files_that_name_others(tmp_path):
    flags_of(tmp_path, b"--b=2\n", "inner.cfg")
    outer = f'--a=1\n--flagfile="{tmp_path}/inner.cfg"\n--c=3\n'
    assert flags_of(tmp_path, outer.encode()) == ["--a=1", "--b=2", "--c=3"]


@pytest.mark.parametrize("content, part", [
    (b"--model=\xff\xfa", "UTF-8"), (b"--model=a\0b", "UTF-8"),
    (b"--model=runs/a  # mine", "line 1"), (b"\n--model runs/a", "line 2"),
    (b"--flagfile=SELF", "names itself"), (b"--flagfile=gone", "gone"),
    (b"--flagfile=.", "directory"),
])
def test_flag_files_that_are_refused(content, part, tmp_path, capsys):
    path = tmp_path / "flags.cfg"
    path.write_bytes(content.replace(b"SELF", str(path).encode()))
    result = run_main(main, ["export", f"--flagfile={path}"], capsys)
    assert_one_clear_line(result, "--flagfile", part)
    assert result.returncode == 2


def test_a_processor_without_bfloat16_is_told_of(tmp_path, capsys):
    config = tiny_config(mixed_precision="bfloat16")
    processor = tmp_path / "cpuinfo"
    for flags, is_told in (("fma avx2", True), ("avx2 amx_bf16", False)):
        processor.write_text(f"model name : any\nflags\t\t: {flags} bmi2\n")
        tell_slow_precision(config, processor)
        error = capsys.readouterr().err
        assert ("say --mixed_precision=float32" in error) == is_told
    # Another kind of processor, and no Linux.
    processor.write_text("Features : fp asimd bf16\n")
    for path in (processor, tmp_path / "nothing"):
        tell_slow_precision(config, path)
    tell_slow_precision(tiny_config(), processor)
    assert not capsys.readouterr().err
