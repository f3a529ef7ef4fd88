"""Whole runs of the curriculum, in this process and in killed ones."""

import csv
import shutil

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
from exprgan_tf.training import course, face_features, run_folder
from exprgan_tf.training.pictures import loss_plot
from exprgan_tf.training.run_folder import RunFolder
from exprgan_tf.training.setup import make_repeatable

# In this process; those in processes of their own trace what they repeat.
pytestmark = pytest.mark.usefixtures("eager")

# Of the run that is finished, and of the one that is killed.
SETTINGS = {"validation_subjects": 1, "average_weights": 0.9}
# Of the short runs in this process: three steps, of 36 images.
SHORT = {"epochs": (1, 1, 1), "batch_sizes": (12, 12, 12),
         "face_features": "none"}


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


def test_models_with_an_encoder_know_how_identities_lie(finished):
    """New people are drawn like those that were learned from."""
    stages = [
        ExprGAN.load(finished / f"stage{number}.keras").identities
        for number in (1, 2, 3)
    ]
    assert stages[0] is None
    assert stages[1].directions.shape == stages[2].directions.shape
    assert np.any(stages[1].mean != stages[2].mean)


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


@pytest.mark.parametrize("epochs", [1, 9])
def test_other_epochs_are_refused_and_the_way_on_is_told(
    tmp_path, config, epochs
):
    """Before a stage has ended and after it: its rates depend on them."""
    run = RunFolder(tmp_path)
    run.open(config)
    run.close()
    begun = ",".join(map(str, config.epochs))
    other = config.replace(epochs=(epochs, *config.epochs[1:]))
    with pytest.raises(UserError, match=(
        f"--epochs={epochs},.* with {begun}; give another --run_dir, and "
        f"--init_from={tmp_path}"
    )):
        RunFolder(tmp_path).open(other)


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
        final_learning_rates=(0.0,) * 3, **SHORT,
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
    config = tiny_config(data_dir=str(data_dir), checkpoint_minutes=0.0,
                         **SHORT)
    run = tmp_path / "run"
    monkeypatch.setattr(course, "step_function", _failing_after(2))
    with pytest.raises(UserError, match="stage 1, step 3: loss 'q' is nan"):
        train(config, (1,), run)
    with h5py.File(run / "stage1.weights.h5") as file:
        assert _iterations(file) == {2}
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
    config = tiny_config(data_dir=str(data_dir), **SHORT)
    model = ExprGAN(config)
    model.encoder.get_layer("identity").weights[1].assign(np.full(8, 100.0))
    model.save(tmp_path / "saturated.keras")
    with pytest.raises(UserError, match=r"stage 2, step 3: .* same identity"):
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


def test_a_killed_run_ends_bit_identical(start, finished, tmp_path):
    """In the stage of all networks; `long/test_killed_runs.py` kills each."""
    killed = shutil.copytree(finished, tmp_path / "killed")
    for path in list(killed.rglob("stage3*")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    assert_killed_runs_end_alike(start, finished, killed, 0.4, (3,))


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


@pytest.mark.parametrize("damage, kept", [
    (b"", 3), (b"3,0.1", 2), (b"\0" * 200, 2), (b"3,0.1,nan\r\n", 2),
    (b"\xff\xfe\x80", 2), (b"2,1,1\r\n", 2), (b"3,x,1\r\n", 2),
])
def test_rows_of_losses_after_a_power_cut(tmp_path, damage, kept, capsys):
    run = RunFolder(tmp_path)
    for epoch in (1, 2, 3):
        run.add_losses(1, epoch, {"q": 1.0, "pixel": epoch})
    path = run.losses_path(1)
    whole = path.read_bytes()
    if damage:
        lines = whole.splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:3]) + damage)

    run.keep_losses(1, 3)

    names, rows = run.losses(1)
    assert names == ["epoch", "q", "pixel"]
    assert [row[0] for row in rows] == ["1", "2", "3"][:kept]
    assert path.read_bytes() in whole
    assert ("is damaged: 1 rows" in capsys.readouterr().out) == bool(damage)
    assert loss_plot(names, rows).shape[2] == 3


@pytest.mark.parametrize("content", [b"\0" * 300, b"\xff\x00", b"x,q\n1,2\n"])
def test_losses_without_a_head_begin_anew(tmp_path, content):
    run = RunFolder(tmp_path)
    run.losses_path(1).write_bytes(content)
    run.keep_losses(1, 4)
    assert run.losses(1) == ([], [])
    run.add_losses(1, 5, {"q": 0.5})
    assert run.losses(1) == (["epoch", "q"], [["5", "0.5"]])


def test_a_full_disk_is_told_and_a_repeated_call_goes_on(
    data_dir, tmp_path, monkeypatch
):
    config = tiny_config(data_dir=str(data_dir), checkpoint_minutes=0.0,
                         **SHORT)
    run = tmp_path / "run"
    usage = shutil.disk_usage(tmp_path)
    free = iter([1 << 30] * 5)
    with monkeypatch.context() as patch:
        patch.setattr(
            run_folder.shutil, "disk_usage",
            lambda path: usage._replace(free=next(free, 1 << 16)),
        )
        with pytest.raises(UserError, match=r"the disk is full, .* 0\.1 MB"):
            train(config, (1,), run)
    with h5py.File(run / "stage1.weights.h5") as file:
        assert _iterations(file) == {2}
    train(config, (1,), run)
    assert (run / "stage1.keras").exists()


def test_what_is_no_run_is_left_alone(data_dir, config, tmp_path):
    (tmp_path / "pictures").mkdir()
    with pytest.raises(UserError, match="holds pictures and no config"):
        RunFolder(tmp_path).open(config)
    config = tiny_config(data_dir=str(data_dir))
    with pytest.raises(UserError, match=r"--run_dir=.* is --data_dir="):
        train(config, (1,), data_dir)


def test_steps_after_the_checkpoint_are_shown_once(data_dir, tmp_path):
    """TensorBoard drops what it has read of a run that goes on before it."""
    config = tiny_config(data_dir=str(data_dir), **SHORT)
    run = tmp_path / "run"
    train(config, (1,), run)
    folder = run / "tensorboard" / "stage1"
    before, = folder.iterdir()
    steps = len(_steps(folder))
    # A run that was killed before its first checkpoint.
    for name in ("stage1.keras", "stage1.weights.h5"):
        (run / name).unlink()
    before.rename(folder / "events.out.tfevents.0000000000.first")
    train(config, (1,), run)

    assert len([*folder.iterdir()]) == 2
    assert _steps(folder) == list(range(1, steps + 1))


def _steps(folder):
    events = event_accumulator.EventAccumulator(str(folder)).Reload()
    return [event.step for event in events.Scalars("q")]
