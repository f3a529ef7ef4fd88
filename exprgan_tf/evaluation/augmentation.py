"""Table 1: what generated images add to an expression classifier."""

import collections
import contextlib
import math
import pathlib
import tempfile

import numpy as np
import scipy.stats

from exprgan_tf.data.batches import load_split
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.subjects import (
    TEST,
    TRAIN,
    VALIDATION,
    training_records,
    validation_part,
)
from exprgan_tf.editing.new_faces import generate, write_records
from exprgan_tf.errors import UserError
from exprgan_tf.support.progress import progress_bar
from exprgan_tf.training.classifier import STEPS, fit_classifier

# Generated images to how many of the 144 test images were told right:
# 77.78, 78.47, 81.94, 84.72 and 84.72 %.
PAPER_RIGHT = {0: 112, 3000: 113, 6000: 118, 30000: 122, 60000: 122}
PAPER_IMAGES = 144

REMARKS = (
    "The paper's whole gain, 77.78 to 84.72 %, is ten of 144 images; its "
    "intervals at 0 and at 60000 generated images overlap.",
    "All seeds are tested on the same images, so the pooled interval is "
    "about seeds, not about other people; that of one seed is wider, and "
    "takes images of one person for independent.",
)

SAMPLE_PEOPLE = 4


def augmentation_table(
    model, dataset, counts=tuple(PAPER_RIGHT), scale=1.0, seeds=3,
    steps=None, progress=True, part=TEST, folder=None,
):
    """Trains classifiers on true and generated images, and tests them.

    Generated images are of new people, each with every class, and pass
    through records like the true ones, with the same flips and
    augmentation. Those of a smaller count are among those of a larger one.
    All classifiers take the same number of steps; a seed decides weights
    and order, and seed i is the same for every count.

    Args:
        model: an `ExprGAN`; its config says how classifiers are trained,
            and which subjects are held out.
        dataset: the `Dataset` with true images.
        counts: numbers of generated images, before scaling.
        scale: factor of the counts, for small data sets or little time.
        seeds: classifiers for each count.
        steps: training steps of each classifier; None: 400, which is
            enough for the true images alone by validation subjects, or so
            many that the largest set is gone through once.
        progress: whether to show how far the classifiers are.
        part: "test", or "validation" for choosing settings.
        folder: keeps the generated images, for a later call with the same
            model, counts and scale; None: a temporary folder.

    Returns:
        A dict: "part", "test_images", "true_images", "batch_size", "steps",
        "scale", "remarks", "rows" and "samples". A row has
        "generated", "unscaled", "pooled" and each of "seeds" as {"right",
        "of", "accuracy", "interval"} with a Wilson interval of 95 %, and
        "paper" the same, or None for a count that the paper has not.
        "samples" is uint8 `[people, K, s, s, 3]`, to be taken out before
        the rest is written as JSON.

    Raises:
        UserError: when the model does not know expressions, its classes
            are not those of the data, counts or seeds are not positive, or
            nobody is in that part.
    """
    config = model.config
    _require_expressions(model, dataset)
    wanted = [round(count * scale) for count in counts]
    if seeds < 1 or not wanted or min(wanted) < 0:
        raise UserError(
            "seeds must be 1 or more, and counts of generated images 0 or "
            "more"
        )
    faces = _faces(dataset, config, part)
    true_images = training_records(dataset, config)
    batch_size = config.batch_sizes[0]
    steps = steps or max(
        STEPS, math.ceil((true_images + max(wanted)) / batch_size)
    )
    with contextlib.ExitStack() as stack:
        folder = folder or stack.enter_context(tempfile.TemporaryDirectory())
        generated = _generated(
            model, sorted(set(wanted)), pathlib.Path(folder)
        )
        bar = stack.enter_context(progress_bar(
            len(wanted) * seeds * steps, "classifiers", "step"
        )) if progress else None
        results = [
            [
                _result(*fit_classifier(
                    dataset, config.replace(seed=config.seed + seed), steps,
                    bar, generated[count],
                ).count_right(faces))
                for seed in range(seeds)
            ]
            for count in wanted
        ]
    return {
        "part": part,
        "test_images": int((faces["label"] >= 0).sum()),
        "true_images": true_images,
        "batch_size": batch_size,
        "steps": steps,
        "scale": scale,
        "remarks": list(REMARKS),
        "rows": [
            {
                "generated": count,
                "unscaled": unscaled,
                "pooled": _pooled(per_seed),
                "seeds": per_seed,
                "paper": _result(PAPER_RIGHT[unscaled], PAPER_IMAGES)
                if unscaled in PAPER_RIGHT else None,
            }
            for count, unscaled, per_seed in zip(
                wanted, counts, results, strict=True
            )
        ],
        "samples": _samples(model),
    }


