import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from commands import visible
from conftest import tiny_config

from exprgan_tf.data.batches import (
    tf_data,
    tf_images,
    without_tensorflow,
)
from exprgan_tf.data.batches.examples import Records
from exprgan_tf.data.batches.numpy_images import changed
from exprgan_tf.data.batches.numpy_images import decode_image as decode_by_numpy
from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.records import Dataset, encode_record
from exprgan_tf.data.subjects import held_out_subjects, steps_per_epoch
from exprgan_tf.errors import UserError
from exprgan_tf.training.setup import seeded

CARRIED = pathlib.Path(__file__).parents[1] / "data" / "ictface128"


@pytest.fixture(params=[tf_data, without_tensorflow], ids=["tf", "numpy"])
def reader(request):
    """Both pipelines, which keep the same rules."""
    return request.param


@pytest.fixture
def collect(reader):
    """Batches of `training_batches` as a list of dicts of arrays."""

    def collect(dataset, config, stage=1, first_step=0, steps=None):
        batches = reader.training_batches(
            dataset, config, stage, first_step, steps
        )
        return [
            {name: np.asarray(values) for name, values in batch.items()}
            for batch in batches
        ]

    return collect


def assert_same(left, right):
    for a, b in zip(left, right, strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


def pictures(batches):
    """Which images there are, whether flipped or not."""
    return sorted(
        min(image.tobytes(), image[:, ::-1].tobytes())
        for batch in batches for image in batch["image"]
    )


def test_batches_resume_at_any_step(collect, dataset, config):
    whole = collect(dataset, config, steps=15)
    for first in (1, 5, 6, 8, 12):
        assert_same(
            collect(dataset, config, first_step=first, steps=15 - first),
            whole[first:],
        )


def test_a_seed_of_0_is_a_seed(collect, dataset, config):
    """TensorFlow's own 0 ended a run with a traceback."""
    config = config.replace(seed=0)
    seeded(config)
    first = collect(dataset, config, steps=3)
    seeded(config)
    assert_same(collect(dataset, config, steps=3), first)


@pytest.mark.parametrize("source_images", ["same", "subject", "pairs"])
def test_the_parts_of_workers_make_the_whole_batch(
    source_images, dataset, config
):
    config = config.replace(source_images=source_images)

    def batches(**part):
        return list(tf_data.training_batches(
            dataset, config, 1, first_step=4, steps=5, **part
        ).as_numpy_iterator())

    parts = [batches(part=(index, 3)) for index in range(3)]
    joined = [
        {name: np.concatenate([part[name] for part in same])
         for name in same[0]}
        for same in zip(*parts, strict=True)
    ]
    assert_same(joined, batches())


def test_every_epoch_has_every_image_in_another_order(collect, dataset, config):
    # 36 training images, 6 a batch.
    batches = collect(dataset, config, steps=12)
    first, second = batches[:6], batches[6:]
    assert pictures(first) == pictures(second)
    labels = [[batch["label"].tolist() for batch in part]
              for part in (first, second)]
    assert labels[0] != labels[1]
    assert len(set(pictures(first))) == 36


def test_draws_are_uniform_and_differ_between_stages_and_seeds(
    collect, dataset, config
):
    batches = collect(dataset, config, steps=40)
    noise = np.concatenate([batch["prior"].ravel() for batch in batches])
    assert np.abs(noise).max() <= 1
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 3**-0.5) < 0.03
    others = [
        collect(dataset, config, stage=2, steps=1),
        collect(dataset, config.replace(seed=1), steps=1),
    ]
    for other in others:
        assert not np.array_equal(other[0]["prior"], batches[0]["prior"])


def test_released_draws_repeat_in_every_epoch(collect, dataset):
    config = tiny_config("released")
    batches = collect(dataset, config, steps=12)
    for first, second in zip(batches[:6], batches[6:], strict=True):
        np.testing.assert_array_equal(first["prior"], second["prior"])
    assert any(
        not np.array_equal(a["image"], b["image"])
        for a, b in zip(batches[:6], batches[6:], strict=True)
    )


def test_held_out_subjects_never_train(reader, collect, dataset, config):
    config = config.replace(validation_subjects=2)
    assert held_out_subjects(dataset, config) == ["s2", "s3"]
    assert steps_per_epoch(dataset, config, 6) == 3
    trained = set(pictures(collect(dataset, config, steps=3)))
    held_out = reader.load_split(dataset, "train", config, ["s2", "s3"])
    assert len(held_out["image"]) == 18
    for image in held_out["image"]:
        assert min(image.tobytes(), image[:, ::-1].tobytes()) not in trained
    with pytest.raises(UserError, match="--validation_subjects=4"):
        held_out_subjects(dataset, config.replace(validation_subjects=4))


