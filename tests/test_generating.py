"""New faces as files and as records."""

import numpy as np
import pytest
from commands import run_here
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.data.batches import tf_data
from exprgan_tf.data.checking import check
from exprgan_tf.data.records import Dataset
from exprgan_tf.editing import new_faces
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import read_image


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*") if path.is_file()
    }


def test_each_person_shows_every_expression(model):
    images, labels, persons = new_faces.generate(model, 5, 3, seed=1)

    assert images.shape == (9, 32, 32, 3)
    assert labels.tolist() == [0, 1, 2] * 3
    assert persons.tolist() == [5] * 3 + [6] * 3 + [7] * 3
    again, _, _ = new_faces.generate(model, 6, 1, seed=1)
    assert np.abs(again.astype(int) - images[3:6]).max() <= 1
    other, _, _ = new_faces.generate(model, 6, 1, seed=2)
    assert np.any(other != again)


def test_codes_are_those_of_the_controller(model, monkeypatch):
    seen = []
    monkeypatch.setattr(model, "decode", lambda identity, code, batch_size: (
        seen.append((np.array(identity), code))
        or np.zeros((len(code), 32, 32, 3))
    ))
    _, labels, _ = new_faces.generate(model, 0, 20, seed=0)
    identity, code = seen[0]

    assert np.abs(identity).max() <= 1 and identity.std() > 0.5
    np.testing.assert_array_equal(identity[0], identity[2])
    blocks = code.reshape(len(labels), 3, 2)
    own = blocks[np.arange(len(labels)), labels]
    assert (own > 0).all()
    np.testing.assert_array_equal(np.abs(blocks), np.abs(own)[:, None] * 1.0
                                  + np.zeros_like(blocks))


def test_pictures_resume(model, tmp_path):
    new_faces.write_pictures(model, 20, tmp_path / "a")
    whole = contents(tmp_path / "a")
    assert len(whole) == 21
    victim = tmp_path / "a" / "sad" / "p000002.png"
    victim.unlink()

    new_faces.write_pictures(model, 20, tmp_path / "a")

    assert contents(tmp_path / "a") == whole
    assert read_image(victim).shape == (32, 32, 3)
    with pytest.raises(UserError, match="another model or seed"):
        new_faces.write_pictures(model, 20, tmp_path / "a", seed=3)
    with pytest.raises(UserError, match="other files"):
        new_faces.write_pictures(model, 20, tmp_path)


def test_records_are_a_data_set_to_train_on(model, tmp_path):
    new_faces.write_records(model, 50, tmp_path / "a", shard_records=15)

    assert check(tmp_path / "a") == ([], 50)
    dataset = Dataset.open(tmp_path / "a")
    assert len(dataset.shards("train")) == 4
    assert dataset.splits["train"]["expressions"] == {
        "happy": 17, "sad": 17, "surprise": 16,
    }
    faces = tf_data.load_split(dataset, "train", tiny_config())
    images, labels, _ = new_faces.generate(model, 0, 17, 0)
    order = np.lexsort((faces["label"], faces["subject"]))
    difference = np.abs(
        faces["image"][order][:48] - (images[:48] / 127.5 - 1)
    )
    assert difference.mean() < 0.1
    assert faces["label"][order][:48].tolist() == labels[:48].tolist()


def test_records_resume(model, tmp_path, monkeypatch):
    new_faces.write_records(model, 50, tmp_path / "a", shard_records=15)
    whole = contents(tmp_path / "a")
    (tmp_path / "a" / "dataset.json").unlink()
    (tmp_path / "a" / "train-00002-of-00004.tfrecord").unlink()

    new_faces.write_records(model, 50, tmp_path / "a", shard_records=15)

    assert contents(tmp_path / "a") == whole


def test_command(tmp_path, capsys):
    ExprGAN(tiny_config(model_type="cgan")).save(tmp_path / "model.keras")
    result = run_here(
        "generate", f"--model={tmp_path}/model.keras", "--count=7",
        f"--output={tmp_path}/out", capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    assert len(list((tmp_path / "out").rglob("*.png"))) == 7
