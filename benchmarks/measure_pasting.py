"""How true photographs with pasted expressions are, on rendered faces.

    exprgan render-faces --ict_model=ICT-FaceKit/FaceXModel \\
        --output=faces --subjects=16 --test_subjects=12 --per_expression=1 \\
        --one_view --least_intensity=0.95 --seed=77 --image_size=256
    python -m benchmarks.measure_pasting --model=runs/demo --faces=faces \\
        --judged_by=data/ictface128 --judges=judges

Each neutral face is taken for a photograph, edited, pasted back, and compared
with the rendered expression of the same person in the same view. Prints a
row for the photograph as it is, the decoded face alone, and the pasted one.
"""

import csv
import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class PastingRequest:
    """Which model edits whom, and who judges."""

    model: str | None = setting(
        None, "run folder or model file", needed=True
    )
    faces: str | None = setting(
        None, "folder of exprgan render-faces", needed=True
    )
    judged_by: str | None = setting(
        None, "data set on which the judges are trained", needed=True
    )
    judges: str | None = setting(
        None, "folder that keeps the judges", needed=True
    )


def main(request):
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.evaluation.judges import Judges
    from exprgan_tf.model import ExprGAN

    model = ExprGAN.load(request.model)
    judges = Judges.for_data(
        Dataset.open(request.judged_by), model.config,
        pathlib.Path(request.judges),
    )
    measure(model, judges, _people(pathlib.Path(request.faces)))


def _people(folder):
    """[{expression: path}] of the people in a manifest."""
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        raise UserError(f"--faces={folder}: no manifest.csv")
    people = {}
    with manifest.open(newline="") as file:
        for row in csv.DictReader(file):
            person = people.setdefault(row["subject"], {})
            person[row["expression"]] = folder / row["path"]
    return list(people.values())


def measure(model, judges, people):
    """Prints error, expression and likeness of each way.

    Args:
        model: an `ExprGAN`.
        judges: `Judges` of its image size.
        people: dicts from "neutral" and every class to an image file.
    """
    import numpy as np

    from exprgan_tf import fitting
    from exprgan_tf.editing import pasting
    from exprgan_tf.faces import alignment
    from exprgan_tf.faces.photographs import read_face
    from exprgan_tf.pictures.files import read_image, to_model_input

    config = model.config
    faces = [read_face(person["neutral"], config) for person in people]
    fitted = fitting.fit(
        model, np.stack([face.image for face in faces]), "identity"
    )
    before = fitted.reconstruct()
    seen = {"as it is": [], "decoded": [], "pasted": [], "true": []}
    errors = {"as it is": [], "pasted": []}
    for name in config.classes:
        edited = fitted.decode(model.edit_codes(name, 1.0, len(people)))
        for row, face in enumerate(faces):
            pictures = {
                "as it is": face.picture,
                "true": read_image(people[row][name]),
                "pasted": pasting.paste(
                    face.picture, edited[row], before[row], face.transform,
                    config.face_margin,
                ),
            }
            seen["decoded"].append(edited[row])
            for way, picture in pictures.items():
                seen[way].append(to_model_input(alignment.cut_out(
                    picture, config.image_size, face.transform
                ), config))
                if way in errors:
                    errors[way].append(np.abs(
                        picture.astype(float) - pictures["true"]
                    ).mean())
    labels = np.repeat(np.arange(config.num_classes), len(people))
    truth = judges.embeddings(np.stack(seen["true"]))
    print(f"{'':10}{'error':>8}{'right':>8}{'alike':>8}")
    for way, images in seen.items():
        images = np.stack(images)
        right = np.mean(judges.logits(images).argmax(axis=1) == labels)
        alike = (judges.embeddings(images) * truth).sum(axis=1).mean()
        error = f"{np.mean(errors[way]):8.2f}" if way in errors else " " * 8
        print(f"{way:10}{error}{right:8.2f}{alike:8.3f}")
    print(
        "error: of the whole picture, 0 to 255; right: share of expressions; "
        "alike: cosine with the true picture"
    )


if __name__ == "__main__":
    run(main, (PastingRequest,))
