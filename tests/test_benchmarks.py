"""What the benchmarks compare is the same, and counted right."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import random_batch, tiny_config

from benchmarks import flops, settings
from exprgan_tf import ExprGAN
from exprgan_tf.conversion.vgg_face import MEAN
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.stages import STAGE_CLASSES


def small_phi(input_size):
    return FaceFeatures(
        [[4, 4], [5, 6, 5]], input_size, mean=MEAN, channel_order="bgr",
        betas=[0.01, 0.02],
    )


@pytest.mark.parametrize("number, preset, changes", [
    (1, "paper", {"decoder_start_size": 0}),
    (2, "paper", {}),
    (3, "paper", {"decoder_start_size": 0, "code_form": "anchored"}),
    (2, "released", {}),
    (3, "released", {}),
])
def test_the_torch_twin_does_the_same_step(number, preset, changes):
    torch = pytest.importorskip("torch")
    from benchmarks.torch_step import TwinStep

    config = tiny_config(preset, **changes)
    tf.keras.utils.set_random_seed(3)
    phi = small_phi(40)
    stage = STAGE_CLASSES[number](ExprGAN(config), 5, phi)
    twin = TwinStep(config, number, phi.get_config())
    copy_weights(stage.exprgan, phi, twin)
    batch = random_batch(config)
    torch_batch = {
        name: torch.from_numpy(np.array(
            value if value.ndim < 4 else np.transpose(value, (0, 3, 1, 2))
        )) for name, value in
        ((name, value.numpy()) for name, value in batch.items())
    }
    # The second losses depend on gradients and Adam.
    for tolerance in (1e-4, 5e-3):
        expected = {
            name: float(value)
            for name, value in stage.train_step(batch).items()
        }
        found = twin.step(torch_batch)
        assert set(found) == set(expected)
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, rel=tolerance), name


def copy_weights(exprgan, phi, twin):
    """Gives the twin's modules the weights of this project's networks."""
    import torch

    for network, module in (
        (exprgan.encoder, twin.encoder), (exprgan.decoder, twin.decoder),
        (exprgan.image_discriminator, twin.image_discriminator),
        (exprgan.latent_discriminator, twin.latent_discriminator),
        (phi.network, twin.phi),
    ):
        if module is None:
            continue
        # Biases and offsets are still zero on both sides.
        kernels = [
            layer.kernel.numpy() for layer in network.layers
            if hasattr(layer, "kernel")
        ]
        for part in module.modules():
            if isinstance(part, torch.nn.Conv2d | torch.nn.Linear):
                values = torch.from_numpy(take_kernel(kernels, part.weight))
                with torch.no_grad():
                    part.weight.copy_(values)
                    if part.bias is not None:
                        part.bias.zero_()
        assert not kernels


def take_kernel(kernels, weight):
    """Takes the first kernel out that fits; both sides count branches alike."""
    for index, kernel in enumerate(kernels):
        turned = kernel.transpose((3, 2, 0, 1) if kernel.ndim == 4 else None)
        if turned.shape == tuple(weight.shape):
            del kernels[index]
            return turned
    raise AssertionError(f"no kernel of {tuple(weight.shape)}")


def test_operations_are_those_counted_by_hand():
    """GFLOP an image, of the authors' networks at full size."""
    exprgan = ExprGAN(settings.released())
    vgg = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
    phi, small = FaceFeatures(vgg, 224), FaceFeatures(vgg, 128)
    plain = {"as_written": True}
    for network, expected in (
        (exprgan.encoder, 1.72), (exprgan.decoder, 3.91),
        (exprgan.image_discriminator, 0.14), (phi.network, 29.77),
        (small.network, 9.72),
    ):
        count = flops.forward_flops(network, **plain) / 1e9
        assert count == pytest.approx(expected, abs=0.006)
    for number, arguments, expected in (
        (1, {}, 12.7), (3, {"phi": phi}, 107.1),
        (3, {"phi": phi, "cached": True}, 77.3), (3, {"phi": small}, 47.0),
        (3, {"phi": small, "cached": True}, 37.2),
    ):
        count = flops.step_flops(exprgan, number, **arguments, **plain) / 1e9
        assert count == pytest.approx(expected, rel=0.005)


def test_rivals_that_do_not_fit_into_memory_together_are_one_table(
    monkeypatch
):
    """A twin may take its turns after the part that holds its original."""
    from benchmarks import rivals
    from benchmarks.measure import Timing
    from benchmarks.questions import train_step

    class Resident:
        def __init__(self, *arguments, **options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def call(self, name):
            return 2.0, 3.0

        def memory(self):
            return 1, 1

    monkeypatch.setattr(train_step, "Resident", Resident)
    monkeypatch.setattr(train_step, "available_memory", lambda: 1)
    monkeypatch.setattr(train_step, "interleave", lambda turns, *_, **__: {
        name: Timing(1.0, [1.0], [1.0]) for name in turns
    })
    phi = {"input_size": 224}
    rows = {
        f"{who}{suffix}": train_step.Rival(factory, config, phi)
        for suffix, config in (
            ("", settings.faithful()), (", fast", settings.fast())
        )
        for who, factory in (
            ("ours", rivals.project_step), ("twin", rivals.torch_step)
        )
    }
    table, _ = train_step._measure("block", 3, 8, rows, Resident(), 1)
    found = {row[""]: row["GFLOP an image"] for row in table if row[
        "GFLOP an image"
    ]}
    assert found == {
        "ours": 2.0, "twin": 3.0, "ours, fast": 2.0, "twin, fast": 3.0
    }


def test_the_training_that_is_watched_for_leaks_runs(
    data_dir, tmp_path, eager
):
    from benchmarks.questions import leak

    config = tiny_config(data_dir=str(data_dir), batch_sizes=(12, 12, 12))
    samples = leak.training(config, tmp_path / "run")["train"]()
    assert len(samples) == config.epochs[2]
    assert all(sample["memory_mb"] > 0 for sample in samples)
