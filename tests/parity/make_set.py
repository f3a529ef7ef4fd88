"""Writes a parity set of other widths, from `plain_graph`."""

import numpy as np
import scipy.io
import tensorflow as tf

from . import plain_graph
from .plain_graph import BETA_1, BETA_2, EPSILON, RATE, Graph, evaluate

STORED = 400


def make_set(folder, widths=plain_graph.WIDTHS, seed=0):
    """A folder as `ParitySet` reads it."""
    generator = np.random.default_rng(seed)
    variables = plain_graph.random_variables(widths, generator)
    vgg = _random_vgg(generator)
    inputs = _random_inputs(widths, generator)
    arrays = {f"in/{name}": value for name, value in inputs.items()}
    arrays.update({
        "meta/size_image": widths["size"], "meta/y_dim": widths["classes"],
        "meta/rb_dim": widths["code"], "meta/z_dim": widths["z"],
        "meta/num_encoder_channels": widths["encoder"][0],
        "meta/num_gen_channels": widths["first"],
        "meta/d_img_channels": widths["d_img"],
        "meta/d_z_channels": widths["d_z"],
    })
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    for graph_name, stage in (("joint", "stage2"), ("controller",) * 2):
        for mode in ("train", "eval"):
            graph = Graph(variables, vgg, mode == "train")
            out, loss, _, z, made = evaluate(graph, tensors, stage)
            for name, value in out.items():
                arrays[f"{graph_name}/{mode}/out/{name}"] = value
            for name, value in loss.items():
                arrays[f"{graph_name}/{mode}/loss/{name}"] = value
        arrays[f"{graph_name}/out/G"] = made
        if graph_name == "joint":
            arrays["joint/out/z"] = z
            arrays.update(_vgg_arrays(graph, inputs["image"], made))
        else:
            arrays.update(_simple_q(
                variables, vgg, tensors, widths, generator
            ))
    for stage in ("controller", "stage1", "stage2"):
        arrays.update(_steps(variables, vgg, tensors, stage))
    np.savez(folder / "authors_graph.npz", **arrays)
    _write_vgg(folder / "fake_vgg_face.mat", vgg)
    (folder / "ckpt_joint" / "checkpoint").mkdir(parents=True)
    names = sorted(variables)
    tf.raw_ops.SaveV2(
        prefix=str(folder / "ckpt_joint" / "checkpoint" / "model-1"),
        tensor_names=names, shape_and_slices=[""] * len(names),
        tensors=[variables[name] for name in names],
    )
    return folder


def _random_inputs(widths, generator):
    count, classes = widths["batch"], widths["classes"]
    size = widths["size"]
    label = np.eye(classes)[generator.integers(0, classes, count)]
    noise = generator.uniform(-1, 1, (count, 1, widths["code"]))
    code = np.abs(noise) * (2 * label[:, :, None] - 1)
    pixels = generator.integers(0, 256, (count, size, size, 3))
    inputs = {
        "image": pixels / 127.5 - 1, "emo": label,
        "z_prior": generator.uniform(-1, 1, (count, widths["z"])),
        "rb": code.reshape(count, -1),
    }
    return {name: value.astype("float32") for name, value in inputs.items()}


def _random_vgg(generator):
    vgg, inputs = {}, 3
    for name, filters in zip(
        plain_graph.VGG_NAMES, plain_graph.VGG_WIDTHS, strict=True
    ):
        vgg[name] = (
            generator.normal(
                0, (2 / (9 * inputs)) ** 0.5, (3, 3, inputs, filters)
            ).astype("float32"),
            generator.normal(0, 5, filters).astype("float32"),
        )
        inputs = filters
    return vgg


def _write_vgg(path, vgg):
    layers = np.empty((1, len(vgg)), object)
    for index, (name, (kernel, bias)) in enumerate(vgg.items()):
        weights = np.empty((1, 2), object)
        weights[0, 0], weights[0, 1] = kernel, bias[:, None]
        layers[0, index] = {"name": name, "type": "conv", "weights": weights}
    scipy.io.savemat(path, {
        "layers": layers,
        "meta": {"normalization": {"imageSize": [224.0, 224.0, 3.0]}},
    })


