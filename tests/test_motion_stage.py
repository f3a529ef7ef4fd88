"""G_motion: composing, pairs, losses, and runs of the motion stage."""

import dataclasses

import keras
import numpy as np
import pytest
from conftest import tiny_config
from motion_data import (
    CLASSES,
    SIDE,
    motion_of,
    moved_picture,
    picture_of,
    tiny_motion,
    write_moved,
)

from exprgan_tf.config_motion import MotionConfig
from exprgan_tf.data.batches.moved import MovedPhotographs
from exprgan_tf.data.batches.pair_changes import (
    changed_alike,
    draw_changes,
    mirrored_field,
    motion_between,
)
from exprgan_tf.data.batches.pairs import draw_pair, pair_batches
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks.motion import compose, warp
from exprgan_tf.stages.motion import MotionStage
from exprgan_tf.training import course
from exprgan_tf.training.motion import train_motion
from exprgan_tf.training.request import TrainRequest

JUDGED = {"lambda_motion_adversarial": 0.01, "lambda_motion_q": 0.01}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_moved(tmp_path_factory.mktemp("motion") / "data")


def config_for(data, **changes):
    return tiny_config(data_dir=str(data), **changes)


def moved_photographs(data, subjects=("anna", "bert", "cleo")):
    return MovedPhotographs(
        Dataset.open(data), config_for(data), ("train", "neutral"), subjects
    )


