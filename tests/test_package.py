"""The package as `pip install` brings it, used away from the checkout."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv

import pytest

import exprgan_tf
from exprgan_tf.commands.exprgan import COMMANDS
from exprgan_tf.pictures.files import read_image

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with the wheel; its Python and its `exprgan`.

    What the wheel depends on is taken from the environment of the tests.
    """
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    source.mkdir()
    for name in ("exprgan_tf", "requirements"):
        shutil.copytree(
            ROOT / name, source / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    # What lies beside the package in a checkout must not come along.
    for name in ("tools", "benchmarks", "tests"):
        shutil.copytree(
            ROOT / name, source / name,
            ignore=lambda folder, names: [
                name for name in names if not name.endswith(".py")
            ],
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    environment = folder / "environment"
    venv.create(environment, symlinks=True, with_pip=False)
    python = environment / "bin" / "python"
    if os.name == "nt":
        python = environment / "Scripts" / "python.exe"
    subprocess.run([
        sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps",
        "--no-build-isolation", "--wheel-dir", folder / "wheels", source,
    ], check=True)
    wheel, = (folder / "wheels").glob("exprgan_tf-*.whl")
    subprocess.run([
        sys.executable, "-m", "pip", "--quiet", "--python", python,
        "install", "--no-deps", wheel,
    ], check=True)
    own = pathlib.Path(subprocess.run([
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))",
    ], capture_output=True, text=True, check=True).stdout.strip())
    # Behind its own packages, so that the wheel's is the one that is used.
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python, python.with_name("exprgan"), own


def test_only_the_package_comes_along(installed):
    _, _, own = installed
    folders = {
        path.name for path in own.iterdir()
        if path.is_dir() and not path.name.endswith(".dist-info")
    }
    assert folders - {"__pycache__"} == {"exprgan_tf"}
    licences = own / f"exprgan_tf-{exprgan_tf.__version__}.dist-info"
    assert (licences / "licenses" / "LICENSE").is_file()
    assert (licences / "licenses" / "NOTICE").is_file()


def test_every_module_and_file_of_the_package_comes_along(installed):
    _, _, own = installed
    for path in (ROOT / "exprgan_tf").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert (own / path.relative_to(ROOT)).is_file(), path


def test_edit_works_from_an_empty_folder(installed, tmp_path):
    _, exprgan, _ = installed
    result = subprocess.run(
        [exprgan, "edit", "--refine=none", "--expressions=happy"],
        cwd=tmp_path, capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "edited/astronaut_grid.png" in result.stdout
    assert read_image(tmp_path / "edited" / "astronaut_grid.png").shape[1] > 64


def test_the_installed_command_is_the_wheels(installed, tmp_path):
    python, exprgan, own = installed
    told = subprocess.run(
        [python, "-c", "import exprgan_tf; print(exprgan_tf.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout
    assert told.startswith(str(own))
    version = subprocess.run(
        [exprgan, "--version"], cwd=tmp_path, capture_output=True, text=True,
        check=True,
    ).stdout
    assert version == f"exprgan {exprgan_tf.__version__}\n"


def test_exprgan_alone_lists_all_commands_in_a_screen(capsys):
    from exprgan_tf.commands.exprgan import main

    main([])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for name in COMMANDS:
        assert any(line.split()[:1] == [name] for line in lines)


def test_an_unknown_command_is_one_clear_line(capsys):
    from exprgan_tf.commands.exprgan import main

    with pytest.raises(SystemExit) as ended:
        main(["edti"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "error: there is no command 'edti': did you mean edit?\n"
    )


def test_versions_are_stated_once():
    """Extras are the files of requirements/, one each."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    dynamic = settings["tool"]["setuptools"]["dynamic"]
    files = {
        pathlib.Path(path).stem for path in dynamic["dependencies"]["file"]
    }
    for extra, value in dynamic["optional-dependencies"].items():
        assert value == {"file": [f"requirements/{extra}.txt"]}
        files.add(extra)
    assert files == {path.stem for path in (ROOT / "requirements").iterdir()}
    assert "dependencies" not in settings["project"]
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        assert line.startswith(("#", "-r requirements/"))
