"""The images of one person: which ones, their names, rows and bytes."""

import json

import numpy as np
from PIL import Image

from exprgan_tf.rendering.expressions import (
    EXPRESSIONS,
    LADDER,
    STYLES,
    at_intensity,
    sample_weights,
)
from exprgan_tf.rendering.scene import render, sample_view
from exprgan_tf.rendering.subject import Subject

COLUMNS = (
    "path", "subject", "expression", "intensity", "split", "style", "yaw",
    "pitch", "roll", "weights", "left_eye_x", "left_eye_y", "right_eye_x",
    "right_eye_y", "nose_x", "nose_y", "mouth_left_x", "mouth_left_y",
    "mouth_right_x", "mouth_right_y",
)
JPEG_QUALITY = 95


def subject_name(index, subjects):
    """Names sort as numbers do: s000, or more digits where needed."""
    return f"s{index:0{max(3, len(str(subjects - 1)))}d}"


def render_subject(model, maps, settings, index, folder):
    """Writes all images of a person; returns their manifest rows.

    What is drawn depends on the seed and the index only, not on who was
    rendered before.

    Args:
        model, maps: the `FaceModel` and its `PaintMaps`.
        settings: `dataset.Settings`.
        index: number of the person.
        folder: the `OutputFolder`, with `images/` in it.
    """
    subject = Subject(model, maps, settings.seed, index)
    name = subject_name(index, settings.subjects)
    is_test = index >= settings.subjects - settings.test_subjects
    split = "test" if is_test else "train"

    def write(file_name, expression, intensity, split, style, weights, view):
        image, landmarks = render(
            model, maps, subject, weights, view, settings.image_size
        )
        path = folder.path / "images" / f"{name}_{file_name}.jpg"
        with folder.file(path) as partial:
            Image.fromarray(image).save(
                partial, "JPEG", quality=JPEG_QUALITY, subsampling=0
            )
        return _row(
            f"images/{path.name}", name, expression, intensity, split, style,
            weights, view, landmarks,
        )

    generator = np.random.default_rng([settings.seed, index, 1])
    only_view = sample_view(generator)

    def next_view():
        return only_view if settings.one_view else sample_view(generator)

    rows = [write(
        "neutral", "neutral", 0.0, "neutral", "none", {}, only_view
    )]
    for expression in EXPRESSIONS:
        for number in range(settings.per_expression):
            intensity = round(
                generator.uniform(settings.least_intensity, 1.0), 4
            )
            style = str(generator.choice(list(STYLES[expression])))
            weights = sample_weights(
                model, generator, STYLES[expression][style]
            )
            rows.append(write(
                f"{expression}_{number}", expression, intensity, split, style,
                at_intensity(weights, intensity), next_view(),
            ))
    if is_test and settings.ladders:
        rows += _ladders(model, settings, index, write)
    return rows


def _ladders(model, settings, index, write):
    """Each expression from 0.2 to 1 in one view, and neutral in it."""
    generator = np.random.default_rng([settings.seed, index, 2])
    view = sample_view(generator)
    rows = [write(
        "ladder_neutral", "neutral", 0.0, "ladder", "none", {}, view
    )]
    for position, expression in enumerate(EXPRESSIONS):
        styles = list(STYLES[expression])
        style = styles[(index + position) % len(styles)]
        weights = sample_weights(model, generator, STYLES[expression][style])
        rows += [
            write(
                f"ladder_{expression}_{round(intensity * 100):03d}",
                expression, intensity, "ladder", style,
                at_intensity(weights, intensity), view,
            )
            for intensity in LADDER
        ]
    return rows


def image_count(settings, index):
    """How many images a person has."""
    count = 1 + len(EXPRESSIONS) * settings.per_expression
    if settings.ladders and index >= settings.subjects - settings.test_subjects:
        count += 1 + len(EXPRESSIONS) * len(LADDER)
    return count


def _row(path, subject, expression, intensity, split, style, weights, view,
         landmarks):
    """A line of the manifest; left and right are those of the image.

    The eyes are those of `scene.render`, 68 and 69, not the middles of the
    lids: detectors of faces mark the pupils, and these are always as far
    apart as the framing says.
    """
    points = landmarks[[69, 68, 30, 48, 54]]
    return [
        path, subject, expression, f"{intensity:.4f}", split, style,
        *(f"{view[angle]:.2f}" for angle in ("yaw", "pitch", "roll")),
        json.dumps(weights, separators=(",", ":")),
        *(f"{value:.2f}" for point in points for value in point),
    ]
