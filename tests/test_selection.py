"""Which photographs a data set takes, and into which split."""

import dataclasses
import pathlib

import pytest
from conftest import tiny_config
from listed_photographs import ALIGNED, Listed, face_files, listed

from exprgan_tf.data import subjects as data_subjects
from exprgan_tf.data.checking import check
from exprgan_tf.data.preparing import writing
from exprgan_tf.data.preparing.request import Selection, parse_classes
from exprgan_tf.data.preparing.selection import select
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources.base import Photo
from exprgan_tf.errors import UserError


def photos_of(subjects=10, **counts):
    return [
        Photo(pathlib.Path(f"{name}{index}.png"), name,
              f"s{index % subjects}")
        for name, count in counts.items() for index in range(count)
    ]


def test_classes_pick_merge_and_rename():
    photos = photos_of(happy=4, angry=3, disgust=2, fear=2, neutral=2)
    selection = Selection(parse_classes(["joy=happy", "upset=angry+disgust"]))

    chosen, left_out = select(photos, selection)

    found = [(photo.expression, photo.split) for photo in chosen]
    assert found.count(("neutral", "neutral")) == 2
    assert sum(name == "upset" for name, _ in found) == 5
    assert {name for name, _ in found} == {"joy", "upset", "neutral"}
    assert left_out == [
        ("fear0.png", "fear is not among --classes"),
        ("fear1.png", "fear is not among --classes"),
    ]


@pytest.mark.parametrize("items, message", [
    (["a=b", "a=c"], "new NAME"), (["=b"], "NAME"), (["a=b+"], "NAME"),
    (["a=b", "c=b+d"], "b is in both a and c"),
])
def test_wrong_classes(items, message):
    with pytest.raises(UserError, match=message):
        parse_classes(items)


def test_a_class_without_pictures_is_named():
    with pytest.raises(UserError, match=r"shows wink.*happy"):
        select(photos_of(happy=4), Selection(parse_classes(["happy", "wink"])))


def test_fractions_split_by_subject():
    photos = photos_of(20, happy=40, sad=40)

    chosen, _ = select(photos, Selection(test_fraction=0.2, val_fraction=0.25))

    homes = {}
    for photo in chosen:
        homes.setdefault(photo.split, set()).add(photo.subject)
    assert {name: len(subjects) for name, subjects in homes.items()} == {
        "train": 12, "validation": 4, "test": 4,
    }
    assert not homes["train"] & (homes["validation"] | homes["test"])


def test_without_subjects_each_picture_is_one():
    photos = [
        dataclasses.replace(photo, subject=None) for photo in
        photos_of(happy=10)
    ]

    chosen, _ = select(photos, Selection(), names_subjects=False)

    assert len({photo.subject for photo in chosen}) == 10
    assert all(photo.subject.startswith("file-") for photo in chosen)


def test_samples_do_not_depend_on_where_a_set_lies(tmp_path):
    """Nor on how its path is written, relative or absolute."""
    def kept(folder):
        photos = [
            dataclasses.replace(photo, path=folder / photo.path, subject=None)
            for photo in photos_of(happy=30)
        ]
        # A table may name some of its files by absolute paths.
        photos[0] = dataclasses.replace(
            photos[0], path=photos[0].path.absolute()
        )
        chosen, _ = select(photos, Selection(max_per_class=5))
        return sorted(photo.path.name for photo in chosen)

    assert kept(pathlib.Path("here")) == kept(tmp_path / "else" / "where")


@pytest.mark.parametrize("kind, expected", [
    ("none", (6, 2)), ("trim", (2, 2)), ("repeat", (6, 6)),
])
def test_balance(tmp_path, kind, expected):
    happy = face_files(tmp_path / "happy", 7)
    sad = face_files(tmp_path / "sad", 3, color=9)
    photos = [
        Photo(path, name, f"{name}{index}")
        for name, paths in (("happy", happy), ("sad", sad))
        for index, path in enumerate(paths)
    ]
    photos = [
        dataclasses.replace(
            photo, split="test" if photo.subject.endswith("0") else "train"
        ) for photo in photos
    ]

    summary = writing.make_dataset(
        Listed(photos), tmp_path / "data", Selection(balance=kind), ALIGNED,
        workers=1,
    )

    counts = summary["splits"]["train"]["expressions"]
    assert (counts["happy"], counts["sad"]) == expected
    assert summary["splits"]["test"]["records"] == 2
    assert check(tmp_path / "data")[0] == []


def test_max_per_class():
    chosen, left_out = select(
        photos_of(happy=40, sad=3), Selection(max_per_class=5)
    )

    counts = {}
    for photo in chosen:
        key = photo.split, photo.expression
        counts[key] = counts.get(key, 0) + 1
    assert counts["train", "happy"] == 5
    assert len(chosen) + len(left_out) == 43


def test_a_validation_split_serves_pictures_not_training(tmp_path):
    paths = face_files(tmp_path / "a", 30)
    output = tmp_path / "data"
    writing.make_dataset(
        Listed(listed(paths)), output, Selection(val_fraction=0.2), ALIGNED,
        workers=1,
    )
    dataset = Dataset.open(output)
    config = tiny_config(classes=("happy", "sad"))

    split, subjects = data_subjects.validation_part(dataset, config)

    assert (split, len(subjects)) == ("validation", 1)
    assert not set(subjects) & set(
        data_subjects.training_subjects(dataset, config)
    )