def nothing(images):
    """Maps of a motion that changes nothing, but for its colours."""
    count, side = images.shape[:2]
    maps = np.zeros((count, side, side, 1), "float32")
    return {
        "displacement": np.zeros((count, side // 2, side // 2, 2), "float32"),
        "ratio": maps + 1, "mask": maps, "colours": 0 * images,
    }


def test_no_motion_gives_the_picture_back_exactly():
    images = np.stack([picture_of(0), picture_of(1)])
    np.testing.assert_array_equal(
        np.asarray(compose(images, **nothing(images))), images
    )


def test_a_known_shift_moves_the_picture():
    images = picture_of(0)[None]
    shift = np.zeros((1, SIDE, SIDE, 2), "float32")
    shift[..., 0], shift[..., 1] = 3 / SIDE, -2.5 / SIDE
    made = np.asarray(warp(images, shift))
    wanted = 0.5 * (images[:, 5:-6, 8:-3] + images[:, 4:-7, 8:-3])
    np.testing.assert_allclose(made[:, 7:-4, 5:-6], wanted, atol=1e-5)
    # Beyond the edge the edge goes on.
    np.testing.assert_allclose(
        made[:, 10, -1], 0.5 * (images[:, 7, -1] + images[:, 8, -1]),
        atol=1e-5,
    )


def test_ratio_mask_and_colours():
    images = picture_of(0)[None]
    maps = nothing(images)
    lit = np.asarray(compose(images, **{**maps, "ratio": maps["ratio"] / 2}))
    np.testing.assert_allclose(lit, (images + 1) / 2 - 1, atol=1e-6)
    painted = np.asarray(compose(images, **{
        **maps, "mask": maps["mask"] + 0.25, "colours": maps["colours"] - 1,
    }))
    np.testing.assert_allclose(painted, 0.75 * images - 0.25, atol=1e-6)


def test_neutral_is_no_mean_motion_and_others_scale_it():
    model = MotionModel(tiny_config(), tiny_motion())
    fields = np.random.default_rng(0).uniform(
        -0.1, 0.1, (3, SIDE // 2, SIDE // 2, 3)
    ).astype("float32")
    model.set_mean_motion(fields)
    layer = model.network.get_layer("mean_motion")
    codes = np.array([[0, 0, 0], [0.5, 0, 0], [0, 0.25, 1]], "float32")
    made = np.asarray(layer(codes))
    assert not made[0].any()
    np.testing.assert_allclose(made[1], 0.5 * fields[0], atol=1e-6)
    np.testing.assert_allclose(
        made[2], 0.25 * fields[1] + fields[2], atol=1e-6
    )
    assert model.intensities([("happy", 0.5), ("sad", 1.0)]).tolist() == [
        0.5, 1.0, 0.0
    ]
    code = np.array([-1, -1, 1, 0, -1, -1], "float32")
    assert model.intensities([(code, 0.5)]).tolist() == [0.0, 0.375, 0.0]
    assert not model.intensities([("neutral", 1.0)]).any()


def test_pairs_are_of_one_photograph(data):
    moved = moved_photographs(data)
    assert len(moved.photographs) == 4
    home = {}
    for number, (untouched, places) in enumerate(moved.photographs):
        assert moved.labels[untouched] == -1 and len(places) == 3
        home |= dict.fromkeys([untouched, *places], number)
    generator = np.random.default_rng(0)
    kinds = set()
    for _ in range(200):
        first, second = draw_pair(
            moved, np.cumsum([0.4, 0.2, 0.2, 0.2]), generator
        )
        assert home[first] == home[second]
        kinds.add((moved.labels[first] < 0, moved.labels[second] < 0,
                   first == second))
    assert len(kinds) == 5


def test_data_that_does_not_tell_photographs_apart(tmp_path):
    data = write_moved(tmp_path / "data", photographs=False)
    assert len(moved_photographs(data, ("bert", "cleo")).photographs) == 2
    with pytest.raises(UserError, match="two untouched pictures of anna"):
        moved_photographs(data)


def test_mean_fields_are_the_motion_at_intensity_1(data):
    fields = moved_photographs(data).mean_fields()
    for field, name in zip(fields, CLASSES, strict=True):
        motion = motion_of(name, 1.0)[..., :2].reshape(
            SIDE // 2, 2, SIDE // 2, 2, 2
        ).mean((1, 3)) / SIDE
        np.testing.assert_allclose(field[..., :2], motion, atol=2e-4)


def test_a_mirrored_pair_has_the_mirrored_motion():
    untouched, motion = picture_of(0), motion_of("happy", 1.0)
    field = motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1])
    moved = moved_picture(untouched[:, ::-1], np.concatenate(
        [SIDE * mirrored_field(field)[..., :2], 0 * field[..., :2]], -1
    ))
    np.testing.assert_allclose(
        moved, moved_picture(untouched, motion)[:, ::-1], atol=1
    )


def composed_error(images, field):
    """The mean difference, of 255, of what a field makes and the second."""
    made = np.asarray(compose(**{
        **nothing(images[0][None]), "images": images[0][None],
        "displacement": field[None, ..., :2],
    }))[0]
    inner = slice(6, -6)
    return 127.5 * np.abs(made - images[1])[inner, inner].mean()


@pytest.mark.parametrize("seed", range(4))
def test_changed_pairs_keep_their_motion(seed):
    untouched = moved_picture(picture_of(1), motion_of("neutral", 0))
    motion = motion_of("sad", 1.0)
    changes = draw_changes(np.random.default_rng(seed), 1.0)
    changes = dataclasses.replace(changes, quality=0, blur=0.0, side=1.0)
    images, field = changed_alike(
        [untouched, moved_picture(picture_of(1), motion)],
        motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1]), changes,
    )
    before = composed_error(images, 0 * field)
    assert before > 4 * composed_error(images, field)


def test_the_motion_between_two_moved_pictures():
    motions = [motion_of(name, 1.0) for name in ("happy", "sad")]
    images = [
        moved_picture(picture_of(2), motion) / np.float32(127.5) - 1
        for motion in motions
    ]
    fields = [
        motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1])
        for motion in motions
    ]
    field, known, judged = motion_between(*fields)
    assert known.mean() > 0.95 and judged.min() == 1
    assert composed_error(images, 0 * field) > 5 * composed_error(
        images, field
    )
    same, _, _ = motion_between(*fields, is_same=True)
    assert not same.any()
    # What was painted in the first picture tells of no motion.
    opened = motion_of("surprise", 0.5)[..., [0, 1, 3]] / np.float32(
        [SIDE, SIDE, 1]
    )
    _, known, judged = motion_between(opened, 0 * opened)
    assert known.min() == judged.min() == 0 and judged.mean() > 0.8


