"""What generated or edited faces add to a classifier of true ones."""

import json

import numpy as np
import pytest
from commands import assert_one_clear_line, run_here
from conftest import CLASSES, tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.data.records import Dataset
from exprgan_tf.editing.new_faces import write_records
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.augmented import perform, trials
from exprgan_tf.evaluation.augmented.faces import Faces, folds
from exprgan_tf.evaluation.augmented.perform import made_faces_table
from exprgan_tf.evaluation.augmented.scores import MEAN, Answered, rows_of
from exprgan_tf.evaluation.augmented.trials import Arm, answers, arms


@pytest.fixture(scope="module")
def true(dataset):
    return Faces.of(dataset, tiny_config())


@pytest.fixture(scope="module")
def made_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "records"
    write_records(ExprGAN(tiny_config()), 30, folder)
    return folder


def faces(labels, subjects=None, value=0):
    labels = np.array(labels)
    return Faces(
        np.full((len(labels), 4, 4, 3), value, "uint8"), labels,
        np.array(subjects or ["p"] * len(labels)),
    )


def test_all_labelled_splits_are_there_and_no_reference(true, dataset):
    labelled = sum(
        split["records"] for name, split in dataset.splits.items()
        if name in ("train", "validation", "test")
    )
    assert len(true) == labelled
    assert set(true.label) == {0, 1, 2}
    assert true.image.dtype == np.uint8


def test_every_person_is_tested_once_and_never_learned_from(true, dataset):
    tested = []
    for learn, test in folds(true, 3, dataset):
        assert not set(true.subject[learn]) & set(true.subject[test])
        tested += test.tolist()
    assert sorted(tested) == list(range(len(true)))
    [(learn, test)] = folds(true, 1, dataset)
    assert set(true.subject[learn]) == set(dataset.subjects("train"))
    assert set(true.subject[test]) == set(dataset.subjects("test"))


def test_fewer_are_among_more_and_classes_are_even():
    some = faces([0] * 10 + [1] * 3 + [2] * 7, [f"p{i}" for i in range(20)])
    names = {
        count: set(some.first(count, np.random.default_rng(1)).subject)
        for count in (3, 6, 9, 100)
    }
    assert names[3] < names[6] < names[9] < names[100]
    even = some.first(9, np.random.default_rng(1))
    assert np.bincount(even.label).tolist() == [3, 3, 3]
    people = [
        set(some.of_people(count, np.random.default_rng(1)).subject)
        for count in (2, 5, 0)
    ]
    assert people[0] < people[1] < people[2]
    assert [len(names) for names in people] == [2, 5, 20]


def test_classes_are_even_and_true_faces_are_most_of_theirs():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    is_true = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0], bool)
    likely = trials._likely(labels, is_true)
    np.testing.assert_allclose(
        [likely[labels == label].sum() for label in range(3)], 1 / 3
    )
    # One true face beside three made ones, and none beside two.
    np.testing.assert_allclose(likely[3], 1 / 4)
    np.testing.assert_allclose(likely[4:7], 1 / 36)
    np.testing.assert_allclose(likely[7:], 1 / 6)


def test_no_made_face_of_a_tested_person_is_learned_from(
    true, dataset, monkeypatch
):
    """Edits of a tested person's photograph would give the person away."""
    lent = []

    def answer(arm, learned, made, asked, *rest):
        lent.append((set(made.subject), set(asked.subject), len(learned)))
        return asked.label

    monkeypatch.setattr(perform, "answers", answer)
    table = made_faces_table(dataset, dataset, (9,), number=2, seeds=1)
    for made, asked, _ in lent:
        assert made and not made & asked
    assert [row[MEAN]["right"] for row in table["rows"]] == [1.0, 1.0]


def test_a_classifier_learns_what_only_made_faces_show(config):
    """Bright is class 1; no true face of it is learned from."""
    dark, bright = faces([0] * 30), faces([1] * 30, value=220)
    asked = Faces(
        np.concatenate([dark.image[:5], bright.image[:5]]),
        np.repeat([0, 1], 5), np.repeat("q", 10),
    )
    config = config.replace(classes=("a", "b"))
    asked, dark, bright = (
        Faces(np.repeat(np.repeat(part.image, 8, 1), 8, 2), part.label,
              part.subject)
        for part in (asked, dark, bright)
    )
    steps = []
    for made, right in ((0, 0.5), (30, 1.0)):
        found = answers(
            Arm(0, made), dark, bright, asked, config, 1, 60,
            lambda: steps.append(1),
        )
        assert (found == asked.label).mean() == right
    assert len(steps) == 120


