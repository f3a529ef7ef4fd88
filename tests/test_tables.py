"""Manifests as people and spreadsheets write them."""

import json
import unicodedata

import numpy as np
import pytest
from listed_photographs import ALIGNED
from PIL import Image
from source_trees import plant, read, reasons, write

from exprgan_tf.data.preparing import writing
from exprgan_tf.data.preparing.request import Options, Selection
from exprgan_tf.data.preparing.selection import notes_on, select
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.errors import UserError

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
LANDMARKS = [f"{point}_{axis}" for point in POINTS for axis in "xy"]
# In a face whose side is 1.
PLACES = np.array(
    [(.36, .368), (.64, .368), (.5, .532), (.387, .692), (.613, .692)]
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [
    "Path,EXPRESSION,Subject,Split,Intensity\nin\\a.png,Happy,ann,Train,0.5\n",
    "path;expression;subject;split;intensity\nin/a.png;happy;ann;TRAIN;0,5\n",
    "path\texpression\tsubject\tsplit\tintensity\n"
    "in\\a.png\thappy\tann\ttraining\t0.5\n",
    'path,expression,subject,split,intensity\n"in/a.png",happy,ann,train,"0,5"',
    "\n\npath,expression,subject,split,intensity\n\nin/a.png,happy,ann,train,.5",
    "sep=;\npath;expression;subject;split;intensity\n"
    "in/a.png;happy;ann;train;0,5;\n",
])
def test_tables_of_spreadsheets(tmp_path, text, encoding):
    plant(tmp_path, "in/a.png")
    (tmp_path / "manifest.csv").write_bytes(text.encode(encoding))
    source, photos = read("manifest", tmp_path)
    assert photos == {"in/a.png": ("happy", "ann", "train")}
    photo, = source.photos()
    assert photo.intensity == 0.5


@pytest.mark.parametrize("word, split", [
    ("val", "validation"), ("Valid", "validation"), ("Test", "test"),
    ("neutral", "neutral"), ("Extra", "Extra"),
])
def test_splits_are_called_as_folders_may_be(tmp_path, word, split):
    plant(tmp_path, "a.png")
    write(tmp_path / "manifest.csv",
          f"path,expression,split\na.png,sad,{word}\n")
    assert read("manifest", tmp_path)[1]["a.png"][2] == split


@pytest.mark.parametrize("content, message", [
    (b"file,emotion\na.png,sad\n", "'path': it has 'file', 'emotion'"),
    ("path,expression\nM\u00fc.png,sad\n".encode("latin-1"), "CSV in UTF-8"),
    (b"", "it has none"), (b"\n\n", "it has none"),
    (b"path,expression,Expression\na.png,sad,happy\n", "two columns 'expr"),
    (b"path,expression,split,split\na.png,sad,train,test\n", "two columns 's"),
    (b"path,expression\na.png,sad\nb,c.png,sad\n", "line 3: more values"),
    (b"path,expression\n" + 300 * b"a" + b".png,sad\n", "none of its 1"),
])
def test_tables_that_cannot_be_taken(tmp_path, content, message):
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(UserError, match=message):
        Manifest(tmp_path).photos()


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_are_found_however_they_are_written(tmp_path, forms):
    listed, there = (
        unicodedata.normalize(form, "M\u00fcnch/Zo\u00eb.png")
        for form in forms
    )
    plant(tmp_path, there)
    write(tmp_path / "manifest.csv", f"path,expression\n{listed},sad\n")
    photo, = Manifest(tmp_path).photos()
    assert photo.path.is_file()


def group(folder):
    """Three faces of 100 pixels beside each other, red, green and blue."""
    picture = np.zeros((100, 300, 3), "uint8")
    for face in range(3):
        picture[:, 100 * face : 100 * (face + 1), face] = 200
    Image.fromarray(picture).save(folder / "three.png")


def rows(*entries):
    """Lines of a manifest; an entry is (file, place, label, who, split)."""
    lines = [",".join(["path", "expression", "subject", "split", *LANDMARKS])]
    for name, place, *labels in entries:
        points = 100 * (PLACES + np.array([place, 0]))
        lines.append(",".join([name, *labels, *map(str, points.ravel())]))
    return "\n".join(lines)


