"""Oulu-CASIA in each layout, and the authors' file of its split."""

import pytest
from source_trees import plant, read, reasons

from exprgan_tf.data.sources import SOURCES
from exprgan_tf.data.sources.oulu_split import read_split
from exprgan_tf.errors import UserError

OULU_WORDS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")


def oulu_sequences(subjects=("P001", "P073"), frames=5):
    return [
        (subject, word, number) for subject in subjects
        for word in ("Anger", "Surprise") for number in range(frames)
    ]


OULU_LAYOUTS = {
    "original": "OriginalImg/VL/Strong/{}/{}/{:03d}.jpeg",
    "packed": "B_OriginalImg/OriginalImg/VL/Strong/{}/{}/{:03d}.jpeg",
    "cropped": "PreProcess Img/VL_Acropped/Strong/{}/{}/{:03d}.jpeg",
    "bare": "{}/{}/{:03d}.jpg",
    "flat": "{}_{}_{:03d}.jpeg",
    "flat with light": "Strong_{}_{}_{:03d}.jpeg",
}


@pytest.mark.parametrize("layout", OULU_LAYOUTS)
def test_oulu(layout, tmp_path):
    pattern = OULU_LAYOUTS[layout]
    plant(tmp_path, *(pattern.format(*key) for key in oulu_sequences()))
    source, photos = read("oulu", tmp_path)
    assert photos == {
        pattern.format(subject, word, number): (
            {"Anger": "angry", "Surprise": "surprise"}[word],
            subject, {"P001": "train", "P073": "test"}[subject],
        )
        for subject, word, number in oulu_sequences() if number >= 2
    }
    assert source.names_subjects and not source.skipped


def test_oulu_takes_one_camera_and_light(tmp_path):
    plant(
        tmp_path, "VL/Strong/P001/Anger/000.jpeg",
        "VL/Weak/P001/Anger/000.jpeg", "VL/Dark/P001/Anger/000.jpeg",
        "NI/Strong/P001/Anger/000.jpeg", "Dark_P001_Anger_000.jpeg",
        "VL/Strong/P001/Boredom/000.jpeg", "VL/Strong/P001/cover.jpeg",
    )
    source, photos = read("oulu", tmp_path)
    assert list(photos) == ["VL/Strong/P001/Anger/000.jpeg"]
    assert set(reasons(source)) == {"000.jpeg", "cover.jpeg"}


@pytest.mark.parametrize(
    "names",
    [
        ("OriginalImg/VL/Strong/P001/Anger/000.jpeg",
         "PreProcess Img/VL_Acropped/Strong/P001/Anger/000.jpeg"),
        ("OriginalImg/VL/Strong/P001/Anger/000.jpeg",
         "PreProcess Img/VL_Acropped/Strong/P002/Anger/000.jpeg"),
        ("one/P001/Anger/000.jpeg", "two/P001/Anger/000.jpeg"),
    ],
)
def test_oulu_twice_is_an_error(names, tmp_path):
    plant(tmp_path, *names)
    with pytest.raises(UserError, match=r"twice.* as --input"):
        SOURCES["oulu"](tmp_path).photos()


def python2_pickle(table):
    """Opcodes of protocol 0, as Python 2 writes a table of tables."""
    memo = iter(range(10_000))

    def put():
        return f"p{next(memo)}\n"

    text = "(d" + put()
    for split, labels in table.items():
        text += f"S'{split}'\n{put()}(d{put()}"
        for name, label in labels.items():
            text += f"S'{name}'\n{put()}I{label}\ns"
        text += "s"
    return (text + ".").encode("ascii")


def small_split():
    table = {"test": {}, "train": {}}
    for subject, word, number in oulu_sequences():
        if number >= 2:
            split = "train" if subject == "P001" else "test"
            name = f"{subject}/{word}/{number:03d}.jpeg"
            table[split][name] = OULU_WORDS.index(word)
    return table


def test_oulu_split_file_gives_what_the_rule_gives(tmp_path):
    pattern = OULU_LAYOUTS["original"]
    folder = plant(
        tmp_path / "set", *(pattern.format(*key) for key in oulu_sequences())
    )
    path = tmp_path / "split.pickle"
    path.write_bytes(python2_pickle(small_split()))
    assert len(read_split(path)) == 12
    rule = SOURCES["oulu"](folder).photos()
    assert SOURCES["oulu"](folder, split_file=path).photos() == rule


def test_oulu_split_file_is_followed(tmp_path):
    folder = plant(tmp_path / "set", *(
        OULU_LAYOUTS["bare"].format(*key) for key in oulu_sequences()
    ))
    path = tmp_path / "split.pickle"
    path.write_bytes(python2_pickle({
        "train": {"P073/Anger/000.jpeg": 0, "P073/Anger/009.jpeg": 0},
        "test": {"P001/Surprise/001.jpeg": 5},
    }))
    source, photos = read("oulu", folder, split_file=path)
    assert photos == {
        "P001/Surprise/001.jpg": ("surprise", "P001", "test"),
        "P073/Anger/000.jpg": ("angry", "P073", "train"),
    }
    ((name, why),) = source.skipped
    assert name == "P073/angry/009" and "but not there" in why


@pytest.mark.parametrize(
    "content, message",
    [
        (b"cos\nsystem\n(S'touch {mark}'\ntR.", "os.system"),
        (b"(S'touch {mark}'\nios\nsystem\n.", "os.system"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"),
        (b"\x80\x02cbuiltins\neval\n.", "builtins.eval"),
        (b"P1\n.", "cannot be read"),
        (b"", "cannot be read"),
        (b"no pickle", "cannot be read"),
        (b"(dp0\nS'train'\n", "cannot be read"),
        (b"(lp0\n.", "not a table of the splits"),
        (b"(dS'train'\n(ds.", "not a table of the splits"),
        (b"(dS'train'\n(lsS'test'\n(ds.", "train is not a table of labels"),
        (python2_pickle({"train": {}, "test": {}}), "lists no picture"),
        (python2_pickle({"train": {"../P001/Anger/1.jpeg": 0}, "test": {}}),
         "is not like P001/Anger/014.jpeg"),
        (python2_pickle({"train": {"P001/Anger/1.jpeg": 1}, "test": {}}),
         "has 1 as its label in place of 0"),
        (python2_pickle({"train": {"P001/Anger/1.jpeg": "00"}, "test": {}}),
         "has a bool as its label"),
        (python2_pickle({"train": {"P001/Anger/1.jpeg": 0},
                         "test": {"P001/Fear/1.jpeg": 2}}),
         "P001 is in both train and test"),
    ],
)
def test_oulu_split_file_is_not_trusted(content, message, tmp_path):
    mark = tmp_path / "mark"
    path = tmp_path / "split.pickle"
    path.write_bytes(content.replace(b"{mark}", bytes(mark)))
    with pytest.raises(UserError, match=message) as caught:
        read_split(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert not mark.exists()


def test_oulu_split_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"gone\.pickle"):
        SOURCES["oulu"](tmp_path, split_file=tmp_path / "gone.pickle")