def test_shares_and_gains_are_those_of_hand():
    label = np.array([0, 0, 1, 1, 1, 2])
    subject = np.array(["a", "b", "a", "b", "b", "b"])
    none, some = arms((0,), (7,))
    rows = rows_of(Answered(("x", "y", "z"), label, subject, {
        none: np.array([[0, 1, 1, 0, 1, 0], [0, 0, 1, 0, 1, 0]]),
        some: np.array([[0, 0, 1, 1, 1, 0], [0, 0, 1, 1, 1, 2]]),
    }))
    assert [(row["people"], row["made"]) for row in rows] == [(0, 0), (0, 7)]
    first, second = rows
    shares = [told["right"] for told in first["classes"].values()]
    np.testing.assert_allclose(shares, [3 / 4, 2 / 3, 0])
    np.testing.assert_allclose(first[MEAN]["right"], np.mean(shares))
    np.testing.assert_allclose(
        [told["gain"] for told in second["classes"].values()],
        [1 / 4, 1 / 3, 1 / 2],
    )
    low, high = second[MEAN]["gain_interval"]
    assert low <= second[MEAN]["gain"] <= high
    assert first[MEAN]["gain"] == 0
    np.testing.assert_allclose(
        second["seeds"], [(1 + 1 + 0) / 3, (1 + 1 + 1) / 3]
    )


def test_the_command_writes_a_report_and_says_what_was_best(
    data_dir, made_dir, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(trials, "_LEAST_STEPS", 3)
    output = tmp_path / "out"

    def evaluate(people):
        return run_here(
            "evaluate", f"--data_dir={data_dir}", f"--output={output}",
            f"--augmentation_data={made_dir}", "--augmentation_counts=12",
            f"--augmentation_people={people}", "--augmentation_folds=2",
            "--augmentation_seeds=1", capsys=capsys,
        )

    result = evaluate("2,0")
    assert result.returncode == 0, result.stderr
    assert "With 2 people" in result.stdout
    assert "With everybody" in result.stdout
    values = json.loads((output / "metrics.json").read_text("utf-8"))
    assert [(row["people"], row["made"]) for row in values["rows"]] == [
        (2, 0), (2, 12), (0, 0), (0, 12),
    ]
    assert set(values["tested"]) == set(CLASSES)
    assert "<img" in (output / "report.html").read_text("utf-8")

    # Killed and called again it goes on, for some of the numbers, too.
    def answer(*arguments):
        raise AssertionError("this classifier has answered")

    monkeypatch.setattr(perform, "answers", answer)
    (output / "metrics.json").unlink()
    again = evaluate("0")
    assert again.returncode == 0, again.stderr
    values = json.loads((output / "metrics.json").read_text("utf-8"))
    assert [row["made"] for row in values["rows"]] == [0, 12]
    # What depends on more than was asked before is learned anew.
    with pytest.raises(AssertionError, match="has answered"):
        made_faces_table(
            Dataset.open(data_dir), Dataset.open(made_dir), (12,), number=2,
            steps=4, folder=output,
        )


def test_what_cannot_be_compared_is_one_line(
    data_dir, made_dir, tmp_path, capsys
):
    given = (f"--data_dir={data_dir}", f"--output={tmp_path / 'out'}",
             f"--augmentation_data={made_dir}")
    for flag, part in (
        ("--augmentation_counts=31", "only 30 faces of"),
        ("--augmentation_folds=99", "--augmentation_folds=99"),
        ("--augmentation_people=0,50", "--augmentation_people=50: in each"),
        ("--augmentation_data=" + str(tmp_path), "no dataset.json"),
    ):
        result = run_here(
            "evaluate", *given, "--augmentation_counts=6", flag,
            capsys=capsys,
        )
        assert_one_clear_line(result, part)
    assert not (tmp_path / "out").exists()


def test_faces_of_tested_people_are_not_counted(dataset):
    """A number that a fold cannot have would be told of fewer faces."""
    whole = sum(
        dataset.splits[name]["records"] for name in ("train", "test")
    )
    with pytest.raises(UserError, match=f"counts={whole}: in each fold only"):
        made_faces_table(dataset, dataset, (whole,), number=2)


def test_strange_classes_and_missing_test_people_are_refused(dataset):
    strange = Dataset(
        dataset.folder, 32, ("happy", "grumpy"), dataset.splits
    )
    with pytest.raises(UserError, match="shows grumpy, which"):
        made_faces_table(dataset, strange, (3,))
    alone = Dataset(
        dataset.folder, 32, CLASSES, {"train": dataset.splits["train"]}
    )
    with pytest.raises(UserError, match="nobody in a split named test"):
        made_faces_table(alone, dataset, (3,), number=1)
