"""evaluate --photos: what is measured of edited photographs."""

import csv
import json
import shutil
import types

import numpy as np
import pytest
from commands import assert_one_clear_line, run_here, visible
from conftest import CLASSES, tiny_config
from motion_data import shifting
from test_photograph_scores import NAMES
from test_report import Outline

from exprgan_tf import ExprGAN
from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.metrics.base import measure
from exprgan_tf.evaluation.photographs.columns import measure_photographs
from exprgan_tf.evaluation.photographs.judging import faces_of, jury
from exprgan_tf.evaluation.photographs.lending import lend
from exprgan_tf.evaluation.photographs.measuring import (
    Original,
    measure_photograph,
)
from exprgan_tf.evaluation.photographs.methods import (
    Method,
    common_expressions,
)
from exprgan_tf.evaluation.photographs.report import (
    write_photographs_report,
)
from exprgan_tf.evaluation.photographs.scores import PhotographScores, Scored
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image, read_photograph, write_png
from exprgan_tf.training.classifier import ExpressionClassifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where judges are kept."""
    return tmp_path_factory.mktemp("judges")


@pytest.fixture(scope="module")
def judges(dataset, folder):
    return jury(dataset, None, folder, epochs=20)


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    """A quarter of the example, in which its face is found sooner."""
    path = tmp_path_factory.mktemp("photograph") / "astronaut.png"
    write_png(path, read_image(example_photograph())[:224, 112:336])
    return path


@pytest.fixture(scope="module")
def original(judges, photograph):
    return Original(
        read_photograph(photograph), judges, "astronaut.png"
    )


class Changed:
    """Edits that a function of picture, expression and intensity makes."""

    def __init__(self, change):
        self._change = change

    def changes(self, mixes):
        return [
            types.SimpleNamespace(apply=lambda picture, transform, what=what:
                                  self._change(picture.copy(), *what))
            for mix in mixes for what in mix
        ]


def measured(original, change):
    method = Method(
        "changed", tiny_config(), CLASSES, lambda face: Changed(change)
    )
    return measure_photograph(original, method, CLASSES)


def scored(*items):
    return measure(PhotographScores(), Scored(
        [item.values for item in items], CLASSES, (*CLASSES, NEUTRAL)
    ))[0]


def test_a_copy_scores_what_doing_nothing_is_worth(original):
    copy = measure_photograph(original, Method.copy(CLASSES), CLASSES)
    values = scored(copy)
    assert values["identity"] == pytest.approx(1, abs=1e-5)
    for name in (
        "beyond_largest", "beyond_mean", "zero_largest", "zero_mean", "lost",
        "correlation", "correlation_log_odds",
    ):
        assert values[name] == 0, name
    assert values["sharpness_kept"] == 1
    # Nothing changed: there is no region to tell the sharpness of.
    assert np.isnan(values["sharpness_changed"])
    # The judge takes the photograph for one thing, whatever was asked for.
    seen = copy.values["before"].argmax()
    assert values["accuracy"] == pytest.approx(
        1 / 3 if seen < 3 else 0
    )
    assert values["neutral_before"] == float(seen == 3)
    np.testing.assert_allclose(
        copy.values["probabilities"].sum(axis=-1), 1, rtol=1e-5
    )
    assert np.array_equal(copy.before, copy.after[2][-1])


def test_changes_are_measured_where_they_are(original):
    y, x = np.argwhere(original.beyond)[0]
    face = original.face
    assert 0.1 < face.mean() < 0.4
    assert not (face & original.beyond).any()

    def change(picture, expression, intensity):
        if expression == "happy":
            # A pixel of the background.
            step = 40 * intensity
            picture[y, x] = picture[y, x] + np.where(
                picture[y, x] < 128, step, -step
            )
        elif expression == "sad":
            # Half of the contrast is a quarter of the variance.
            picture = np.rint(picture * (1 - 0.5 * intensity)).astype("uint8")
        return picture

    values = measured(original, change).values
    assert list(values["beyond_largest"][0]) == [0, 12, 24, 40]
    np.testing.assert_allclose(
        values["beyond_mean"][0],
        np.array([0, 12, 24, 40]) / original.beyond.sum(), rtol=1e-6,
    )
    assert list(values["sharpness_kept"][0]) == [1] * 4
    assert np.isnan(values["sharpness_changed"][0]).all()
    assert values["sharpness_changed"][1, -1] == pytest.approx(0.25, abs=0.03)
    assert (values["largest"][:, 0] == 0).all()
    assert values["identity"][1, -1] < 1 - 1e-4


def test_a_face_that_is_gone_is_left_out_and_counted(original):
    def change(picture, expression, intensity):
        if expression == "sad" and intensity == 1:
            picture[~original.beyond] = 128
        return picture

    found = measured(original, change)
    assert found.values["lost"].sum() == found.values["lost"][1, -1] == 1
    assert np.isnan(found.values["probabilities"][1, -1]).all()
    assert np.isnan(found.values["identity"][1, -1])
    values = scored(found)
    assert values["lost"] == pytest.approx(1 / 9)
    assert np.isnan(values["accuracy_sad"])
    assert values["identity"] == pytest.approx(1, abs=1e-5)


def test_judges_know_neutral_and_nobody_they_are_tested_on(dataset, judges):
    assert judges.expression.names == (*CLASSES, NEUTRAL)
    learn, held_out = faces_of(dataset, judges.expression.config)
    assert set(learn["subject"]) == {"s0", "s1", "s2", "s3"}
    assert set(held_out["subject"]) == {"s4", "s5"}
    assert (held_out["expression"] == NEUTRAL).sum() == 2
    found = judges.worth
    assert found["images"] == {"happy": 6, "sad": 6, "surprise": 6,
                               NEUTRAL: 2}
    # The judges saw drawn faces for seconds only; chance is a quarter.
    assert found["accuracy"] > 0.35
    assert found["accuracy"] == pytest.approx(
        np.mean(list(found["by_class"].values()))
    )
    assert found["same"] > found["other"]
    assert found["same_pairs"] == 2 * (10 * 9 // 2)


def test_neutral_faces_of_people_who_show_nothing_else(dataset):
    """They are in no other split: most are learned from, some are not."""
    splits = {
        **dataset.splits, "train": {
            **dataset.splits["train"], "subjects": {"s0": 9, "s1": 9},
        },
    }
    bare = Dataset(
        dataset.folder, dataset.image_size, dataset.classes, splits
    )
    learn, held_out = faces_of(bare, tiny_config(classes=(*CLASSES, NEUTRAL)))
    neutral = held_out["expression"] == NEUTRAL
    assert set(held_out["subject"][neutral]) == {"s2", "s4", "s5"}
    assert "s2" not in set(learn["subject"][learn["expression"] == NEUTRAL])


def without(dataset, split):
    return Dataset(dataset.folder, dataset.image_size, dataset.classes, {
        name: entry for name, entry in dataset.splits.items() if name != split
    })


def test_what_cannot_judge_photographs(dataset, folder, tmp_path):
    for split, part in ((NEUTRAL, "neutral faces"), ("test", "named test")):
        with pytest.raises(UserError, match=f"--judge_data=.*{part}"):
            jury(without(dataset, split), None, tmp_path)
    with pytest.raises(UserError, match="--judge_model does not know neutral"):
        jury(None, ExpressionClassifier(tiny_config()), tmp_path)
    assert visible(tmp_path) == []
    with pytest.raises(UserError, match="does not know happy, sad: it knows"):
        common_expressions([Method.copy(CLASSES)], NAMES)
    with pytest.raises(UserError, match="known to all"):
        common_expressions([Method.copy(CLASSES), Method.copy(["fear"])],
                           CLASSES)


def test_a_classifier_of_the_users_own_judges(
    dataset, judges, folder, photograph
):
    config = tiny_config(classes=(*CLASSES, NEUTRAL))
    classifier = ExpressionClassifier(config)
    alone = jury(None, classifier, folder)
    assert alone.identity is alone.worth is None
    original = Original(read_photograph(photograph), alone, "astronaut.png")
    values = scored(
        measure_photograph(original, Method.copy(CLASSES), CLASSES)
    )
    assert np.isnan(values["identity"]) and np.isnan(values["harmonic"])
    assert values["probability"] > 0
    # With data beside it this tells what it is worth, and judges people.
    both = jury(dataset, classifier, folder)
    assert both.expression.see == classifier.probabilities
    assert both.identity is not None
    assert 0 <= both.worth["accuracy"] <= 1


def refusing(name, refused):
    """A method that changes nothing and does not take some pictures."""
    def edits(face):
        if any(np.array_equal(face.picture, each) for each in refused):
            raise UserError("turned too far")
        return Changed(lambda picture, expression, intensity: picture)

    return Method(name, tiny_config(), CLASSES, edits)


def test_methods_that_take_other_faces(photograph, judges, tmp_path, capsys):
    picture = read_image(photograph)
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    files = [tmp_path / "first.png", tmp_path / "second.png"]
    for path, pixels in zip(files, (picture, mirrored), strict=True):
        write_png(path, pixels)
    first, second, copy = columns = measure_photographs(files, [
        refusing("all", []), refusing("some", [mirrored]),
        Method.copy(CLASSES),
    ], judges, CLASSES)
    assert first.failed == copy.failed == {}
    assert second.failed == {str(files[1]): f"{files[1]}: turned too far"}
    assert capsys.readouterr().err == (
        f"some: left out: {files[1]}: turned too far\n"
    )
    # What all edit is one photograph, whose values are those of the second.
    assert first.common == second.common == second.values
    assert len(first.scored.values["before"]) == 2
    write_photographs_report(
        columns, judges, CLASSES, None, tmp_path / "report"
    )
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "Photographs that every method edits" in text
    assert "<td>turned too far</td><td>0</td><td>1</td><td>0</td>" in text
    with pytest.raises(UserError, match=r"the first: .*/first\.png"):
        measure_photographs(files[:1], [
            refusing("some", [picture]), Method.copy(CLASSES),
        ], judges, CLASSES)


def test_expressions_are_borrowed_from_true_photographs(
    photograph, dataset, judges, tmp_path
):
    lent = lend(dataset, judges.expression, ExprGAN(tiny_config()))
    assert lent.names == lent.classes == CLASSES
    held_out = faces_of(dataset, judges.expression.config)[1]
    for name, image in zip(lent.names, lent.images, strict=True):
        same = (held_out["image"] == image).all(axis=(1, 2, 3))
        assert list(held_out["expression"][same]) == [name]
    asked = []

    def note(picture, what, intensity):
        asked.append((what, intensity))
        return picture

    method = Method("noted", tiny_config(), CLASSES, lambda face: Changed(note))
    columns = measure_photographs(
        [photograph], [method, Method.copy(("sad", "happy"))], judges,
        CLASSES, lent=lent,
    )
    codes = [(what, share) for what, share in asked if type(what) is not str]
    np.testing.assert_array_equal([what for what, _ in codes], lent.codes)
    assert {share for _, share in codes} == {1.0}
    first, copy = (column.showcase.shown for column in columns)
    assert len(first[str(photograph)].borrowed) == 3
    # Codes have an order of classes.
    assert copy[str(photograph)].borrowed == []
    write_photographs_report(columns, judges, CLASSES, lent, tmp_path / "out")
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert text.count("<h3>Expression transfer by noted (Fig. 4)") == 1


@pytest.fixture(scope="module")
def photos(photograph, tmp_path_factory):
    """A photograph, and two files that cannot be edited."""
    made = tmp_path_factory.mktemp("photos")
    shutil.copy(photograph, made)
    (made / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    write_png(made / "gray.png", np.full((40, 40, 3), 128, "uint8"))
    return made


def test_the_command(photos, data_dir, judges, folder, tmp_path, capsys):
    shifting().save(tmp_path / "motion.keras")
    output = tmp_path / "report"
    flags = (
        f"--photos={photos}", f"--judge_data={data_dir}",
        f"--judges={folder}", "--methods=motion",
        f"--motion_model={tmp_path / 'motion.keras'}", "--keep_pictures",
        "--edits_csv", f"--output={output}",
    )
    result = run_here("evaluate", *flags, capsys=capsys)
    assert result.returncode == 0, result.stderr
    assert "expression right at intensity 1, by our judge" in result.stdout
    assert visible(output) == [
        "edits_motion.csv", "metrics.json", "pictures", "report.html",
    ]
    found = json.loads((output / "metrics.json").read_text())
    motion, copy = found["columns"].values()
    assert list(found["columns"]) == ["motion", "copy of input"]
    assert (motion["photographs"], motion["edits"]) == (1, 9)
    assert copy["metrics"]["identity"] == 1
    assert copy["metrics"]["correlation"] == 0
    assert motion["metrics"]["zero_largest"] == 0
    # Only happy moves what this model sees.
    assert motion["metrics"]["sharpness_changed"] > 0
    assert set(motion["failed"]) == {
        str(photos / name) for name in ("broken.jpg", "gray.png")
    }
    assert any("no face found" in why for why in motion["failed"].values())
    assert found["judges"]["images"][NEUTRAL] == 2
    with (output / "edits_motion.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 4
    assert {row["source"] for row in rows} == {str(photos / "astronaut.png")}
    truth = read_image(photos / "astronaut.png")
    for row in rows:
        same = np.array_equal(read_image(row["edited"]), truth)
        assert same == (
            row["expression"] != "happy" or float(row["intensity"]) == 0
        )
    text = (output / "report.html").read_text("utf-8")
    page = Outline(text)
    assert all(load.startswith("data:image/") for load in page.loads)
    assert all(image["alt"] for image in page.images)
    assert all(after - before <= 1 for before, after in zip(
        page.levels, page.levels[1:], strict=False
    ))
    for part in ("(Fig. 2)", "(Fig. 3)", "motion: Worst by our judges",
                 "no face found", "area under the ROC curve"):
        assert part in text
    # Nothing that somebody has changed is replaced.
    picture = next((output / "pictures" / "motion").glob("*happy_1.00.png"))
    picture.write_bytes(b"mine")
    result = run_here("evaluate", *flags, capsys=capsys)
    assert_one_clear_line(result, picture.name, "was not written by exprgan")
    assert picture.read_bytes() == b"mine"


def test_flags_that_are_wrong_are_one_line(photos, data_dir, tmp_path, capsys):
    given = (f"--photos={photos}", f"--judge_data={data_dir}",
             f"--output={tmp_path / 'out'}")
    for flag, part in (
        ("--methods=moton", "must be of motion, animate, decoder"),
        ("--motion_model=" + str(tmp_path / "none.keras"), "does not exist"),
        ("--model=" + str(tmp_path / "none.keras"), "none.keras"),
        (f"--judge_data={photos}", f"--judge_data={photos}: no dataset.json"),
    ):
        result = run_here("evaluate", *given, flag, capsys=capsys)
        assert_one_clear_line(result, part)
    assert not (tmp_path / "out").exists()