@pytest.fixture
def faces(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    group(folder)
    Image.new("RGB", (100, 100), "white").save(folder / "one.png")
    return folder


def test_each_row_of_a_group_photograph_is_its_own_face(faces, tmp_path):
    """Those of training stay, though another is for testing."""
    write(faces / "manifest.csv", rows(
        ("three.png", 0, "happy", "ann", "train"),
        ("three.png", 1, "sad", "ben", "train"),
        ("three.png", 2, "sad", "cem", "test"),
        ("three.png", 2, "sad", "dan", "train"),
        ("one.png", 0, "happy", "cem", "test"),
    ))
    summary = writing.make_dataset(
        Manifest(faces), tmp_path / "out", options=Options(32), workers=1,
    )

    assert [item["reason"] for item in summary["skipped"]] == [
        f"the same picture as {faces}/three.png of test"
    ]
    found = {}
    from exprgan_tf.data.batches.examples import Records

    dataset = Dataset.open(tmp_path / "out")
    for record in Records([
        tmp_path / "out" / shard["file"] for shard in dataset.shards()
    ]):
        (tmp_path / "face").write_bytes(record["image"])
        color = np.asarray(Image.open(tmp_path / "face"))[8:24, 12:20]
        if color.min() < 100:
            found[record["subject"]] = (
                record["expression"], int(color.mean(axis=(0, 1)).argmax())
            )
    assert found == {"ann": ("happy", 0), "ben": ("sad", 1), "cem": ("sad", 2)}


def test_rows_are_rows_and_the_same_one_twice_is_told(faces, tmp_path):
    lines = rows(
        ("three.png", 0, "happy", "ann", "train"),
        ("three.png", 0, "sad", "ann", "train"),
        ("./three.png", 0, "sad", "ann", "train"),
        ("one.png", 0, "happy", "ben", "test"),
    )
    write(faces / "manifest.csv", lines)
    source = Manifest(faces)
    summary = writing.make_dataset(
        source, tmp_path / "out", options=Options(32), workers=1,
    )
    assert summary["splits"]["train"]["expressions"] == {"happy": 1, "sad": 1}
    assert reasons(source) == {"three.png": "line 4 says the same as line 3"}
    assert summary["notes"] == [
        "pictures with more than one expression: 1, the first: "
        f"{faces}/three.png (happy, sad)"
    ]
    assert "more than one expression" in (
        tmp_path / "out" / "report.html"
    ).read_text()


def test_a_set_without_people_for_testing(faces, tmp_path):
    write(faces / "manifest.csv", "path,expression,subject,split\n"
          "one.png,sad,ann,train\n")
    summary = writing.make_dataset(
        Manifest(faces), tmp_path / "out", options=ALIGNED, workers=1,
    )
    assert list(summary["splits"]) == ["train"]
    assert summary["notes"] == [
        "nobody is in a split named test, to evaluate models on"
    ]
    assert json.loads((tmp_path / "out" / "report.json").read_text())["notes"]


def test_a_split_that_nothing_uses_is_told(faces):
    write(faces / "manifest.csv", rows(
        ("one.png", 0, "sad", "ann", "train"),
        ("three.png", 0, "sad", "ben", "test"),
        ("three.png", 1, "sad", "cem", "dev"),
    ))
    photos, _ = select(Manifest(faces).photos(), Selection())
    assert notes_on(photos) == [
        "split 'dev' is for reference: nothing trains or tests on it"
    ]


def test_a_stray_file_forgets_nobody(tmp_path):
    plant(
        tmp_path, "happy/Thumbs.db", "happy/.DS_Store", "happy/notes.txt",
        "happy/@eaDir/1.jpg", "sad/loose.jpg",
        *(f"{name}/p{person}/{number}.jpg" for name in ("happy", "sad")
          for person in range(3) for number in range(2)),
    )
    source, photos = read("folder", tmp_path)
    assert source.names_subjects and len(photos) == 12
    assert {subject for _, subject, _ in photos.values()} == {"p0", "p1", "p2"}
    assert reasons(source) == {
        "notes.txt": "beside the folders of persons",
        "loose.jpg": "beside the folders of persons",
    }
    plant(tmp_path, "sad/more.jpg")
    assert not read("folder", tmp_path)[0].names_subjects
