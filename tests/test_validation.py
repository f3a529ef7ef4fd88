"""Scores of validation subjects while a run learns."""

import dataclasses

import pytest
from conftest import tiny_config, train
from tensorboard.backend.event_processing import event_accumulator

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation import validation
from exprgan_tf.evaluation.context import Context
from exprgan_tf.evaluation.metrics.base import measure
from exprgan_tf.evaluation.metrics.expression import ExpressionAccuracy
from exprgan_tf.evaluation.metrics.identity import Identity
from exprgan_tf.evaluation.metrics.intensity import Intensity
from exprgan_tf.evaluation.validation import Validation

pytestmark = pytest.mark.usefixtures("eager")
NAMES = ("expression right", "worst class", "person right", "intensity")


@pytest.fixture(scope="module")
def config():
    return tiny_config(
        validation_subjects=2, validation_epochs=1, epochs=(1, 1, 1),
        batch_sizes=(12, 12, 12), face_features="none", average_weights=0.9,
    )


def test_scores_are_those_of_an_evaluation(
    dataset, config, tmp_path, monkeypatch
):
    monkeypatch.setattr(validation, "_EPOCHS", 1)
    model = ExprGAN(config)
    scoring = Validation(dataset, config, tmp_path)
    scores = scoring.scores(model)
    assert tuple(scores) == NAMES
    benchmark = scoring._benchmark
    context = Context(benchmark.editor("model", model, "none"), benchmark)
    for metric, name, told in (
        (ExpressionAccuracy, "expression_accuracy_strong", NAMES[0]),
        (ExpressionAccuracy, "expression_accuracy_worst_class", NAMES[1]),
        (Identity, "identity_rank1", NAMES[2]),
        (Intensity, "intensity_spearman", NAMES[3]),
    ):
        values, _ = measure(metric(), context, resamples=1)
        assert scores[told] == pytest.approx(values[name], abs=1e-6)


def test_a_run_tells_scores_and_where_its_pictures_are(
    data_dir, config, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(validation, "_EPOCHS", 1)
    run = tmp_path / "run"
    train(
        dataclasses.replace(config, data_dir=str(data_dir)), (1, 2), run,
        make_validation=Validation,
    )
    lines = capsys.readouterr().out.splitlines()
    told = {line[:7]: line for line in lines if line.startswith("stage ")}
    assert told["stage 1"].startswith("stage 1, epoch 1 of 1: ")
    assert NAMES[0] not in told["stage 1"]
    for name in NAMES:
        assert f"{name} " in told["stage 2"]
    picture = run / "pictures" / "stage2_expressions_0001.png"
    assert told["stage 2"].endswith(str(picture)) and picture.exists()
    events = event_accumulator.EventAccumulator(
        str(run / "tensorboard" / "stage2")
    )
    events.Reload()
    scalars = [
        tag for tag in events.Tags()["scalars"]
        if tag.startswith("validation/")
    ]
    assert len(scalars) == len(NAMES)


def test_scores_need_somebody_to_be_scored():
    with pytest.raises(UserError, match="--validation_epochs=2: needs --va"):
        tiny_config(validation_epochs=2)
