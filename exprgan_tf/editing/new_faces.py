"""New faces for the taking (Fig. 5): what the command `generate` does."""

import json
import pathlib

import numpy as np

from exprgan_tf.data import records
from exprgan_tf.data.sources.base import Photo
from exprgan_tf.errors import UserError
from exprgan_tf.intensities import near_intensity
from exprgan_tf.model import ExprGAN
from exprgan_tf.pictures.files import encode_picture, write_png
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.support.atomic import whole_file
from exprgan_tf.support.places import require_apart
from exprgan_tf.support.progress import progress_bar
from exprgan_tf.support.record import is_partial

# People that are decoded together; each shows every expression.
_PEOPLE = 16
# What shows less of an expression is hardly told from a neutral face, and
# labelled data begins about here.
_WEAKEST = 0.3


def make_new_faces(request):
    """Writes what a `NewFacesRequest` asks for.

    Raises:
        UserError: as `write_pictures` and `write_records`.
    """
    require_apart(request.output, {"model": request.model}, inside=True)
    write = write_pictures if request.format == "png" else write_records
    model = ExprGAN.load(request.model)
    from_prior = request.identities == "prior" or model.identities is None
    write(
        model, request.count, pathlib.Path(request.output), request.seed,
        from_prior=from_prior,
    )
    people = "drawn from the prior" if from_prior else (
        "like those that the model learned from"
    )
    print(f"{request.count} faces of people {people}: {request.output}")


def generate(model, first_person, people, seed, from_prior=False):
    """Faces of new people, each with every expression.

    Person number i is the same in every call with the same seed: an identity
    code, and for each expression a code of random strength.

    Args:
        model: an `ExprGAN`.
        first_person: number of the first.
        people: how many.
        seed: an integer.
        from_prior: see `draw_person`.

    Returns:
        `(images, labels, persons)`: uint8 `[n, s, s, 3]`, int `[n]` and int
        `[n]` with n = people * K, expression by expression of each person.
    """
    config = model.config
    numbers = np.arange(first_person, first_person + people)
    identities, noise = [], []
    for number in numbers:
        identity, strengths = draw_person(
            model, seed, number, from_prior
        )
        identities.append(identity)
        noise.append(strengths)
    labels = np.tile(np.arange(config.num_classes), people)
    codes = model.random_codes(labels, np.concatenate(noise))
    made = model.decode(
        np.repeat(identities, config.num_classes, axis=0), codes,
        batch_size=len(labels),
    )
    return to_uint8(made), labels, np.repeat(numbers, config.num_classes)


def draw_person(model, seed, number, from_prior=False):
    """Who person `number` is: identity code `[z]` and z_y `[K, d]`.

    z_y is from U(-1, 1) for each expression, and where intensities are
    labelled near one of U(0.3, 1), as in training: what the d numbers of a
    block would do apart was never learned.

    Args:
        model: an `ExprGAN`.
        seed, number: integers.
        from_prior: whether the identity code is from U(-1, 1), as in the
            paper, even where the model knows how those of people lie.
    """
    config = model.config
    generator = np.random.default_rng([seed, number])
    identity = generator.uniform(-1, 1, config.identity_size)
    strengths = generator.uniform(
        -1, 1, (config.num_classes, config.code_size)
    )
    if config.code_intensity == "label":
        strengths = near_intensity(
            generator.uniform(_WEAKEST, 1, (config.num_classes, 1)), strengths
        )
    if model.identities is not None and not from_prior:
        identity = model.identities.draw(generator)
    return identity, strengths


def write_pictures(model, count, output, seed=0, from_prior=False):
    """Writes `{class}/p{person}.png`; those that are there already stay.

    Args:
        model: an `ExprGAN`.
        count: how many pictures.
        output: a folder, made when missing.
        seed: an integer.
        from_prior: see `draw_person`.

    Raises:
        UserError: when the folder holds pictures of other settings, or
            cannot be written.
    """
    _claim(output, model, {"seed": seed, "from_prior": from_prior})
    classes = model.config.classes
    progress = progress_bar(count, "generate", "face")
    for first, people in _portions(count, len(classes)):
        paths = [
            output / name / f"p{person:06d}.png"
            for person in range(first, first + people) for name in classes
        ][: count - first * len(classes)]
        if not all(path.exists() for path in paths):
            images, _, _ = generate(model, first, people, seed, from_prior)
            for path, image in zip(paths, images, strict=False):
                write_png(path, image)
        progress.update(len(paths))
    progress.close()


def write_records(
    model, count, output, seed=0, shard_records=512, from_prior=False,
):
    """Writes a data set whose training split is made of new faces.

    Shards that are there already stay, `dataset.json` comes last.

    Args:
        model: an `ExprGAN`.
        count: how many faces.
        output: a folder, made when missing.
        seed: an integer.
        shard_records: most records of a shard, rounded to whole people.
        from_prior: see `draw_person`.

    Raises:
        UserError: when the folder holds faces of other settings, or cannot
            be written.
    """
    # Another number would end the last shard elsewhere.
    _claim(output, model, {
        "seed": seed, "records": count, "shard_records": shard_records,
        "from_prior": from_prior,
    })
    config = model.config
    k = config.num_classes
    step = max(shard_records // k, 1)
    people = -(-count // k)
    shards = -(-people // step)
    entries, subjects = [], {}
    expressions = dict.fromkeys(config.classes, 0)
    progress = progress_bar(count, "generate", "face")
    for number in range(shards):
        first = number * step
        size = min(step, people - first)
        total = min(size * k, count - first * k)
        path = output / f"train-{number:05d}-of-{shards:05d}.tfrecord"
        for index in range(total):
            subject = f"g{first + index // k:06d}"
            subjects[subject] = subjects.get(subject, 0) + 1
            expressions[config.classes[index % k]] += 1
        if not path.exists():
            faces = (
                (Photo(path, config.classes[label], f"g{person:06d}"),
                 encode_picture(image, "jpeg", quality=95))
                for portion_first, portion in _portions(size * k, k)
                for image, label, person in zip(*generate(
                    model, first + portion_first, portion, seed, from_prior
                ), strict=True)
            )
            try:
                with whole_file(path) as partial:
                    records.write_shard(partial, (
                        face for face, _ in
                        zip(faces, range(total), strict=False)
                    ))
            except OSError as error:
                raise UserError(f"--output={output}: {error}") from None
        entries.append({
            "file": path.name, "records": total,
            "sha256": records.file_checksum(path),
        })
        progress.update(total)
    progress.close()
    records.write_description(
        output, config.image_size, config.classes,
        {"train": {
            "records": count, "subjects": subjects,
            "expressions": expressions, "shards": entries,
        }},
        people_known=True, source="generated", margin=config.face_margin,
    )


def _portions(count, classes):
    """Pairs `(first person, people)` that make at least `count` faces."""
    people = -(-count // classes)
    for first in range(0, people, _PEOPLE):
        yield first, min(_PEOPLE, people - first)


def _claim(output, model, settings):
    """Refuses a folder with faces of another model or other settings."""
    output = pathlib.Path(output)
    path = output / "generated.json"
    settings = {**settings, "model": model.fingerprint()}
    try:
        output.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if json.loads(path.read_text("utf-8")) != settings:
                raise UserError(
                    f"--output={output} holds faces of another model or "
                    "seed, format or number of records; give another folder"
                )
        elif not all(is_partial(path.name) for path in output.iterdir()):
            raise UserError(
                f"--output={output} holds other files; give another folder"
            )
        else:
            with whole_file(path) as partial:
                partial.write_text(json.dumps(settings), "utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"--output={output}: {error}") from None