def _vgg_arrays(graph, image, made):
    arrays = {}
    for which, images in (("real", image), ("fake", made)):
        items = {f"resized_{which}": graph.resized(images)}
        for block, feature in enumerate(graph.face_features(images), start=1):
            items[f"{which}_conv{block}_2"] = feature
        for name, value in items.items():
            value = np.asarray(value)
            for moment in ("mean", "std"):
                arrays[f"vgg/{name}/{moment}"] = getattr(
                    np, moment
                )(value.astype("float64"))
            if name.startswith("resized"):
                arrays[f"vgg/{name}/rows0_16"] = value[0, :16]
            else:
                stride = value.shape[1] // 14
                arrays[f"vgg/{name}/sample0"] = value[0, ::stride, ::stride]
    return arrays


def _simple_q(variables, vgg, tensors, widths, generator):
    simple = {}
    for index in range(widths["classes"]):
        shape = (widths["q_shared"], widths["code"])
        for leaf, dims in (("w", shape), ("b", shape[1:])):
            simple[f"D_img_q{index}/{leaf}"] = generator.normal(
                0, 0.3, dims
            ).astype("float32")
    graph = Graph({**variables, **simple}, vgg, True)
    out, *_ = evaluate(graph, tensors, "controller")
    return {
        "controller_simple_q/train/out/D_cont_G": out["D_cont_G"],
        **{f"var_simple_q/{name}": value for name, value in simple.items()},
    }


def _steps(variables, vgg, tensors, stage):
    values = {name: tf.Variable(value) for name, value in variables.items()}
    graph, arrays, trajectory = Graph(values, vgg, True), {}, {}
    trained = {
        group: [
            name for name in sorted(values)
            if name.startswith(prefixes) and "/moving_" not in name
        ]
        for group, prefixes in plain_graph.groups(stage).items()
    }
    held = [name for names in trained.values() for name in names]
    first, second = ({name: 0.0 for name in held} for _ in range(2))
    for step in range(1, 5):
        with tf.GradientTape(persistent=True) as tape:
            _, loss, total, *_ = evaluate(graph, tensors, stage)
        for name, value in loss.items():
            trajectory.setdefault(name, []).append(value)
        for group, value in total.items():
            trajectory.setdefault(f"total_{group}", []).append(value)
        if step == 4:
            break
        gradients = {}
        for group, names in trained.items():
            gradients.update(zip(names, tape.gradient(
                total[group], [values[name] for name in names],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            ), strict=True))
        rate = RATE * (1 - BETA_2**step) ** 0.5 / (1 - BETA_1**step)
        for name, gradient in gradients.items():
            first[name] = BETA_1 * first[name] + (1 - BETA_1) * gradient
            second[name] = (
                BETA_2 * second[name] + (1 - BETA_2) * gradient**2
            )
            values[name].assign_sub(
                rate * first[name] / (tf.sqrt(second[name]) + EPSILON)
            )
        for name, value in values.items():
            # The controller's graph has no encoder and no D_z.
            if stage == "controller" and name.startswith(("E_", "D_z_")):
                continue
            stored = _stored(arrays, name, value)
            if step == 1 and name in gradients:
                arrays[f"step/{stage}/grad/{name}"] = np.ravel(
                    gradients[name]
                )[stored]
                arrays[f"step/{stage}/gradnorm/{name}"] = np.linalg.norm(
                    np.asarray(gradients[name], "float64")
                )
            if step in (1, 3):
                arrays[f"step/{stage}/after{step}/{name}"] = np.ravel(
                    value
                )[stored]
    for name, items in trajectory.items():
        arrays[f"step/{stage}/traj/{name}"] = np.array(items)
    return arrays


def _stored(arrays, name, value):
    """Which entries are stored: some of a large variable, all of a small."""
    size = int(np.prod(value.shape))
    if size <= STORED:
        return slice(None)
    return arrays.setdefault(
        f"step/idx/{name}", np.arange(0, size, size // STORED)
    )
