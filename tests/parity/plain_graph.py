"""The authors' graphs in plain TensorFlow operations, for other widths.

Written after the description of their code, with nothing of this project:
labels are tiled and concatenated, maps are upsampled by repetition, Adam is
its formula. `make_set` writes a parity set of any widths with random weights.
"""

import math

import numpy as np
import tensorflow as tf

WIDTHS = {
    "size": 64, "batch": 6, "classes": 4, "code": 3, "z": 21,
    "encoder": (5, 7, 9, 12), "first": 24, "decoder": (12, 9, 8, 5, 4, 3),
    "d_img": (5, 3, 7, 4), "fc1": 40, "q_shared": 18, "q_fc": 10,
    "d_z": (14, 9, 5),
}
VGG_WIDTHS = (3, 4, 5, 6, 5, 7, 4, 8, 6, 5, 7, 9, 6)
VGG_NAMES = [f"conv{block}_{index}"
             for block, count in enumerate((2, 2, 3, 3, 3), start=1)
             for index in range(1, count + 1)]
RATE, BETA_1, BETA_2, EPSILON = 2e-4, 0.5, 0.999, 1e-8
MEAN = np.array([129.1863, 104.7624, 93.5940], "float32")


def random_variables(widths, generator):
    """Weights scaled so that outputs are of the size of 1."""
    w, variables = widths, {}

    def add(name, shape):
        fan = np.prod(shape[:-1])
        variables[f"{name}/w"] = generator.normal(0, 1 / math.sqrt(fan), shape)

    def bias(name, count):
        variables[f"{name}/b"] = generator.normal(0, 0.1, count)

    def norm(name, count):
        variables[f"{name}/beta"] = generator.normal(0, 0.3, count)
        variables[f"{name}/moving_mean"] = generator.normal(0, 0.2, count)
        variables[f"{name}/moving_variance"] = generator.uniform(
            0.5, 2, count
        )

    channels = 3
    for index, filters in enumerate(w["encoder"]):
        add(f"E_conv{index}", (5, 5, channels, filters))
        bias(f"E_conv{index}", filters)
        channels = filters
    add("E_fc", ((w["size"] >> len(w["encoder"])) ** 2 * channels, w["z"]))
    bias("E_fc", w["z"])
    code = w["classes"] * w["code"]
    add("G_fc", (w["z"] + w["z"] // w["classes"] * code, 16 * w["first"]))
    bias("G_fc", 16 * w["first"])
    channels = w["first"]
    for index, filters in enumerate((*w["decoder"], 3)):
        add(f"G_deconv{index}", (3, 3, channels + code, filters))
        channels = filters
    channels = w["z"]
    for index, units in enumerate((*w["d_z"], 1)):
        add(f"D_z_fc{index}", (channels, units))
        bias(f"D_z_fc{index}", units)
        if index < len(w["d_z"]):
            norm(f"D_z_bn{index}", units)
        channels = units
    channels = 3
    for index, filters in enumerate(w["d_img"]):
        add(f"D_img_conv{index}", (5, 5, channels + w["classes"], filters))
        bias(f"D_img_conv{index}", filters)
        norm(f"D_img_bn{index}", filters)
        channels = filters
    side = w["size"] >> len(w["d_img"])
    layers = [("fc1", side**2 * (channels + w["classes"]), w["fc1"], True),
              ("fc2", w["fc1"] + w["classes"], 1, False),
              ("q_shared", w["fc1"] + w["classes"], w["q_shared"], True)]
    for index in range(w["classes"]):
        layers.append((f"q_fc{index}", w["q_shared"], w["q_fc"], True))
        layers.append((f"q_cat{index}", w["q_fc"], w["code"], False))
    for name, inputs, units, normed in layers:
        add(f"D_img_{name}", (inputs, units))
        bias(f"D_img_{name}", units)
        if normed:
            norm(f"D_img_{norm_name(name)}", units)
    return {name: np.asarray(value, "float32")
            for name, value in variables.items()}


def norm_name(layer):
    if layer.startswith("q_fc"):
        return f"q_fc_bn{layer[4:]}"
    return f"{layer}_bn"


class Graph:
    """Forward passes on a dict of variables."""

    def __init__(self, variables, vgg, training):
        self.v, self.vgg, self.training = variables, vgg, training

    def conv(self, name, x):
        return tf.nn.conv2d(x, self.v[f"{name}/w"], 2, "SAME") + self.v[
            f"{name}/b"
        ]

    def dense(self, name, x):
        return x @ self.v[f"{name}/w"] + self.v[f"{name}/b"]

    def norm(self, name, x):
        if self.training:
            mean, variance = tf.nn.moments(x, list(range(len(x.shape) - 1)))
        else:
            mean = self.v[f"{name}/moving_mean"]
            variance = self.v[f"{name}/moving_variance"]
        return (x - mean) / tf.sqrt(variance + 1e-3) + self.v[f"{name}/beta"]

    def encode(self, x):
        for index in range(count(self.v, "E_conv{}/w")):
            x = tf.nn.relu(self.conv(f"E_conv{index}", x))
        return tf.tanh(self.dense("E_fc", tf.reshape(x, (x.shape[0], -1))))

    def decode(self, z, code, classes, size):
        tiled = tf.concat([code] * (z.shape[1] // classes), 1)
        x = self.dense("G_fc", tf.concat([z, tiled], 1))
        x = tf.nn.relu(tf.reshape(x, (z.shape[0], 4, 4, -1)))
        last = count(self.v, "G_deconv{}/w") - 1
        for index in range(last + 1):
            x = with_map(x, code)
            if x.shape[1] < size:
                x = tf.repeat(tf.repeat(x, 2, 1), 2, 2)
            x = tf.nn.conv2d(x, self.v[f"G_deconv{index}/w"], 1, "SAME")
            x = tf.tanh(x) if index == last else tf.nn.relu(x)
        return x

    def latent_logits(self, z):
        last = count(self.v, "D_z_fc{}/w") - 1
        for index in range(last):
            z = self.dense(f"D_z_fc{index}", z)
            z = tf.nn.relu(self.norm(f"D_z_bn{index}", z))
        return self.dense(f"D_z_fc{last}", z)

    def discriminate(self, x, label):
        """Logits, Q `[K, n, d]`, the shared layer, fc1."""
        x = with_map(x, label)
        for index in range(count(self.v, "D_img_conv{}/w")):
            x = self.conv(f"D_img_conv{index}", x)
            x = tf.nn.relu(self.norm(f"D_img_bn{index}", x))
            x = with_map(x, label)
        x = self.dense("D_img_fc1", tf.reshape(x, (x.shape[0], -1)))
        fc1 = tf.nn.leaky_relu(self.norm("D_img_fc1_bn", x), 0.2)
        x = tf.concat([fc1, label], 1)
        logits = self.dense("D_img_fc2", x)
        x = self.dense("D_img_q_shared", x)
        shared = tf.nn.leaky_relu(self.norm("D_img_q_shared_bn", x), 0.2)
        code = []
        for index in range(label.shape[1]):
            if f"D_img_q{index}/w" in self.v:
                code.append(self.dense(f"D_img_q{index}", shared))
                continue
            x = self.dense(f"D_img_q_fc{index}", shared)
            x = tf.nn.leaky_relu(
                self.norm(f"D_img_q_fc_bn{index}", x), 0.2
            )
            code.append(tf.tanh(self.dense(f"D_img_q_cat{index}", x)))
        return logits, tf.stack(code), shared, fc1

    def resized(self, images):
        return tf.compat.v1.image.resize_bilinear(
            (images + 1) * 127.5, (224, 224), align_corners=False
        )

    def face_features(self, images):
        x, features = self.resized(images) - MEAN, []
        for name in VGG_NAMES[:-1]:
            if name.endswith("_1") and name != "conv1_1":
                x = tf.nn.max_pool2d(x, 2, 2, "SAME")
            kernel, bias = self.vgg[name]
            x = tf.nn.conv2d(x, kernel, 1, "SAME") + bias
            if name.endswith("_2"):
                features.append(x)
            x = tf.nn.relu(x)
        return features


def count(variables, pattern):
    index = 0
    while pattern.format(index) in variables:
        index += 1
    return index


def with_map(x, vector):
    shape = (x.shape[0], x.shape[1], x.shape[2], vector.shape[1])
    return tf.concat([x, tf.broadcast_to(vector[:, None, None], shape)], 3)


def cross_entropy(logits, target):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
        tf.fill(logits.shape, float(target)), logits
    ))


def evaluate(graph, inputs, stage):
    """Outputs, losses and the three minimized sums of a graph."""
    x, label, code = inputs["image"], inputs["emo"], inputs["rb"]
    classes, size = label.shape[1], x.shape[1]
    joint = stage != "controller"
    z = graph.encode(x) if joint else inputs["z_prior"]
    made = graph.decode(z, code, classes, size)
    fake, fake_code, fake_shared, fake_fc1 = graph.discriminate(made, label)
    real, real_code, real_shared, real_fc1 = graph.discriminate(x, label)
    out = {
        "D_G_logits": fake, "D_G": tf.sigmoid(fake), "D_cont_G": fake_code,
        "D_G_feats": fake_shared if joint else fake_fc1,
        "D_input_logits": real, "D_input": tf.sigmoid(real),
        "D_cont_input": real_code,
        "D_input_feats": real_shared if joint else real_fc1,
    }
    target = tf.transpose(tf.reshape(
        code, (len(code), classes, -1)
    ), (1, 0, 2))
    loss = {
        "D_img_loss_input": cross_entropy(real, 1),
        "D_img_loss_G": cross_entropy(fake, 0),
        "G_img_loss": cross_entropy(fake, 1),
        "D_cont_loss_fake": tf.reduce_sum(tf.reduce_mean(
            tf.square(fake_code - target), (1, 2)
        )),
    }
    total = {"Di": loss["D_img_loss_input"] + loss["D_img_loss_G"]
             + loss["D_cont_loss_fake"]}
    if not joint:
        total["EG"] = loss["G_img_loss"] + loss["D_cont_loss_fake"]
        return out, loss, total, z, made
    face, prior = graph.latent_logits(z), graph.latent_logits(
        inputs["z_prior"]
    )
    out.update({"D_z_logits": face, "D_z": tf.sigmoid(face),
                "D_z_prior_logits": prior, "D_z_prior": tf.sigmoid(prior)})
    loss.update({
        "EG_loss": tf.reduce_mean(tf.abs(x - made)),
        "D_z_loss_prior": cross_entropy(prior, 1),
        "D_z_loss_z": cross_entropy(face, 0),
        "E_z_loss": cross_entropy(face, 1),
        "fm_loss": tf.reduce_mean(tf.abs(real_shared - fake_shared)),
        "tv_loss": (
            tf.nn.l2_loss(made[:, 1:] - made[:, :-1])
            + tf.nn.l2_loss(made[:, :, 1:] - made[:, :, :-1])
        ) / size / len(x),
    })
    pairs = zip(graph.face_features(x), graph.face_features(made),
                strict=True)
    for block, (a, b) in enumerate(pairs, start=1):
        loss[f"conv{block}_2_loss"] = tf.reduce_mean(tf.abs(a - b)) / float(
            a.shape[1] * a.shape[2]
        )
    loss["vgg_loss"] = sum(
        loss[f"conv{block}_2_loss"] for block in range(1, 6)
    )
    total["Dz"] = loss["D_z_loss_prior"] + loss["D_z_loss_z"]
    total["EG"] = (loss["EG_loss"] + loss["vgg_loss"]
                   + loss["D_cont_loss_fake"])
    if stage == "stage2":
        total["EG"] += (0.01 * loss["G_img_loss"] + 0.01 * loss["E_z_loss"]
                        + 0.001 * loss["tv_loss"])
    return out, loss, total, z, made


def groups(stage):
    if stage == "controller":
        return {"EG": ("G_",), "Di": ("D_img_",)}
    return {"EG": ("E_", "G_"), "Dz": ("D_z_",), "Di": ("D_img_",)}
