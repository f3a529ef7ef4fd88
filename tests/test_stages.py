import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import eagerly, random_batch, tiny_config

from exprgan_tf import codes, losses
from exprgan_tf.model import ExprGAN
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.stages import STAGE_CLASSES
from exprgan_tf.support.adam import Adam
from exprgan_tf.training.loop import synchronize_batch_norm
from exprgan_tf.training.steps import step_function


def make_model(config):
    keras.utils.set_random_seed(3)
    return ExprGAN(config)


def make_phi():
    keras.utils.set_random_seed(4)
    return FaceFeatures(((3, 3), (4, 4)), 32, betas=(0.02, 0.01))


def sgd(_):
    return keras.optimizers.SGD(0.05)


def weights_of(network):
    return [np.asarray(value) for value in network.get_weights()]


LOSSES = {
    1: {"image_discriminator_real", "image_discriminator_fake", "q",
        "adversarial_image"},
    2: {"pixel", "identity", "q"},
    3: {"pixel", "identity", "q", "image_discriminator_real",
        "image_discriminator_fake", "latent_discriminator_prior",
        "latent_discriminator_face", "adversarial_image",
        "adversarial_latent", "total_variation"},
}
RELEASED_2 = LOSSES[3] - {
    "adversarial_image", "adversarial_latent", "total_variation"
}
NETWORKS = {
    1: {"decoder", "image_discriminator"},
    2: {"encoder", "decoder", "image_discriminator"},
    3: {"encoder", "decoder", "image_discriminator", "latent_discriminator"},
}


