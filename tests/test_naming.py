"""What edits are called: no two alike, and nothing of others is replaced."""

import os

import pytest
from commands import assert_one_clear_line, run_here, visible
from conftest import draw_face, edits
from PIL import Image

from exprgan_tf.editing.naming import EditFiles, photograph_endings
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.editing.request import parse_intensities
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.listing import list_images
from exprgan_tf.support.places import distinct_names


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def faces(folder, *names):
    folder.mkdir(exist_ok=True)
    for index, name in enumerate(names):
        Image.fromarray(draw_face(index, "happy", 1.0)).save(folder / name)
    return folder


def edit(model, folder, output, **more):
    request = edits(
        output, "sad", refine="none", align="never", input=str(folder), **more
    )
    return edit_photographs(model, list_images(folder), request)


@pytest.mark.parametrize("names, expected", [
    (["a", "b"], ["a", "b"]),
    (["a", "A", "a"], ["a", "A_2", "a_3"]),
    (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
    # Composed and decomposed, one name on macOS.
    (["\u00e9", "e\u0301"], ["\u00e9", "e\u0301_2"]),
    (["x/../y", "..", ""], ["x_.._y", "_..", "_"]),
    (["\u00fc" * 9, "\u00fc" * 8], ["\u00fc" * 5, "\u00fc" * 4 + "_2"]),
])
def test_distinct_names(names, expected):
    assert distinct_names(names, 10) == expected
    assert len(os.fsencode(expected[-1])) <= 10


def test_pictures_of_one_stem_are_numbered(model, tmp_path, capsys):
    folder = faces(tmp_path / "in", "a.jpg", "a.png", "A.bmp", "a_2.png")
    assert edit(model, folder, tmp_path / "out") == 0
    assert [
        name for name in visible(tmp_path / "out") if name.endswith("1.00.png")
    ] == ["A_sad_1.00.png", "a_2_sad_1.00.png", "a_3_sad_1.00.png",
          "a_4_sad_1.00.png"]
    assert "a.png: its pictures are called a_4_" in capsys.readouterr().out


def bases(tmp_path, names, *expressions, faces="all"):
    request = edits(tmp_path / "out", *expressions, faces=faces)
    files = [tmp_path / name for name in names]
    made = EditFiles(request, files, photograph_endings(request, 2))
    return [made.base(path).name for path in files]


@pytest.mark.parametrize("names, expected", [
    (["a.jpg", "a_face1.jpg"], ["a", "a_face1_2"]),
    (["a_face1.jpg", "a.jpg"], ["a_face1", "a_2"]),
    (["a_face.jpg", "a.jpg"], ["a_face", "a"]),
])
def test_a_photograph_that_is_called_like_a_face(tmp_path, names, expected):
    assert bases(tmp_path, names, "sad") == expected
    if expected[1] != "a_2":
        assert bases(
            tmp_path, names, "sad", faces="largest"
        )[1] == names[1].removesuffix(".jpg")


def test_a_photograph_that_is_called_like_an_expression(tmp_path):
    assert bases(
        tmp_path, ["a.jpg", "a_very.jpg"], "very_sad", "sad"
    ) == ["a", "a_very_2"]


def test_names_that_are_too_long_are_cut(model, tmp_path):
    longest = "m" * 251 + ".png"
    folder = faces(tmp_path / "in", "a.png", longest, "n" * 240 + ".png")
    assert edit(model, folder, tmp_path / "out") == 0
    made = visible(tmp_path / "out")
    assert len(made) == 6
    assert f"{'n' * 240}_sad_1.00.png" in made
    assert f"{'m' * 242}_sad_1.00.png" in made


@pytest.mark.parametrize("texts, names", [
    (["0.2", "1"], ["0.20", "1.00"]),
    (["0.501", "0.502"], ["0.501", "0.502"]),
    (["0.5", "0.50", "-0"], ["0.50", "0.00"]),
    (["0.00001", "0.00002"], ["0.00001", "0.00002"]),
])
def test_intensities_have_names_of_their_own(texts, names):
    request = edits("out", "sad", intensities=parse_intensities(texts))
    assert [request.intensity_name(value) for value in request.intensities
            ] == names


def test_close_intensities_are_pictures_of_their_own(model, tmp_path):
    folder = faces(tmp_path / "in", "a.png")
    edit(model, folder, tmp_path / "out", intensities=(0.501, 0.502))
    assert visible(tmp_path / "out") == [
        "a_grid.png", "a_sad_0.501.png", "a_sad_0.502.png"
    ]


def test_a_file_of_others_is_not_replaced(saved, tmp_path, capsys):
    folder = faces(tmp_path / "in", "a.png")
    output = faces(tmp_path / "out", "a_sad_1.00.png", "mine.png")
    mine = (output / "a_sad_1.00.png").read_bytes()
    flags = (
        f"--model={saved}", f"--input={folder}", f"--output={output}",
        "--expressions=sad", "--intensities=1", "--align=never",
        "--refine=none",
    )
    result = run_here("edit", *flags, capsys=capsys)
    assert_one_clear_line(result, output / "a_sad_1.00.png", "move it away")
    assert visible(output) == ["a_sad_1.00.png", "mine.png"]

    (output / "a_sad_1.00.png").rename(output / "b_sad_1.00.png")
    for _ in range(2):
        assert run_here("edit", *flags, capsys=capsys).returncode == 0
    lines = (output / ".exprgan.jsonl").read_text().split()
    assert (output / "b_sad_1.00.png").read_bytes() == mine

    # What was written here and changed since is the user's, too.
    (output / "a_grid.png").write_bytes(mine)
    result = run_here("edit", *flags, capsys=capsys)
    assert_one_clear_line(result, "a_grid.png was not written by exprgan")
    assert (output / "a_grid.png").read_bytes() == mine
    assert (output / ".exprgan.jsonl").read_text().split() == lines


def test_a_face_of_others_is_not_replaced(model, tmp_path):
    folder = faces(tmp_path / "in", "a.png")
    output = faces(tmp_path / "out", "a_face2_sad_1.00.png")
    with pytest.raises(UserError, match=r"a_face2_sad_1\.00\.png was not"):
        edit(model, folder, output, faces="all")
    assert edit(model, folder, output) == 0


@pytest.mark.parametrize("link", [False, True])
def test_the_folder_of_the_photographs_is_no_output(
    saved, tmp_path, capsys, link
):
    folder = output = faces(tmp_path / "in", "a.png")
    if link:
        output = tmp_path / "link"
        output.symlink_to(folder, target_is_directory=True)
    for command, *flags in (
        ("edit", f"--input={folder}"),
        ("transfer", f"--identity={folder}", f"--expression={saved}"),
        ("transfer", f"--identity={saved}", f"--expression={folder}"),
    ):
        result = run_here(
            command, f"--model={saved}", f"--output={output}", "--label=sad"
            if command == "transfer" else "--expressions=sad", *flags,
            capsys=capsys,
        )
        assert_one_clear_line(result, f"--output={output} is --", folder)
    assert visible(folder) == ["a.png"]


@pytest.mark.parametrize("flags", [
    ["--expressions=neutral", "--format=gif"], ["--expressions="],
    ["--expressions=neutral", "--levels"],
])
def test_an_edit_that_makes_nothing_is_an_error(
    saved, tmp_path, capsys, flags
):
    folder = faces(tmp_path / "in", "a.png")
    result = run_here(
        "edit", f"--model={saved}", f"--input={folder}",
        f"--output={tmp_path}/out", *flags, capsys=capsys,
    )
    assert_one_clear_line(result, "--expressions=", "name an expression")
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_not_utf_8(saved, tmp_path, capsys):
    folder = faces(tmp_path / "in", os.fsdecode(b"\xe4.png"))
    output = os.path.join(tmp_path, os.fsdecode(b"M\xfcller"))
    result = run_here(
        "edit", f"--model={saved}", f"--input={folder}", f"--output={output}",
        "--expressions=sad", "--align=never", "--refine=none",
        "--contact_sheet", capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    assert "M\\udcfcller" in result.stdout
    assert len(os.listdir(output)) == 13
