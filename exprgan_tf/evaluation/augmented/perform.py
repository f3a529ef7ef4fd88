"""From two data sets to the table of what made faces add."""

import functools
import itertools
import pathlib

import numpy as np

from exprgan_tf.config import Config
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.augmented.faces import Faces, folds
from exprgan_tf.evaluation.augmented.keeping import KeptAnswers
from exprgan_tf.evaluation.augmented.report import as_text, write_table
from exprgan_tf.evaluation.augmented.scores import Answered, rows_of
from exprgan_tf.evaluation.augmented.trials import answers, arms, steps_for
from exprgan_tf.evaluation.report import require_writable
from exprgan_tf.support.places import require_apart
from exprgan_tf.support.progress import progress_bar

# Of the images that classifiers see: expressions are told from faces of this
# size, and a larger one takes four times as long.
_SIDE = 64


def evaluate_made_faces(request):
    """Trains the classifiers, writes the report and prints the table.

    Args:
        request: an `EvaluationRequest` with `augmentation_data`.

    Raises:
        UserError: when a data set cannot be used, or the output not be
            written.
    """
    output = pathlib.Path(request.output)
    dataset = Dataset.open(request.data_dir)
    added = Dataset.open(request.augmentation_data, "augmentation_data")
    for flag in ("data_dir", "augmentation_data"):
        require_apart(output, {flag: getattr(request, flag)}, above=True)
    require_writable(output)
    table = made_faces_table(
        dataset, added, request.augmentation_counts,
        request.augmentation_people, request.augmentation_folds,
        request.augmentation_seeds, folder=output,
    )
    write_table(table, output)
    print(as_text(table, output))


def made_faces_table(
    dataset, added, counts, people=(0,), number=5, seeds=2, steps=None,
    folder=None,
):
    """Tests classifiers on true faces of people they did not learn from.

    Args:
        dataset: the `Dataset` of true faces.
        added: a `Dataset` of generated or edited ones, whose classes are
            among those of the other. Of a fold's people it lends nothing.
        counts: numbers of made faces, as many of each class as there are.
        people: of how many people true faces are learned from; 0: all.
        number: of folds, see `faces.folds`.
        seeds: classifiers for each fold, number of people and of faces.
        steps: of each classifier; None: see `trials.steps_for`.
        folder: keeps what classifiers answered, for a call that goes on
            where one was killed; None: nothing is kept.

    Returns:
        A dict of JSON values: "rows" (see `scores.rows_of`), "classes",
        "images" (true ones, by class), "people", "made", "folds", "seeds",
        "steps", and "people_known", whether the data says who is seen.

    Raises:
        UserError: when the classes do not fit, or as `Faces.of` and `folds`.
    """
    strange = sorted(set(added.classes) - set(dataset.classes))
    if strange:
        raise UserError(
            f"--augmentation_data={added.folder} shows {', '.join(strange)}, "
            f"which --data_dir={dataset.folder} does not: its classes are "
            f"{', '.join(dataset.classes)}"
        )
    config = Config(
        classes=dataset.classes, image_size=min(_SIDE, dataset.image_size)
    )
    true, made = Faces.of(dataset, config), Faces.of(added, config)
    parts = [
        (learn, test, np.flatnonzero(
            ~np.isin(made.subject, true.subject[test])
        )) for learn, test in folds(true, number, dataset)
    ]
    for asked, flag, what, there in (
        (counts, "counts", f"faces of {added.folder}", min(
            len(lent) for _, _, lent in parts
        )),
        (people, "people", f"people of {dataset.folder}", min(
            len(np.unique(true.subject[learn])) for learn, _, _ in parts
        )),
    ):
        if max(asked) > there:
            raise UserError(
                f"--augmentation_{flag}={max(asked)}: in each fold only "
                f"{there} {what} can be learned from"
            )
    steps = steps or steps_for(len(true) + max(counts))
    kept = KeptAnswers(folder, (
        [
            [shard["sha256"] for shard in data.shards()]
            for data in (dataset, added)
        ],
        config, number, steps,
    ))
    found = _found(
        arms(people, counts), true, made, parts, seeds, config, steps, kept
    )
    tested = np.sort(np.concatenate([test for _, test, _ in parts]))
    answered = Answered(
        config.classes, true.label[tested], true.subject[tested],
        {arm: labels[:, tested] for arm, labels in found.items()},
    )
    return {
        "rows": rows_of(answered),
        "classes": list(config.classes),
        "images": _by_class(true, config),
        "tested": _by_class(true[tested], config),
        "people": len(np.unique(true.subject)),
        "made": len(made),
        "folds": number, "seeds": seeds, "steps": steps,
        "people_known": dataset.people_known,
    }


def _found(arms_asked, true, made, parts, seeds, config, steps, kept):
    """A dict from `Arm` to labels `[seeds, len(true)]`; -1: not tested."""
    found = {
        arm: np.full((seeds, len(true)), -1) for arm in arms_asked
    }
    turns = list(itertools.product(range(seeds), arms_asked))
    with progress_bar(
        len(parts) * len(turns) * steps, "classifiers", "step"
    ) as bar:
        for fold, (learn, test, lent) in enumerate(parts):
            faces = true[learn], made[lent], true[test]
            for seed, arm in turns:
                found[arm][seed, test], is_new = kept.of(
                    arm, seed, fold, functools.partial(
                        answers, arm, *faces, config, seed, steps, bar.update
                    ),
                )
                if not is_new:
                    bar.update(steps)
    return found


def _by_class(faces, config):
    return {
        name: int((faces.label == label).sum())
        for label, name in enumerate(config.classes)
    }
