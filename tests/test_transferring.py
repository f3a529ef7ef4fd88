"""The expression of one face on another (Fig. 4)."""

import numpy as np
import pytest
from commands import assert_one_clear_line, run_here, visible
from conftest import draw_face, tiny_config
from motion_data import shifting
from PIL import Image

from exprgan_tf.editing import transferring
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.editing.transfer_request import TransferRequest
from exprgan_tf.editing.transferring import (
    transfer_code,
    transfer_photographs,
)
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import read_face
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.training.curriculum import train_run_classifier
from exprgan_tf.training.request import TrainRequest


@pytest.fixture
def folders(tmp_path):
    for folder, names in (("a", ("anna", "ben")), ("b", ("x", "y", "z"))):
        (tmp_path / folder).mkdir()
        for index, name in enumerate(names):
            Image.fromarray(draw_face(index, "happy", 1.0)).save(
                tmp_path / folder / f"{name}.png"
            )
    return tmp_path


def transfer(model, folders, find_labels):
    return transfer_photographs(model, TransferRequest(
        str(folders / "a"), str(folders / "b"), str(folders / "out"),
        refine="none", align="never",
    ), find_labels)


def test_pairs_of_one_name_are_numbered(model, folders, capsys):
    for name in ("anna__x", "anna"):
        draw = Image.fromarray(draw_face(0, "happy", 1.0))
        draw.save(folders / "a" / f"{name}.png")
    draw.save(folders / "b" / "x__y.png")

    assert transfer(model, folders, lambda images: [0] * len(images)) == 0

    made = visible(folders / "out")
    assert len(made) == 3 * 4 + 1
    assert {"anna__x__y.png", "anna__x__y_2.png"} <= set(made)
    assert "is called anna__x__y_2.png" in capsys.readouterr().out


def test_folders_give_the_full_matrix(model, folders, capsys):
    asked = []
    failed = transfer(
        model, folders, lambda images: asked.append(images.shape) or [2, 0, 1]
    )

    assert failed == 0
    assert asked == [(3, 32, 32, 3)]
    assert visible(folders / "out") == sorted(
        [f"{a}__{b}.png" for a in ("anna", "ben") for b in "xyz"]
        + ["matrix.png"]
    )
    assert "2 x 3 transfers" in capsys.readouterr().out
    face = np.stack([
        draw_face(0, "happy", 1.0) / 127.5 - 1.0
    ]).astype("float32")
    code = transfer_code(model, face, np.array([2]))
    expected = model.decode(model.encode(face), code)
    found = read_image(folders / "out" / "anna__x.png")
    assert np.abs(found.astype(int) - to_uint8(expected[0])).max() <= 1


def test_a_network_moves_the_photograph_as_the_code_says(
    model, folders, monkeypatch
):
    network = shifting()
    photograph = example_photograph()
    request = TransferRequest(
        str(photograph), str(folders / "b" / "x.png"), str(folders / "out"),
        align="always",
    )
    (folders / "b" / "x.png").write_bytes(photograph.read_bytes())
    code = np.float32([0.5, 0.5, -1, -1, -1, -1])
    monkeypatch.setattr(
        transferring, "transfer_code", lambda *arguments: code[None]
    )

    assert transfer_photographs(model, request, lambda _: [0], network) == 0

    found = read_image(folders / "out" / f"{photograph.stem}__x.png")
    editor = NetworkFace(network, read_face(photograph, network.config))
    wanted, before = (
        to_uint8(editor.pictures([mix])[0]).astype(int)
        for mix in ([("happy", 0.75)], [])
    )
    assert np.abs(wanted - before).mean() > 1
    # The code says 0.75, and nothing of what the face showed is left.
    np.testing.assert_array_equal(found, wanted)


def test_the_code_follows_the_label(model):
    face = np.zeros((2, 32, 32, 3), "float32")

    codes = transfer_code(model, face, np.array([0, 2]))

    assert codes.shape == (2, model.config.code_length)
    assert np.abs(codes).max() <= 1
    assert np.any(codes[0] != codes[1])


def test_bad_files_are_named_and_the_others_go_on(model, folders, capsys):
    (folders / "b" / "bad.png").write_text("text")

    assert transfer(model, folders, lambda images: [0] * len(images)) == 1
    assert "bad.png" in capsys.readouterr().err
    for path in (folders / "a").iterdir():
        path.write_text("text")
    with pytest.raises(UserError, match=r"anna\.png"):
        transfer(model, folders, lambda images: [0] * len(images))


def test_the_classifier_of_the_run_says_what_is_shown(
    model, folders, data_dir, capsys
):
    run = folders / "run"
    train_run_classifier(
        tiny_config(data_dir=str(data_dir), classifier_steps=6),
        TrainRequest("classifier", str(run)),
    )
    model.save(run / "stage3.keras")
    arguments = [
        f"--model={run}", f"--identity={folders / 'a'}",
        f"--expression={folders / 'b' / 'x.png'}",
        f"--output={folders / 'out'}", "--align=never", "--refine=none",
    ]

    result = run_here("transfer", *arguments, capsys=capsys)

    assert result.returncode == 0, result.stderr
    assert "2 x 1 transfers" in result.stdout
    (run / "classifier.keras").unlink()
    result = run_here("transfer", *arguments, capsys=capsys)
    assert_one_clear_line(result, "--stage=classifier")
    result = run_here(
        "transfer", *arguments, "--label=wink", capsys=capsys
    )
    assert_one_clear_line(result, "'wink'")
