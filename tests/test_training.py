"""Whole runs of the curriculum, in this process and in killed ones."""

import csv

import h5py
import numpy as np
import pytest
import tensorflow as tf
from conftest import tiny_config, train
from forked import Forked, command
from killing import assert_killed_runs_end_alike, end, write_flags
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator

from exprgan_tf import ExprGAN
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.training import course, face_features
from exprgan_tf.training.run_folder import RunFolder
from exprgan_tf.training.setup import make_repeatable

# Of the run that is finished, and of the one that is killed.
SETTINGS = {"validation_subjects": 1, "average_weights": 0.9}


@pytest.fixture(scope="module")
def start(data_dir, tmp_path_factory):
    """Starts a training of all stages, in a process of its own."""
    flagfile = write_flags(
        tmp_path_factory.mktemp("flags") / "tiny.cfg", data_dir,
        picture_epochs=1, **SETTINGS,
    )
    return lambda run: Forked(
        command, "train", "--stage=all", f"--flagfile={flagfile}",
        f"--run_dir={run}",
    )


@pytest.fixture(scope="module")
def finished(start, tmp_path_factory):
    """A run of all three stages."""
    run_dir = tmp_path_factory.mktemp("runs") / "finished"
    end(start(run_dir))
    return run_dir


def test_a_run_leaves_models_losses_pictures_and_events(finished, capsys):
    for stage in (1, 2, 3):
        assert (finished / f"stage{stage}.keras").exists()
        rows = list(csv.DictReader(
            (finished / f"stage{stage}_losses.csv").open()
        ))
        assert [row["epoch"] for row in rows] == ["1", "2"]
        assert all(np.isfinite(float(value)) for row in rows
                   for value in row.values())
        events = event_accumulator.EventAccumulator(
            str(finished / "tensorboard" / f"stage{stage}")
        ).Reload()
        assert set(rows[0]) - {"epoch"} <= set(events.Tags()["scalars"])
        assert len(events.Scalars("q")) == 2 * (27 // 6)
        drawn = events.Images("expressions")[0].encoded_image_string
        for name in ("expressions", "intensities"):
            for epoch in ("0001", "0002", "end"):
                path = f"pictures/stage{stage}_{name}_{epoch}.png"
                assert Image.open(finished / path).size[0] > 300
        plot = Image.open(finished / f"pictures/stage{stage}_losses.png")
        assert len(np.unique(np.asarray(plot))) > 10
        assert tf.io.decode_png(drawn).shape[2] == 3
    assert not [path for path in finished.rglob("*") if "partial" in path.name]


def test_a_finished_run_is_left_alone(finished, data_dir, capsys):
    before = (finished / "stage3.keras").stat().st_mtime_ns
    train(tiny_config(data_dir=str(data_dir), **SETTINGS), None, finished)
    assert "stage 3 has ended already" in capsys.readouterr().out
    assert (finished / "stage3.keras").stat().st_mtime_ns == before


def test_other_settings_are_refused_and_free_ones_are_not(
    finished, data_dir
):
    config = tiny_config(data_dir=str(data_dir), **SETTINGS)
    with pytest.raises(UserError, match=r"--code_size=3: .* with 2"):
        train(config.replace(code_size=3), (3,), finished)
    train(config.replace(picture_epochs=7), (3,), finished)


def test_two_processes_cannot_share_a_run(tmp_path, config):
    RunFolder(tmp_path).open(config)
    first = RunFolder(tmp_path / "run")
    first.open(config)
    with pytest.raises(UserError, match="another process"):
        RunFolder(tmp_path / "run").open(config)
    first.close()
    RunFolder(tmp_path / "run").open(config)


def test_rows_of_losses_keep_the_order_of_the_first(tmp_path):
    run = RunFolder(tmp_path)
    run.add_losses(2, 1, {"pixel": 1.0, "q": 2.0})
    run.add_losses(2, 2, {"q": 4.0, "pixel": 3.0})
    assert run.losses_path(2).read_text().split() == [
        "epoch,pixel,q", "1,1.0,2.0", "2,3.0,4.0"
    ]


def test_a_stage_needs_the_stage_before_it(data_dir, tmp_path):
    config = tiny_config(data_dir=str(data_dir))
    with pytest.raises(UserError, match="--stage=2 starts from stage 1"):
        train(config, (2,), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_init_from_takes_another_runs_weights(finished, data_dir, tmp_path):
    config = tiny_config(
        data_dir=str(data_dir), learning_rates=(0.0,) * 3,
        final_learning_rates=(0.0,) * 3, face_features="none", epochs=(1,) * 3,
    )
    train(config, (3,), tmp_path / "run", init_from=finished)
    for old, new in zip(
        ExprGAN.load(finished).trainable_variables,
        ExprGAN.load(tmp_path / "run").trainable_variables, strict=True,
    ):
        np.testing.assert_array_equal(old.value, new.value)
    with pytest.raises(UserError, match="other sizes"):
        train(config.replace(identity_size=9), (3,), tmp_path / "wide",
              init_from=finished)


def test_a_nan_stops_the_run_and_keeps_the_checkpoint(
    data_dir, tmp_path, monkeypatch
):
    config = tiny_config(data_dir=str(data_dir), face_features="none",
                         checkpoint_minutes=0.0)
    run = tmp_path / "run"
    monkeypatch.setattr(course, "step_function", _failing_after(3))
    with pytest.raises(UserError, match="stage 1, step 4: loss 'q' is nan"):
        train(config, (1,), run)
    with h5py.File(run / "stage1.weights.h5") as file:
        assert _iterations(file) == {3}
    monkeypatch.undo()
    train(config, (1,), run)
    assert (run / "stage1.keras").exists()


def test_a_weight_that_is_not_finite_is_never_saved(
    data_dir, tmp_path, monkeypatch
):
    config = tiny_config(data_dir=str(data_dir), checkpoint_minutes=0.0)

    def poisoned(stage, strategy):
        kernel = stage.exprgan.decoder.trainable_variables[0]

        def step(batch):
            stage.generator_optimizer.iterations.assign_add(1)
            kernel.assign(kernel * np.nan)
            return {"q": 0.0}

        return step

    monkeypatch.setattr(course, "step_function", poisoned)
    with pytest.raises(UserError, match="step 1: weight decoder/fc/kernel"):
        train(config, (1,), tmp_path / "run")
    assert not (tmp_path / "run" / "stage1.weights.h5").exists()


def test_an_encoder_that_tells_nobody_apart_stops_the_run(data_dir, tmp_path):
    config = tiny_config(data_dir=str(data_dir), face_features="none")
    model = ExprGAN(config)
    model.encoder.get_layer("identity").weights[1].assign(np.full(8, 100.0))
    model.save(tmp_path / "saturated.keras")
    with pytest.raises(UserError, match=r"stage 2, step 6: .* same identity"):
        train(config, (2,), tmp_path / "run",
              init_from=tmp_path / "saturated.keras")
    assert not (tmp_path / "run" / "stage2.keras").exists()


def test_a_broken_checkpoint_is_named(data_dir, tmp_path):
    config = tiny_config(data_dir=str(data_dir))
    run = tmp_path / "run"
    run.mkdir()
    (run / "stage1.weights.h5").write_bytes(b"\x89HDF broken")
    with pytest.raises(UserError, match=r"stage1\.weights\.h5 cannot be"):
        train(config, (1,), run)


def test_face_features_are_trained_once_and_announced(
    data_dir, tmp_path, capsys
):
    config = tiny_config(data_dir=str(data_dir))
    run = RunFolder(tmp_path)
    dataset = Dataset.open(data_dir)
    first = face_features.face_features(dataset, config, run)
    again = face_features.face_features(dataset, config, run)
    for old, new in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(old.value, new.value)
    assert again.betas == first.betas
    # Scaled, every layer counts alike.
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3))
    assert len(first(images)) == len(face_features.SMALL_BLOCKS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(
        "face features (Eq. 7): a small network trained on 4 training subj"
    )
    none = config.replace(face_features="none")
    assert face_features.face_features(dataset, none, run) is None
    given = config.replace(face_features=str(tmp_path / "nothing.keras"))
    with pytest.raises(UserError, match=r"--face_features=.*nothing\.keras"):
        face_features.face_features(dataset, given, run)


def test_training_runs_one_operation_at_a_time():
    """Side by side, convolutions add up in an order that varies."""
    process = Forked(_print_operations_at_a_time)
    stdout, stderr = process.communicate()
    assert stdout.strip() == "1", stderr


def test_killed_runs_end_bit_identical(start, finished, tmp_path):
    """In each stage; `long/test_killed_runs.py` kills `python -m` itself."""
    assert_killed_runs_end_alike(start, finished, tmp_path / "killed", 0.4)


def _print_operations_at_a_time():
    make_repeatable()
    print(tf.config.threading.get_inter_op_parallelism_threads())


def _failing_after(steps):
    original = course.step_function

    def make(stage, strategy):
        step = original(stage, strategy)

        def failing(batch):
            logs = step(batch)
            if stage.step > steps:
                logs["q"] = tf.constant(np.nan)
            return logs

        return failing

    return make


def _iterations(file):
    found = set()
    file.visititems(
        lambda name, item: found.add(int(item[()]))
        if "generator_optimizer/vars/0" in name else None
    )
    return found