@pytest.mark.parametrize("preset", ["paper", "released"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_stage_trains_its_networks_and_names_its_losses(number, preset):
    config = tiny_config(preset)
    model = make_model(config)
    phi = make_phi()
    phi_before = weights_of(phi)
    stage = STAGE_CLASSES[number](model, 10, phi)
    before = {name: weights_of(getattr(model, name)) for name in NETWORKS[3]}

    logs = stage.train_step(random_batch(config))

    released_2 = preset == "released" and number == 2
    assert set(logs) == (RELEASED_2 if released_2 else LOSSES[number])
    changed = {
        name for name, old in before.items()
        if any(
            not np.array_equal(a, b)
            for a, b in zip(old, weights_of(getattr(model, name)), strict=True)
        )
    }
    expected = NETWORKS[3] if released_2 else NETWORKS[number]
    assert changed == expected
    assert all(
        np.array_equal(a, b)
        for a, b in zip(phi_before, weights_of(phi), strict=True)
    )
    assert stage.step == 1


def test_paper_stage_2_leaves_the_head_of_d_img_alone():
    config = tiny_config()
    model = make_model(config)
    head = model.image_discriminator.get_layer("fc2")
    before = weights_of(head)

    STAGE_CLASSES[2](model, 10).train_step(random_batch(config))

    for old, new in zip(before, weights_of(head), strict=True):
        np.testing.assert_array_equal(old, new)


def test_refining_is_eq_10_with_all_gradients_at_the_same_weights():
    """A step with SGD against gradients written out one by one."""
    config = tiny_config("released", lambda_q=(1.0, 1.0, 0.7))
    batch = random_batch(config)
    phi = make_phi()
    model, reference = make_model(config), make_model(config)
    STAGE_CLASSES[3](model, 10, phi, sgd).train_step(batch)

    def objective(part):
        x, y = batch["image"], batch["label"]
        code = codes.expression_code(y, batch["code_noise"])
        z = reference.encoder(batch["source"])
        made = reference.decoder([z, code])
        d_img = reference.image_discriminator
        d_z = reference.latent_discriminator
        real, _, _ = d_img([x, y], training=True)
        fake, estimate, _ = d_img([made, y], training=True)
        q = losses.code_regression(estimate, code, 2, "squared_error")
        if part == "image_discriminator":
            return tf.reduce_mean(
                tf.nn.softplus(-real) + tf.nn.softplus(fake)
            ) + q
        face, prior = d_z(z, training=True), d_z(batch["prior"], training=True)
        if part == "latent_discriminator":
            return tf.reduce_mean(
                tf.nn.softplus(-prior) + tf.nn.softplus(face)
            )
        return (
            losses.pixel(made, x)
            + losses.identity(phi(made), phi(x), phi.betas) + 0.7 * q
            + 0.01 * tf.reduce_mean(tf.nn.softplus(-fake))
            + 0.01 * tf.reduce_mean(tf.nn.softplus(-face))
            + 0.001 * losses.total_variation(made)
        )

    groups = {
        "encoder": "generator", "decoder": "generator",
        "image_discriminator": "image_discriminator",
        "latent_discriminator": "latent_discriminator",
    }
    expected = {}
    for name, part in groups.items():
        variables = [
            variable.value
            for variable in getattr(reference, name).trainable_variables
        ]
        with tf.GradientTape() as tape:
            value = objective(part)
        expected[name] = [
            variable - 0.05 * gradient for variable, gradient in
            zip(variables, tape.gradient(value, variables), strict=True)
        ]
    for name, values in expected.items():
        variables = getattr(model, name).trainable_variables
        for variable, value in zip(variables, values, strict=True):
            np.testing.assert_allclose(
                variable.value, value, atol=2e-6, err_msg=variable.path
            )


def test_two_replicas_give_the_result_of_one():
    """With SGD: Adam would hide a wrong scale."""
    config = tiny_config("released", update_moving_statistics=True)
    batches = [random_batch(config, seed=seed) for seed in range(3)]

    def run(strategy):
        with strategy.scope():
            model = make_model(config)
            stage = STAGE_CLASSES[3](model, 10, make_phi(), sgd)
        before = weights_of(model)
        if strategy.num_replicas_in_sync > 1:
            synchronize_batch_norm(model)
        step = step_function(stage, strategy)
        data = tf.data.Dataset.from_tensor_slices({
            name: tf.concat([batch[name] for batch in batches], axis=0)
            for name in batches[0]
        }).batch(6)
        logs = [
            {name: float(value) for name, value in step(batch).items()}
            for batch in strategy.experimental_distribute_dataset(data)
        ]
        return logs, [
            after - first
            for after, first in zip(weights_of(model), before, strict=True)
        ]

    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert mirrored.num_replicas_in_sync == 2
    with eagerly():
        one_logs, one = run(tf.distribute.get_strategy())
    two_logs, two = run(mirrored)
    for single, double in zip(one_logs, two_logs, strict=True):
        assert double == pytest.approx(single, rel=1e-3)
    # Batch normalization enlarges the rounding of single weights; a wrong
    # scale or other moments would show in the whole of a tensor's change.
    for single, double in zip(one, two, strict=True):
        assert np.linalg.norm(double - single) < (
            0.05 * np.linalg.norm(single) + 1e-6
        )


def test_fit_accepts_a_stage():
    config = tiny_config()
    stage = STAGE_CLASSES[3](make_model(config), 10, make_phi())
    stage.compile(optimizer=stage.generator_optimizer, jit_compile=False)
    batches = tf.data.Dataset.from_tensors(random_batch(config)).repeat(3)
    history = stage.fit(batches, verbose=0).history
    assert set(history) == LOSSES[3]
    assert stage.step == 3


def test_learning_rate_decays_over_the_stage():
    config = tiny_config(final_learning_rates=(2e-4, 2e-4, 2e-5))
    stage = STAGE_CLASSES[3](make_model(config), 2)
    rates = []
    for _ in range(3):
        rates.append(float(stage.generator_optimizer.learning_rate))
        stage.train_step(random_batch(config))
    assert rates == pytest.approx([2e-4, 1.1e-4, 2e-5])


def test_finish_puts_the_average_of_the_weights_in_place():
    config = tiny_config(average_weights=0.5, learning_rates=(0.01,) * 3,
                         final_learning_rates=(0.01,) * 3)
    model = make_model(config)
    stage = STAGE_CLASSES[2](model, 10)
    kernel = model.encoder.trainable_variables[0]
    seen = []
    for seed in range(2):
        stage.train_step(random_batch(config, seed=seed))
        seen.append(np.asarray(kernel))
    stage.finish()
    np.testing.assert_allclose(
        np.asarray(kernel), (seen[0] + seen[1]) / 2, atol=1e-6
    )


def test_adam_in_one_operation_gives_the_numbers_of_keras():
    """Of weights, moments and averaged weights, while the rate falls."""
    made = []
    for kind in (keras.optimizers.Adam, Adam):
        variables = [
            keras.Variable(np.linspace(-1, 1, 6, dtype="float32")),
            keras.Variable(np.ones((2, 3), "float32")),
        ]
        optimizer = kind(
            keras.optimizers.schedules.PolynomialDecay(0.1, 5),
            beta_1=0.5, beta_2=0.99, epsilon=1e-8, use_ema=True,
        )
        optimizer.build(variables)
        for step in range(4):
            optimizer.apply([
                keras.ops.sin(variable + step) for variable in variables
            ], variables)
        made.append([*variables, *optimizer.variables])
    for expected, found in zip(*made, strict=True):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(found),
            keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-7,
        )
