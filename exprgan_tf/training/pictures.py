"""Sheets of held-out faces, so that a run can be judged by eye."""

import numpy as np
from keras import ops
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from exprgan_tf import codes
from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.batches import load_split
from exprgan_tf.data.subjects import TEST, TRAIN, validation_part
from exprgan_tf.pictures.sheets import sheet

LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def held_out_faces(dataset, config, count=8):
    """One image a subject that the run does not train on.

    Validation subjects when there are any, else test subjects; neutral faces
    when the data has them.

    Returns:
        A dict of arrays as `load_split` gives.
    """
    split, subjects = validation_part(dataset, config)
    if not subjects:
        split = TEST if TEST in dataset.splits else TRAIN
        subjects = sorted(dataset.subjects(split))
    subjects = subjects[:count]
    if set(subjects) <= set(dataset.splits.get(NEUTRAL, {}).get(
        "subjects", ()
    )):
        split = NEUTRAL
    faces = load_split(dataset, split, config, subjects)
    _, first = np.unique(faces["subject"], return_index=True)
    return {name: values[first] for name, values in faces.items()}


def stage_sheets(model, stage, faces):
    """The pictures of an epoch.

    Without an encoder, as in stage 1, faces of random identity codes.

    Args:
        model: an `ExprGAN`.
        stage: 1, 2 or 3.
        faces: what `held_out_faces` gives.

    Returns:
        A dict from name to uint8 `[height, width, 3]`.
    """
    config = model.config
    count = len(faces["image"])
    if stage == 1 or not model.encodes:
        generator = np.random.default_rng(config.seed)
        identity = generator.uniform(-1, 1, (count, config.identity_size))
        columns, labels = [], []
    else:
        identity = model.encode(faces["image"])
        reconstructions = model.decode(identity, _input_codes(model, faces))
        columns = [faces["image"], reconstructions]
        labels = ["input", "reconstruction"]
    names = (NEUTRAL, *config.classes)
    edits = [
        model.decode(identity, model.edit_codes(name, 1.0, count))
        for name in names
    ]
    return {
        "expressions": sheet(
            list(zip(*columns, *edits, strict=True)), [*labels, *names]
        ),
        "intensities": intensity_sheet(model, identity[0]),
    }


def intensity_sheet(model, identity, intensities=LADDER):
    """One face: a row an expression, a column an intensity."""
    rows = [
        model.decode(
            np.repeat(identity[None], len(intensities), axis=0),
            model.edit_codes(name, intensities, len(intensities)),
        )
        for name in model.config.classes
    ]
    return sheet(
        rows, [f"{value:.2f}" for value in intensities], model.config.classes
    )


def loss_plot(names, rows):
    """Curves of the losses of a stage, one small plot a loss.

    Args:
        names, rows: as `RunFolder.losses` gives them; at least one row.

    Returns:
        uint8 `[height, width, 3]`.
    """
    epochs, *losses = zip(*rows, strict=True)
    epochs, names = [*map(int, epochs)], names[1:]
    columns = min(len(names), 4)
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.4 * lines), dpi=100,
                    layout="constrained")
    canvas = FigureCanvasAgg(figure)
    for index, (name, means) in enumerate(
        zip(names, losses, strict=True), start=1
    ):
        axes = figure.add_subplot(lines, columns, index)
        axes.plot(epochs, [*map(float, means)])
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("epoch", fontsize=8)
        axes.tick_params(labelsize=8)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


def _input_codes(model, faces):
    """Codes for reconstruction: all -1 for neutral, else the mean of Eq. 3."""
    config = model.config
    count = len(faces["label"])
    one_hot = np.eye(config.num_classes, dtype="float32")[faces["label"]]
    noise = np.full((count, config.code_size), 0.5, "float32")
    labelled = ops.convert_to_numpy(codes.expression_code(
        one_hot, noise, config.code_form
    ))
    return np.where(faces["label"][:, None] < 0, -1.0, labelled)
