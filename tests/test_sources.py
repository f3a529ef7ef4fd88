"""Each source on a tiny tree of each layout that it is found in."""

import os

import pytest
from source_trees import plant, read, reasons, write

from exprgan_tf.data.sources import SOURCES, describe_sources
from exprgan_tf.data.sources.base import Source
from exprgan_tf.errors import UserError


def test_every_source_is_described():
    text = describe_sources()
    for name, source in SOURCES.items():
        assert issubclass(source, Source) and source.name == name
        assert f"--source={name}\n" in text
        for word in ("Layout:", "Licence:"):
            assert word in source.__doc__, name
    assert "Args:" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_the_set_is_one_line(name, tmp_path):
    plant(tmp_path, "notes.txt")
    with pytest.raises(UserError, match="--input=") as caught:
        SOURCES[name](tmp_path).photos()
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="does not exist"):
        SOURCES[name](tmp_path / "nowhere")


def test_hidden_files_and_loops_of_links(tmp_path):
    plant(tmp_path, "happy/1.jpg", "happy/._1.jpg", "__MACOSX/happy/1.jpg")
    (tmp_path / "happy" / "loop").symlink_to(tmp_path)
    _, photos = read("folder", tmp_path)
    assert list(photos) == ["happy/1.jpg"]


# Manifest


def test_manifest(tmp_path):
    plant(tmp_path, "a.png", "b.png", "c.png")
    points = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    columns = ",".join(f"{point}_{axis}" for point in points for axis in "xy")
    write(tmp_path / "manifest.csv", (
        f"\ufeffpath,subject,expression,intensity,split,{columns}\n"
        f"a.png,ann,Happiness,0.5,train,1,2,3,4,5,6,7,8,9.5,10\n"
        f"b.png,,anger,,neutral,,,,,,,,,,\n"
        f"gone.png,bob,sad,1,test,,,,,,,,,,\n"
    ))
    source, photos = read("manifest", tmp_path)
    assert photos == {
        "a.png": ("happy", "ann", "train"),
        "b.png": ("angry", None, "neutral"),
    }
    assert source.names_subjects
    assert reasons(source) == {"gone.png": "listed, but not there"}
    first, second = source.photos()
    assert first.landmarks == ((1, 2), (3, 4), (5, 6), (7, 8), (9.5, 10))
    assert (first.intensity, second.intensity) == (0.5, None)
    assert second.landmarks is None


def test_manifest_of_two_columns_by_its_own_name(tmp_path):
    plant(tmp_path, "a.png")
    path = write(tmp_path / "mine.csv", "path,expression\na.png,sad\n")
    source = SOURCES["manifest"](path)
    (photo,) = source.photos()
    assert (photo.subject, photo.split) == (None, None)
    assert not source.names_subjects
    with pytest.raises(UserError, match=r"has no manifest\.csv"):
        SOURCES["manifest"](tmp_path)


@pytest.mark.parametrize(
    "text, message",
    [
        ("path\na.png\n", "no column 'expression'"),
        ("path,expression\n", "lists no image"),
        ("path,expression\na.png,\n", "line 2: expression is empty"),
        ("path,expression\n,sad\n", "line 2: path is empty"),
        ("path,expression,intensity\na.png,sad,2\n", "line 2: intensity '2'"),
        ("path,expression,intensity\na.png,sad,nan\n", "intensity 'nan'"),
        ('path;expression;nose_x\na.png;sad;1,234\n', "left_eye_x ''"),
        ('path,expression,intensity\na.png,sad,"1,000"\n', "'1,000'"),
        ("path,expression,split\na.png,sad,a/b\n", "line 2: split 'a/b'"),
        ("path,expression,split\na.png,sad,train\na.png,sad,\n",
         "line 3: split ''"),
        ("path,expression,left_eye_x\na.png,sad,3\n", "left_eye_y ''"),
        ("path,expression,subject,split\na.png,sad,x,train\na.png,sad,x,test\n",
         "subject 'x' is in both train and test"),
        ("path,expression\nb.png,sad\n", "none of its 1 images is there"),
        ('path,expression\n"a\0.png",sad\n', "none of its 1 images"),
    ],
)
def test_manifest_names_what_is_wrong(text, message, tmp_path):
    plant(tmp_path, "a.png")
    write(tmp_path / "manifest.csv", text)
    with pytest.raises(UserError, match=message):
        SOURCES["manifest"](tmp_path).photos()


# Folder


def test_folder_without_subjects(tmp_path):
    plant(
        tmp_path, "Happiness/1.jpg", "Happiness/deep/er/2.PNG", "sad/1.jpg",
        "sad/notes.txt", "loose.jpg",
    )
    source, photos = read("folder", tmp_path)
    assert photos == {
        "Happiness/1.jpg": ("happy", None, None),
        "Happiness/deep/er/2.PNG": ("happy", None, None),
        "sad/1.jpg": ("sad", None, None),
        "sad/notes.txt": ("sad", None, None),
    }
    assert not source.names_subjects
    assert reasons(source) == {"loose.jpg": "in no folder of an expression"}


