"""Gradients, and one and three optimizer steps, of each stage.

A bias in front of a batch normalization has no gradient but rounding noise;
what is stored of it means nothing and is skipped.
"""

import numpy as np
import pytest

from exprgan_tf.conversion import authors_checkpoint

from .parity_set import GROUPS, LOSSES, STAGES, all_losses

# About what an independent implementation reaches: relative L2 error of a
# gradient (median and worst tensor), and losses before and after three steps.
# Of weights, the share of a tensor's entries that are off by more than a tenth
# of the learning rate (median and worst tensor; after three steps rounding has
# switched some ReLUs and signs), and by how much at most.
GRADIENT_MEDIAN, GRADIENT_WORST = 7e-4, 4.5e-3
LOSS_BEFORE, LOSS_AFTER = 4e-5, 2e-3
MOVED_AFTER_1, MOVED_AFTER_3, MOVED_BY = (0.0, 0.004), (0.05, 0.6), 6e-4


@pytest.fixture(scope="module")
def trained(parity):
    """Weights after each of three steps, and losses before and after."""
    results = {}

    def train(name):
        if name not in results:
            model = parity.model()
            stage = STAGES[name](model, 3, parity.phi)
            names = authors_checkpoint.authors_names(model)
            weights, trajectory = [], []
            for _ in range(3):
                logs, objectives = stage.compute_losses(parity.batch())
                trajectory.append((logs, objectives))
                stage.train_step(parity.batch())
                weights.append({
                    key: np.array(variable.value)
                    for key, variable in names.items()
                })
            trajectory.append(stage.compute_losses(parity.batch()))
            results[name] = weights, trajectory, model
        return results[name]

    return train


@pytest.mark.parametrize("stage", STAGES)
def test_gradients(parity, recorded, stage):
    expected = parity.under(f"step/{stage}/grad/")
    found = recorded(stage).gradients
    assert set(found) == set(expected)

    errors = {}
    for name, gradient in found.items():
        if parity.has_zero_gradient(name):
            continue
        size = np.linalg.norm(expected[name])
        errors[name] = np.linalg.norm(
            parity.stored(name, gradient) - expected[name].ravel()
        ) / size
        norm = np.linalg.norm(gradient.astype("float64"))
        assert norm == pytest.approx(
            float(parity[f"step/{stage}/gradnorm/{name}"]),
            rel=GRADIENT_WORST,
        ), name
    worst = max(errors, key=errors.get)
    assert errors[worst] < GRADIENT_WORST, worst
    assert np.median(list(errors.values())) < GRADIENT_MEDIAN


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("steps, moved", [
    pytest.param(1, MOVED_AFTER_1, id="1"),
    pytest.param(3, MOVED_AFTER_3, id="3"),
])
def test_weights_after_steps(parity, trained, stage, steps, moved):
    shares = []
    weights = trained(stage)[0][steps - 1]
    rate = trained(stage)[2].config.learning_rates[0]

    for name, expected in parity.under(f"step/{stage}/after{steps}/").items():
        difference = np.abs(
            parity.stored(name, weights[name]) - expected.ravel()
        )
        if "/moving_" in name:
            assert difference.max() == 0, name
        elif not parity.has_zero_gradient(name):
            shares.append(np.mean(difference > rate / 10))
            assert shares[-1] <= max(moved[1], 1 / difference.size), name
            assert difference.max() <= MOVED_BY, name
    assert np.median(shares) <= moved[0]


@pytest.mark.parametrize("stage", STAGES)
def test_first_update_of_the_given_gradients(parity, stage):
    """Adam alone, on the authors' gradients: the steps hide its epsilon."""
    model = parity.model()
    trainer = STAGES[stage](model, 1, parity.phi)
    names = authors_checkpoint.authors_names(model)
    own = {id(variable): name for name, variable in names.items()}
    for group, variables in trainer.trained_variables().items():
        gradients = []
        for variable in variables:
            name = own[id(variable)]
            gradient = np.zeros(variable.shape, "float32")
            entries = parity.stored(name, np.arange(gradient.size))
            gradient.ravel()[entries] = parity[
                f"step/{stage}/grad/{name}"
            ].ravel()
            gradients.append(gradient)
        getattr(trainer, f"{group}_optimizer").apply(gradients, variables)

    for name, expected in parity.under(f"step/{stage}/after1/").items():
        found = parity.stored(name, np.asarray(names[name].value))
        np.testing.assert_allclose(
            found, expected.ravel(), atol=1e-6, rtol=1e-6, err_msg=name
        )


@pytest.mark.parametrize("stage", STAGES)
def test_losses_along_the_way(parity, trained, stage):
    _, trajectory, model = trained(stage)
    expected = parity.under(f"step/{stage}/traj/")
    for step, (logs, objectives) in enumerate(trajectory):
        limit = LOSS_AFTER if step else LOSS_BEFORE
        for name, values in expected.items():
            group = GROUPS.get(name.removeprefix("total_"))
            found = objectives[group] if group else logs.get(LOSSES.get(name))
            if found is not None:
                assert float(found) == pytest.approx(
                    float(values[step]), rel=limit
                ), (name, step)
    if stage == "controller":
        return
    for name, found in all_losses(parity, model)[0].items():
        assert found == pytest.approx(
            float(expected[name][3]), rel=LOSS_AFTER
        ), name