def test_a_batch_larger_than_the_data_is_refused(dataset, config):
    with pytest.raises(UserError, match="--batch_sizes"):
        steps_per_epoch(dataset, config, 37)


def test_labelled_intensity_becomes_the_code_noise(collect, dataset, config):
    config = config.replace(code_intensity="label")
    for batch in collect(dataset, config, stage=2, steps=6):
        distance = np.abs(
            batch["code_noise"][..., None] - np.array([0.4, 0.6, 0.8])
        ).min(axis=2)
        assert distance.max() <= 0.1 + 1e-6
    random = collect(dataset, config, stage=1, steps=1)
    assert random[0]["code_noise"].min() < 0


def test_the_encoder_sees_another_image_of_the_same_person(
    collect, dataset, config
):
    same = collect(dataset, config, stage=2, steps=3)
    for batch in same:
        np.testing.assert_array_equal(batch["source"], batch["image"])
    config = config.replace(source_images="subject", augmentation=1.0)
    different = 0
    for batch in collect(dataset, config, stage=2, steps=6):
        for index, source in enumerate(batch["source"]):
            matches = [
                other for other, image in enumerate(batch["image"])
                if np.array_equal(image, source)
            ]
            assert len(matches) == 1
            subjects = batch["subject"]
            assert subjects[matches[0]] == subjects[index]
            alone = (subjects == subjects[index]).sum() == 1
            assert (matches[0] == index) == alone
            different += not alone
            # Changed alike: the background has the person's color.
            np.testing.assert_allclose(
                batch["image"][index][0, 0], source[0, 0], atol=0.02
            )
    assert different > 18


def test_pairs_leave_nobody_alone(collect, dataset, config):
    # 4 people with 9 training images each, 6 a batch: the last batch has
    # those that are left over.
    config = config.replace(source_images="pairs")
    plain = collect(dataset, config.replace(source_images="same"), steps=6)
    batches = collect(dataset, config, steps=6)
    assert pictures(batches) == pictures(plain)
    for batch in batches[:-1]:
        _, counts = np.unique(batch["subject"], return_counts=True)
        assert counts.min() >= 2
        for image, source in zip(batch["image"], batch["source"], strict=True):
            assert not np.array_equal(image, source)
    assert_same(
        collect(dataset, config, first_step=7, steps=3),
        collect(dataset, config, steps=10)[7:],
    )


def test_augmentation_changes_images_within_their_range(
    collect, dataset, config
):
    plain = collect(dataset, config, steps=1)[0]["image"]
    changed = collect(
        dataset, config.replace(augmentation=1.0), steps=1
    )[0]["image"]
    assert np.abs(changed).max() <= 1
    assert 0.005 < np.abs(changed - plain).mean() < 0.3


@pytest.mark.parametrize("form, low, high", [
    ("fixed", 100 / 127.5 - 1, 200 / 127.5 - 1), ("min_max", -1, 1),
])
def test_pixel_normalization(config, form, low, high):
    picture = np.full((32, 32, 3), 100, "uint8")
    picture[:4] = 200
    encoded = tf.io.encode_png(picture).numpy()
    for decode in (tf_images.decode_image, decode_by_numpy):
        image = np.asarray(
            decode(encoded, config.replace(pixel_normalization=form))
        )
        assert image.min() == pytest.approx(low, abs=1e-6)
        assert image.max() == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize("size", [20, 32, 64, 75])
def test_numpy_makes_the_images_of_tensorflow(config, size):
    generator = np.random.default_rng(size)
    picture = generator.integers(0, 256, (size, size, 3), "uint8")
    encoded = tf.io.encode_png(picture).numpy()
    image = decode_by_numpy(encoded, config)
    np.testing.assert_allclose(
        image, tf_images.decode_image(encoded, config), atol=1e-5
    )
    draws = generator.uniform(-1, 1, 10).astype("float32")
    np.testing.assert_allclose(
        changed(image, draws), tf_images.changed(tf.constant(image), draws),
        atol=1e-4,
    )


@pytest.mark.parametrize("split", ["train", "test", "neutral"])
def test_both_pipelines_load_the_same_split(dataset, config, split):
    loaded = [
        module.load_split(dataset, split, config, ["s1", "s5", "s0"])
        for module in (tf_data, without_tensorflow)
    ]
    assert_same(loaded[:1], loaded[1:])


def test_a_record_with_a_wrong_bit_is_found(data_dir, tmp_path):
    path = tmp_path / "a.tfrecord"
    shutil.copy(data_dir / "train-00001-of-00003.tfrecord", path)
    assert len(list(Records([path]))) == 12
    flip_a_bit(path)
    with pytest.raises(UserError, match=r"a\.tfrecord is damaged"):
        list(Records([path]))
    cut(path, path.stat().st_size - 5)
    with pytest.raises(UserError, match=r"a\.tfrecord is damaged"):
        list(Records([path]))


