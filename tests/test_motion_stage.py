"""G_motion: composing, pairs, losses, and runs of the motion stage."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
from conftest import tiny_config
from motion_data import (
    SIDE,
    config_for,
    moved_photographs,
    nothing,
    picture_of,
    tiny_motion,
    write_moved,
)

from exprgan_tf.config_motion import MotionConfig
from exprgan_tf.data.batches.labelled import LabelledPhotographs
from exprgan_tf.data.batches.moved import MovedPhotographs
from exprgan_tf.data.batches.pairs import pair_batches
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.model_files import heads
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks.composing import compose, warp
from exprgan_tf.stages.motion import MotionStage
from exprgan_tf.training import course
from exprgan_tf.training.motion import train_motion
from exprgan_tf.training.request import TrainRequest

JUDGED = {"lambda_motion_adversarial": 0.01, "lambda_motion_q": 0.01}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_moved(tmp_path_factory.mktemp("motion") / "data")


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
        -0.1, 0.1, (3, SIDE // 2, SIDE // 2, 4)
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


def test_modes_of_the_ratio_are_added_as_the_face_asks():
    keras.utils.set_random_seed(2)
    model = MotionModel(tiny_config(), tiny_motion())
    images, codes = np.stack([picture_of(0), picture_of(1)]), np.float32(
        [[0, 0, 0], [0, 0.5, 0]]
    )

    def log_ratio(fields):
        model.set_ratio_modes(fields)
        return np.asarray(model.network([images, codes])["log_ratio"])

    fields = np.zeros((3, 2, SIDE // 2, SIDE // 2), "float32")
    nothing = log_ratio(fields)
    fields[1] = [[[0.3]], [[-0.1]]]
    weights = keras.Model(
        model.network.inputs[0],
        model.network.get_layer("ratio_weights").output,
    )(images)[1, 2:4]
    added = log_ratio(fields) - nothing
    assert not added[0].any()
    np.testing.assert_allclose(
        added[1], 0.5 * (0.3 * weights[0] - 0.1 * weights[1]), atol=1e-6
    )


def test_light_from_the_other_side_asks_for_other_folds():
    """What the weights of the modes see is light, however bright it is."""
    keras.utils.set_random_seed(3)
    model = MotionModel(tiny_config(), tiny_motion())
    layer = model.network.get_layer("light_conv")
    layer.set_weights([0 * value for value in layer.get_weights()])
    weights = keras.Model(
        model.network.inputs[0],
        model.network.get_layer("ratio_weights").output,
    )
    slope = np.linspace(0.4, 0.8, SIDE)[None, :, None] * np.ones((SIDE, 1, 3))
    left, right, darker = (np.asarray(weights(
        2 * picture[None].astype("float32") - 1
    )) for picture in (slope, slope[:, ::-1], 0.6 * slope))
    assert np.abs(left - right).max() > 0.01
    np.testing.assert_allclose(left, darker, atol=0.1 * np.abs(
        left - right
    ).max())


def stage_and_pairs(data, **weights):
    """A new `MotionStage` and a batch in which something is new."""
    keras.utils.set_random_seed(1)
    config = config_for(data)
    motion = tiny_motion(motion_rate=1e-2, **weights)
    return MotionStage(MotionModel(config, motion), 120), next(
        batch for batch in pair_batches(
            moved_photographs(data), config,
            dataclasses.replace(motion, motion_pairs=(1, 0, 0, 0)),
        ) if batch["field"][..., 2].any()
    )


def test_a_tiny_network_learns_a_pair(data):
    stage, batch = stage_and_pairs(data, **JUDGED)
    step = course.step_function(stage)
    losses = [
        {name: float(value) for name, value in step(batch).items()}
        for _ in range(120)
    ]
    for name in ("pixel", "field", "colours"):
        assert losses[-1][name] < losses[0][name] / 2, name
    assert "q" in losses[0]


def test_without_weights_of_its_losses_there_is_no_judge(data, eager):
    stage, batch = stage_and_pairs(data)
    step = course.step_function(stage)
    first, second = (
        {name: float(value) for name, value in step(batch).items()}
        for _ in range(2)
    )
    assert {"pixel", "field", "colours"} <= set(first)
    assert "q" not in first
    assert second["pixel"] != first["pixel"]


def test_labelled_photographs_teach_without_pairs(data, tmp_path):
    config = config_for(data)
    motion = tiny_motion(
        motion_photographs=str(data), motion_photographs_batch_size=3,
        **JUDGED,
    )
    dataset = Dataset.open(data)
    photographs = LabelledPhotographs(dataset, config, {"bert", "dora"})
    # Two photographs of anna and one of cleo, four pictures each.
    assert sorted(photographs.labels) == [-1] * 3 + [0] * 3 + [1] * 3 + [2] * 3
    batches = pair_batches(
        moved_photographs(data), config, motion, photographs=photographs
    )
    batch, again = batches[7], batches[7]
    assert batch["photograph"].shape == (3, SIDE, SIDE, 3)
    for name in ("photograph", "shown", "asked"):
        np.testing.assert_array_equal(batch[name], again[name])
    drawn = [
        photographs.draw(np.random.default_rng(seed), 0.0)
        for seed in range(60)
    ]
    shown, asked = (
        np.stack([each[name] for each in drawn]) for name in ("shown", "asked")
    )
    assert {0.0, 1.0} == set(shown.sum(axis=1))
    # A neutral one is never asked to be what it is.
    assert asked[shown.sum(axis=1) == 0].max(axis=1).min() >= 0.3
    assert not asked[shown.sum(axis=1) == 1].max(axis=1).min()
    run(data, tmp_path / "run", dataclasses.replace(motion, motion_epochs=1))
    with open(tmp_path / "run" / "motion_losses.csv") as file:
        losses, = csv.DictReader(file)
    assert all(
        0 < float(losses[name]) < 10 for name in ("q_photographs", "cycle")
    )
    with pytest.raises(UserError, match="needs D_img or Q"):
        tiny_motion(motion_photographs=str(data))


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


def test_the_network_that_comes_along_is_tuned(
    data, tmp_path, monkeypatch, eager
):
    """At a rate of 0 the run ends with the weights that it began with."""
    carried = tmp_path / "carried.keras"
    monkeypatch.setattr(heads, "CARRIED_MOTION", carried)
    motion = tiny_motion(motion_rate=0.0, motion_epochs=0.001)

    def tune(folder, **changes):
        train_motion(
            config_for(data, **changes), motion,
            TrainRequest("motion", str(folder), "carried"),
        )

    with pytest.raises(UserError, match="--init_from=carried: no motion"):
        tune(tmp_path / "none")
    keras.utils.set_random_seed(3)
    before = MotionModel(config_for(data), motion)
    # What the weights learned goes with the fields that they were beside.
    before.set_mean_motion(np.full((3, SIDE // 2, SIDE // 2, 4), 0.01))
    before.set_ratio_modes(np.full((3, 2, SIDE // 2, SIDE // 2), 0.02))
    before.save(carried)
    tune(tmp_path / "tuned")
    after = MotionModel.load(tmp_path / "tuned")
    for old, new in zip(before.variables, after.variables, strict=True):
        np.testing.assert_allclose(new.numpy(), old.numpy(), atol=1e-6)

    MotionModel(
        config_for(data, classes=("sad", "happy", "surprise")), motion
    ).save(carried)
    with pytest.raises(UserError, match="its classes, sad, happy, surprise"):
        tune(tmp_path / "other")


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