def section(table):
    """A table of `augmentation_table` for the report, see `page.page`."""
    seeds = len(table["rows"][0]["seeds"])
    text = (
        f"A classifier (G_enc and one layer of K units) trained on "
        f"{table['true_images']} true images and so many generated ones, "
        f"{table['steps']} steps of {table['batch_size']}, with {seeds} "
        f"seeds; images of the {table['part']} split told right, with 95 % "
        f"Wilson intervals. Counts are the paper's times {table['scale']:g}. "
        + " ".join(table["remarks"])
    )
    head = ["generated images", "right, all seeds", "each seed", "paper"]
    rows = [
        [
            str(row["generated"]), _text(row["pooled"]),
            ", ".join(str(seed["right"]) for seed in row["seeds"]),
            f"{_text(row['paper'])} with {row['unscaled']}"
            if row["paper"] else "",
        ]
        for row in table["rows"]
    ]
    return "Table 1: generated images as training data", text, head, rows


def table_lines(table):
    """A table of `augmentation_table` as lines of text."""
    seeds = len(table["rows"][0]["seeds"])
    return [
        f"{table['part']} split, {table['test_images']} images; "
        f"{table['true_images']} true training images, {table['steps']} "
        f"steps of {table['batch_size']}, {seeds} seeds",
        f"{'generated':>9}  {'right, all seeds':<30}{'each seed':<16}"
        "paper, of 144",
        *(
            f"{row['generated']:>9}  {_text(row['pooled']):<30}"
            f"{' '.join(str(seed['right']) for seed in row['seeds']):<16}"
            + (
                f"{_text(row['paper'])} with {row['unscaled']}"
                if row["paper"] else ""
            )
            for row in table["rows"]
        ),
        *table["remarks"],
    ]


def _text(result):
    low, high = result["interval"]
    return (
        f"{result['right']}/{result['of']} {100 * result['accuracy']:.1f} % "
        f"({100 * low:.1f} to {100 * high:.1f})"
    )


def _require_expressions(model, dataset):
    config = model.config
    if not model.knows_expressions:
        raise UserError(
            f"a model of --model_type={config.model_type} knows no "
            "expressions: what it generates has no label"
        )
    if set(config.classes) != set(dataset.classes):
        raise UserError(
            f"--data_dir={dataset.folder} has {', '.join(dataset.classes)}, "
            f"but the model knows {', '.join(config.classes)}"
        )


def _faces(dataset, config, part):
    """The images that classifiers are tested on."""
    if part == TEST:
        return load_split(dataset, TEST, config)
    split, subjects = validation_part(dataset, config)
    if not subjects:
        raise UserError(
            f"--part={VALIDATION}: the model held no subject out, and the "
            "data has no split named validation"
        )
    return load_split(dataset, split, config, subjects)


def _generated(model, counts, folder):
    """A dict from count to a `Dataset` of generated images, None for 0.

    Args:
        model: an `ExprGAN`.
        counts: numbers of images in ascending order.
        folder: where records are written, one folder an increment.
    """
    datasets, shards, subjects = {}, [], collections.Counter()
    before = 0
    for count in counts:
        if count > before:
            part = folder / f"{before}to{count}"
            # Another seed, since people are numbered anew in each folder.
            write_records(model, count - before, part, seed=before)
            written = Dataset.open(part)
            # Absolute names, so that one data set can name several folders.
            shards = shards + [
                {**shard, "file": str((part / shard["file"]).resolve())}
                for shard in written.shards(TRAIN)
            ]
            subjects = subjects + collections.Counter(written.subjects(TRAIN))
            before = count
        datasets[count] = Dataset(
            folder, model.config.image_size, model.config.classes,
            {TRAIN: {"shards": shards, "subjects": subjects}},
        ) if shards else None
    return datasets


def _result(right, of):
    interval = scipy.stats.binomtest(right, of).proportion_ci(method="wilson")
    return {
        "right": right,
        "of": of,
        "accuracy": right / of,
        "interval": [float(interval.low), float(interval.high)],
    }


def _pooled(results):
    return _result(
        sum(result["right"] for result in results),
        sum(result["of"] for result in results),
    )


def _samples(model):
    images, _, _ = generate(model, 0, SAMPLE_PEOPLE, 0)
    return np.reshape(images, (SAMPLE_PEOPLE, -1, *images.shape[1:]))