def copy_of(data_dir, tmp_path):
    return pathlib.Path(shutil.copytree(data_dir, tmp_path / "copy"))


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage, message", [
    (lambda path: cut(path, path.stat().st_size - 5), "11 whole records, 12"),
    (lambda path: cut(path, 0), "0 whole records, 12"),
    (lambda path: path.write_bytes(path.read_bytes() + b"junk"), "checksum"),
    (flip_a_bit, "checksum"),
])
def test_a_damaged_shard_is_named(data_dir, tmp_path, damage, message):
    folder = copy_of(data_dir, tmp_path)
    Dataset.open(folder).verify()
    damage(folder / "train-00001-of-00003.tfrecord")
    with pytest.raises(UserError, match=message) as error:
        Dataset.open(folder).verify()
    assert "train-00001-of-00003.tfrecord" in str(error.value)


def test_missing_and_wrong_folders(data_dir, tmp_path):
    with pytest.raises(UserError, match=r"no dataset\.json there"):
        Dataset.open(tmp_path / "nowhere")
    folder = copy_of(data_dir, tmp_path)
    (folder / "test-00000-of-00002.tfrecord").unlink()
    with pytest.raises(UserError, match="test-00000-of-00002"):
        Dataset.open(folder)
    for text in ("{", "[]", '{"format": "other"}', "[" * 10**5):
        (folder / "dataset.json").write_text(text)
        with pytest.raises(UserError, match="is not a data set"):
            Dataset.open(folder)


def spoiled(values, place, value):
    """The text of a description in which something else stands."""
    values = json.loads(json.dumps(values))
    *way, last = [
        int(name) if name.isdigit() else name for name in place.split(".")
    ]
    inner = values
    for name in way:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(values)


@pytest.mark.parametrize("place, value", [
    ("image_size", None), ("image_size", "32"), ("image_size", -1),
    ("classes", [True, {}]), ("classes", "happy"), ("splits", []),
    ("splits.test", []), ("splits.test.expressions", None),
    ("splits.test.subjects", ["s4"]), ("splits.train.records", 1.5),
    ("splits.train.shards.0", {}), ("splits.train.shards.0.records", -1),
    ("splits.train.shards.0.file", "../x"), ("margin", float("nan")),
])
def test_a_description_that_is_spoiled_is_refused_in_one_line(
    data_dir, tmp_path, place, value
):
    folder = copy_of(data_dir, tmp_path)
    file = folder / "dataset.json"
    file.write_text(spoiled(json.loads(file.read_text()), place, value))
    with pytest.raises(UserError, match="is not a data set: ") as error:
        Dataset.open(folder)
    assert "\n" not in str(error.value)
    assert place.split(".")[0] in str(error.value)


def test_description_tells_counts_and_subjects(dataset):
    assert dataset.classes == ("happy", "sad", "surprise")
    train = dataset.splits["train"]
    assert train["records"] == 36
    assert train["subjects"] == {f"s{index}": 9 for index in range(4)}
    assert train["expressions"] == {name: 12 for name in dataset.classes}
    assert dataset.splits["neutral"]["subjects"].keys() == {
        f"s{index}" for index in range(6)
    }
    faces = tf_data.load_split(
        dataset, "neutral", tiny_config(), ["s1", "s5"]
    )
    assert faces["label"].tolist() == [-1, -1]
    assert faces["intensity"].tolist() == [0, 0]
    assert sorted(faces["subject"]) == ["s1", "s5"]


def test_unknown_intensity_is_minus_one():
    record = encode_record(b"", "anna", "happy")
    assert float(tf_data.parse_record(record)["intensity"]) == -1


def test_exported_images_are_the_stored_ones(dataset, faces_folder, tmp_path):
    assert export_images(dataset, "neutral", tmp_path, ["s1", "s5"]) == 2
    assert visible(tmp_path) == [
        "s1_neutral_0.png", "s5_neutral_0.png"
    ]
    assert (tmp_path / "s1_neutral_0.png").read_bytes() == (
        faces_folder / "s1_neutral_0.png"
    ).read_bytes()


def test_the_carried_data_set_is_whole():
    dataset = Dataset.open(CARRIED)
    dataset.verify()
    counts = {name: split["records"] for name, split in dataset.splits.items()}
    assert counts == {"train": 1296, "test": 144, "neutral": 80}
    train, test = (set(dataset.subjects(name)) for name in ("train", "test"))
    assert (len(train), len(test)) == (72, 8)
    assert not train & test
    assert set(dataset.splits["train"]["expressions"].values()) == {216}
    size = sum(path.stat().st_size for path in CARRIED.iterdir())
    assert size <= 12_000_000
    assert "USC Institute" in (CARRIED / "LICENSE").read_text()
    assert json.loads((CARRIED / "dataset.json").read_text())[
        "image_size"] == 128