def test_folder_with_subjects_and_splits(tmp_path):
    plant(
        tmp_path, "train/happy/ann/1.jpg", "train/sad/ann/x/2.jpg",
        "val/happy/bob/1.jpg", "test/sad/eve/1.jpg", "other/sad/eve/1.jpg",
    )
    source, photos = read("folder", tmp_path)
    assert photos == {
        "test/sad/eve/1.jpg": ("sad", "eve", "test"),
        "train/happy/ann/1.jpg": ("happy", "ann", "train"),
        "train/sad/ann/x/2.jpg": ("sad", "ann", "train"),
        "val/happy/bob/1.jpg": ("happy", "bob", "validation"),
    }
    assert source.names_subjects
    assert len(source.skipped) == 1


# CK+


def test_ckplus_sequences(tmp_path):
    images = tmp_path / "extended-cohn-kanade-images" / "cohn-kanade-images"
    for sequence, frames in (("001", 6), ("002", 3), ("003", 5), ("005", 1)):
        plant(images, *(
            f"S005/{sequence}/S005_{sequence}_{number:08d}.png"
            for number in range(1, frames + 1)
        ))
    for sequence, label in (
        ("001", "   3.0000000e+00\n"), ("002", "7.0"), ("004", "1.0"),
        ("005", "2.0"), ("003", "9.0"),
    ):
        write(
            tmp_path / "Emotion_labels" / "Emotion" / "S005" / sequence
            / f"S005_{sequence}_00000009_emotion.txt", label,
        )
    source, photos = read("ckplus", tmp_path)
    by_name = {os.path.basename(name)[5:-4]: v for name, v in photos.items()}
    neutral = ("neutral", "S005", "neutral")
    assert by_name == {
        "001_00000001": neutral,
        **{f"001_0000000{n}": ("disgust", "S005", None) for n in (4, 5, 6)},
        "002_00000001": neutral,
        **{f"002_0000000{n}": ("surprise", "S005", None) for n in (2, 3)},
        "005_00000001": ("contempt", "S005", None),
    }
    assert reasons(source) == {
        "S005_003_00000009_emotion.txt": "not a label from 0 to 7",
        "S005_003": "sequence of no label",
        "S005_004": "label of no picture",
    }


def test_ckplus_without_labels_is_an_error(tmp_path):
    plant(tmp_path, "cohn-kanade-images/S005/001/S005_001_00000001.png")
    with pytest.raises(UserError, match="folder Emotion"):
        SOURCES["ckplus"](tmp_path).photos()


@pytest.mark.parametrize("top", ["CK+48", "CK+", "ck/CK+48"])
def test_ckplus_by_class(top, tmp_path):
    plant(
        tmp_path / top, "anger/S010_004_00000017.png",
        "contempt/S138_008_00000007.png", "odd/S138_008_00000008.png",
        "anger/readme.png",
    )
    plant(tmp_path, "zz/anger/S010_004_00000017.png")
    source, photos = read("ckplus", tmp_path)
    assert photos == {
        f"{top}/anger/S010_004_00000017.png": ("angry", "S010", None),
        f"{top}/contempt/S138_008_00000007.png": ("contempt", "S138", None),
    }
    assert set(reasons(source)) == {
        "S010_004_00000017.png", "S138_008_00000008.png", "readme.png",
    }


# KDEF, RaFD


def test_kdef(tmp_path):
    words = ("AF", "AN", "DI", "HA", "NE", "SA", "SU")
    plant(tmp_path, *(
        f"KDEF/{who}/{who}{word}{angle}.JPG"
        for who in ("AF01", "BF01", "AM01")
        for word in words for angle in ("FL", "HL", "S", "HR", "FR")
    ), "KDEF/AM31/AM31H.JPG", "again/AF01/AF01ANS.JPG")
    source, photos = read("kdef", tmp_path)
    assert len(photos) == 3 * 7
    assert photos["KDEF/AF01/AF01ANS.JPG"] == ("angry", "F01", None)
    assert photos["KDEF/BF01/BF01AFS.JPG"] == ("fear", "F01", None)
    assert {value[1] for value in photos.values()} == {"F01", "M01"}
    assert {value[0] for value in photos.values()} == {
        "fear", "angry", "disgust", "happy", "neutral", "sad", "surprise",
    }
    assert reasons(source)["AM31H.JPG"] == "not a name of KDEF"
    assert "copy of" in reasons(source)["AF01ANS.JPG"]
    assert len(read("kdef", tmp_path, angles=("S", "hl"))[1]) == 2 * 3 * 7


def test_rafd(tmp_path):
    plant(
        tmp_path,
        "Rafd090_01_Caucasian_female_angry_frontal.jpg",
        "Rafd090_01_Caucasian_female_contemptuous_left.jpg",
        "Rafd045_01_Caucasian_female_angry_frontal.jpg",
        "deep/Rafd090_64_Kid_male_surprised_frontal.jpg",
        "Rafd090_01_Caucasian_female_bored_frontal.jpg",
    )
    source, photos = read("rafd", tmp_path)
    assert photos == {
        "Rafd090_01_Caucasian_female_angry_frontal.jpg": ("angry", "01", None),
        "Rafd090_01_Caucasian_female_contemptuous_left.jpg":
            ("contempt", "01", None),
        "deep/Rafd090_64_Kid_male_surprised_frontal.jpg":
            ("surprise", "64", None),
    }
    assert list(reasons(source).values()) == ["not a name of RaFD"]
    assert len(read("rafd", tmp_path, gazes=("left",))[1]) == 1