def test_batches_follow_from_the_step(data):
    config = config_for(data, augmentation=1.0)
    moved = moved_photographs(data)
    whole = list(pair_batches(moved, config, tiny_motion(), 0, 3))
    later, = pair_batches(moved, config, tiny_motion(), 2, 1)
    for name, values in whole[2].items():
        np.testing.assert_array_equal(values, later[name])
        assert values.dtype == np.float32
    assert np.abs(whole[0]["image"]).max() <= 1
    assert not np.array_equal(whole[0]["image"], whole[1]["image"])


@pytest.mark.parametrize("weights", [{}, JUDGED])
def test_a_tiny_network_learns_a_pair(data, weights):
    keras.utils.set_random_seed(1)
    config = config_for(data)
    motion = tiny_motion(motion_rate=1e-2, **weights)
    moved = moved_photographs(data)
    model = MotionModel(config, motion)
    stage = MotionStage(model, 120)
    batch = next(iter(pair_batches(
        moved, config, dataclasses.replace(motion, motion_pairs=(1, 0, 0, 0)),
    )))
    step = course.step_function(stage)
    losses = [
        {name: float(value) for name, value in step(batch).items()}
        for _ in range(120)
    ]
    for name in ("pixel", "field", "colours"):
        assert losses[-1][name] < losses[0][name] / 2, name
    assert ("q" in losses[0]) == bool(weights)


def run(data, folder, motion, **changes):
    train_motion(
        config_for(data, checkpoint_minutes=0.0, **changes), motion,
        TrainRequest("motion", str(folder)),
    )
    return MotionModel.load(folder)


def test_a_resumed_run_is_the_run(data, tmp_path, monkeypatch, capsys):
    motion = tiny_motion(**JUDGED)
    whole = run(data, tmp_path / "whole", motion)
    monkeypatch.setattr(course, "step_function", _stopped_after(
        3, course.step_function
    ))
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path / "stopped", motion)
    monkeypatch.undo()
    resumed = run(data, tmp_path / "stopped", motion)
    for left, right in zip(
        whole.variables, resumed.variables, strict=True
    ):
        np.testing.assert_array_equal(left.numpy(), right.numpy())
    for name in ("motion_losses.csv", "motion.json"):
        assert (tmp_path / "whole" / name).read_text() == (
            tmp_path / "stopped" / name
        ).read_text()
    pictures = {path.name for path in (tmp_path / "whole/pictures").iterdir()}
    assert pictures == {
        "motion_motions_0001.png", "motion_motions_0002.png",
        "motion_motions_end.png", "motion_losses.png",
    }
    run(data, tmp_path / "whole", motion)
    assert "stage motion has ended already" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"--motion_rate=0.1: .* with 0.002"):
        run(data, tmp_path / "whole",
            dataclasses.replace(motion, motion_rate=0.1))


def _stopped_after(count, make):
    def step_function(stage, strategy=None):
        step, done = make(stage, strategy), []

        def train_step(batch):
            if len(done) == count:
                raise KeyboardInterrupt
            done.append(1)
            return step(batch)

        return train_step

    return step_function


def test_what_cannot_be(data, tmp_path):
    with pytest.raises(UserError, match="--motion_channels=12,8: must be"):
        MotionConfig(motion_channels=(12, 8))
    with pytest.raises(UserError, match="--motion_pairs=1,2: must be four"):
        MotionConfig(motion_pairs=(1, 2))
    with pytest.raises(UserError, match="no photograph that was moved"):
        MovedPhotographs(
            Dataset.open(data), config_for(data), ("train",), ("anna",)
        )
    with pytest.raises(UserError, match="--stage=motion trains on one"):
        train_motion(config_for(data), tiny_motion(), TrainRequest(
            "motion", str(tmp_path / "run"), strategy="mirrored"
        ))
