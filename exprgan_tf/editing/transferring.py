"""One face with another's expression (Fig. 4): the command `transfer`."""

import functools
import itertools
import pathlib
import sys

import numpy as np

from exprgan_tf import fitting
from exprgan_tf.editing.late import decoding_editors, method_and_network
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import read_face
from exprgan_tf.model import ExprGAN
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.pictures.files import write_png
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.pictures.listing import list_images
from exprgan_tf.pictures.sheets import sheet
from exprgan_tf.support.places import (
    MOST_BYTES,
    distinct_names,
    require_apart,
)
from exprgan_tf.support.record import Record

_MATRIX = "matrix.png"


def transfer_code(model, images, labels):
    """c_B = Q(x_B, y_B), `[n, K d]` within [-1, 1].

    Args:
        model: an `ExprGAN`.
        images: `[n, s, s, 3]` in [-1, 1].
        labels: class indices `[n]`.
    """
    return np.clip(model.estimate_code(images, labels), -1.0, 1.0)


def run_folder(model_path):
    """The folder in which the classifier of a model lies."""
    path = pathlib.Path(model_path)
    return path.parent if path.is_file() else path


def classifier_labels(model, path):
    """A function from images to class indices: a classifier's.

    Args:
        model: the `ExprGAN` whose classes they are.
        path: a run folder, or a classifier's file.

    Raises:
        UserError: when there is none, or it is for other faces or classes.
    """
    from exprgan_tf.training.classifier import ExpressionClassifier

    classifier = ExpressionClassifier.load(path)
    for name in ("classes", "image_size"):
        if getattr(classifier.config, name) != getattr(model.config, name):
            raise UserError(
                f"--classifier={path}: its {name} are not those of the model"
            )
    return classifier.predict_labels


def guess_labels(model, images):
    """The classes whose edits come closest to the images, int `[n]`.

    Not as good as a classifier: of the carried test faces the demo told 0.49
    right, its classifier 0.92.

    Args:
        model: an `ExprGAN`.
        images: `[n, s, s, 3]` in [-1, 1].
    """
    count = len(images)
    identities = model.encode(images)
    errors = [
        np.min([
            np.abs(model.decode(
                identities, model.edit_codes(name, intensity, count)
            ) - images).mean(axis=(1, 2, 3))
            for intensity in fitting.CANDIDATE_INTENSITIES
        ], axis=0)
        for name in model.config.classes
    ]
    return np.argmin(errors, axis=0)


def label_finder(model, model_path, classifier_path=None):
    """The classifier of a model if there is one, else `guess_labels`.

    Args:
        model: an `ExprGAN`.
        model_path: where it was loaded from; None for nowhere.
        classifier_path: as for `classifier_labels`; None: the one in the
            folder of the model.

    Raises:
        UserError: when a classifier that was asked for cannot be used.
    """
    from exprgan_tf.training.classifier import CLASSIFIER_FILE

    if classifier_path:
        return classifier_labels(model, classifier_path)
    if model_path and (run_folder(model_path) / CLASSIFIER_FILE).exists():
        return classifier_labels(model, run_folder(model_path))
    return functools.partial(guess_labels, model)


def transfer(request):
    """Does what a `TransferRequest` asks for.

    Returns:
        The number of files that could not be read.

    Raises:
        UserError: as `transfer_photographs`, and when nothing says what
            expressions show.
    """
    model = ExprGAN.load(request.model)
    _, network = method_and_network(request, model.config.classes)
    return transfer_photographs(
        model, request, _asked_labels(model, request), network
    )


def transfer_photographs(model, request, find_labels, network=None):
    """Gives every face of one list every expression of another.

    Writes `{a}__{b}.png` for each pair, and `matrix.png`: a row for each
    identity, a column for each expression. Where two would have one name,
    the latter is numbered, which is said. A file that cannot be read is
    reported on stderr; the others go on.

    Args:
        model: an `ExprGAN`.
        request: a `TransferRequest`.
        find_labels: a function from images `[n, s, s, 3]` to class indices.
        network: the `MotionModel` that moves the faces of the first list as
            the codes of the second say; None: the model paints them.

    Returns:
        The number of files that could not be read.

    Raises:
        UserError: when none of either can be read, the output is a folder
            of photographs, or a file of others is in the way.
    """
    identities = list_images(request.identity)
    expressions = list_images(request.expression)
    output = pathlib.Path(request.output)
    require_apart(output, {
        "identity": request.identity, "expression": request.expression,
    }, inside=True, above=True)
    names = _pair_names(identities, expressions)
    record = Record(output)
    for name in (*names.values(), _MATRIX):
        record.require_own(output / name)
    a_paths, a_faces, a_errors = _read(
        identities, (network or model).config, request.align
    )
    b_paths, b_faces, b_errors = _read(
        expressions, model.config, request.align
    )
    errors = a_errors + b_errors
    if not a_paths or not b_paths:
        raise errors[0]
    shown = np.stack([face.image for face in b_faces])
    labels = np.asarray(find_labels(shown))
    mixes = [
        [(code, 1.0)] for code in transfer_code(model, shown, labels)
    ]
    if network is None:
        editors = decoding_editors(model, a_faces, request.refine)
    else:
        editors = [NetworkFace(network, face) for face in a_faces]
    rows = [[None, *shown]]
    for path, editor in zip(a_paths, editors, strict=True):
        made = editor.pictures(mixes)
        for other, image in zip(b_paths, made, strict=True):
            write_png(
                output / names[path, other], to_uint8(image), record,
                noted=request.note_edit,
            )
        rows.append([editor.before, *made])
    columns = ["", *(model.config.classes[label] for label in labels)]
    write_png(
        output / _MATRIX, sheet(rows, columns), record,
        noted=request.note_edit,
    )
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    print(f"{len(a_paths)} x {len(b_paths)} transfers, pictures: {output}")
    return len(errors)


def _pair_names(identities, expressions):
    """`{(a, b): name of a file}`; says which are not what they should be."""
    firsts = distinct_names([path.stem for path in identities])
    seconds = distinct_names([path.stem for path in expressions])
    pairs = list(itertools.product(identities, expressions))
    wanted = [
        f"{first}__{second}"
        for first, second in itertools.product(firsts, seconds)
    ]
    names = distinct_names(wanted, MOST_BYTES - len(".png"))
    for (first, second), name in zip(pairs, names, strict=True):
        if name != f"{first.stem}__{second.stem}":
            print(f"{first} with {second} is called {name}.png")
    return {
        pair: f"{name}.png" for pair, name in zip(pairs, names, strict=True)
    }


def _asked_labels(model, request):
    """The function that says which expression images show."""
    if not request.label:
        return classifier_labels(
            model,
            request.classifier or run_folder(request.model or CARRIED_MODEL),
        )
    label = model.class_index(request.label)
    if label is None:
        raise UserError("--label=neutral: Q reads expressions only")
    return lambda images: [label] * len(images)


def _read(paths, config, align):
    read, faces, errors = [], [], []
    for path in paths:
        try:
            faces.append(read_face(path, config, align))
            read.append(path)
        except UserError as error:
            errors.append(error)
    return read, faces, errors
