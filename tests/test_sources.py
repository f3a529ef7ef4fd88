"""Each source on a tiny tree of each layout that it is found in."""

import os

import numpy as np
import pytest

from exprgan_tf.data.sources import SOURCES, describe_sources
from exprgan_tf.data.sources.base import Source
from exprgan_tf.data.sources.oulu_split import read_split
from exprgan_tf.errors import UserError

OULU_WORDS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
OULU_NAMES = ("angry", "disgust", "fear", "happy", "sad", "surprise")


def plant(root, *names):
    """Empty files; sources look at names, not into pictures."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(name, folder, **options):
    """The source and, by path below the folder, what it says of a photo."""
    source = SOURCES[name](folder, **options)
    photos = source.photos()
    again = SOURCES[name](folder, **options).photos()
    assert [photo.name for photo in photos] == [photo.name for photo in again]
    assert all(photo.path.is_file() for photo in photos)
    return source, {
        os.path.relpath(photo.path, folder): (
            photo.expression, photo.subject, photo.split
        )
        for photo in photos
    }


def reasons(source):
    return {os.path.basename(name): why for name, why in source.skipped}


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


# Oulu-CASIA


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


# RAF-DB


def rafdb(folder, *images):
    plant(folder / "basic" / "Image", *images)
    write(folder / "basic" / "EmoLabel" / "list_patition_label.txt", (
        "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7\n"
        "test_0002.jpg 9\n\n"
    ))
    return folder


def test_rafdb_originals_come_first(tmp_path):
    rafdb(
        tmp_path, "original/train_00001.jpg", "original/test_0001.jpg",
        "original/test_0002.jpg", "aligned/train_00001_aligned.jpg",
    )
    write(
        tmp_path / "basic/Annotation/manual/train_00001_manu_attri.txt",
        "30.5\t10\n10\t11\n20\t20\n12\t30\n28\t31\n0\n0\n2\n",
    )
    write(
        tmp_path / "basic/Annotation/manual/test_0001_manu_attri.txt", "1\t2\n"
    )
    source, photos = read("rafdb", tmp_path)
    assert photos == {
        "basic/Image/original/train_00001.jpg": ("sad", None, "train"),
        "basic/Image/original/test_0001.jpg": ("neutral", None, "test"),
    }
    assert not source.names_subjects
    train, test = source.photos()
    assert train.landmarks == (
        (10, 11), (30.5, 10), (20, 20), (12, 30), (28, 31)
    )
    assert test.landmarks is None
    assert reasons(source) == {
        "train_00002.jpg": "listed in list_patition_label.txt, but not there",
        "list_patition_label.txt, line 4": "no name and label",
        "test_0002.jpg": "not in list_patition_label.txt",
    }


def test_rafdb_aligned(tmp_path):
    rafdb(
        tmp_path, "aligned/train_00001_aligned.jpg",
        "aligned/train_00002_aligned.jpg", "aligned/test_0001_aligned.jpg",
    )
    _, photos = read("rafdb", tmp_path)
    assert photos == {
        "basic/Image/aligned/train_00001_aligned.jpg": ("sad", None, "train"),
        "basic/Image/aligned/train_00002_aligned.jpg":
            ("surprise", None, "train"),
        "basic/Image/aligned/test_0001_aligned.jpg": ("neutral", None, "test"),
    }


def test_rafdb_one_folder_a_label(tmp_path):
    plant(
        tmp_path / "DATASET", "train/1/train_00002_aligned.jpg",
        "train/6/train_00003_aligned.jpg", "test/7/test_0001_aligned.jpg",
        "test/8/test_0002_aligned.jpg",
    )
    source, photos = read("rafdb", tmp_path)
    assert photos == {
        "DATASET/train/1/train_00002_aligned.jpg": ("surprise", None, "train"),
        "DATASET/train/6/train_00003_aligned.jpg": ("angry", None, "train"),
        "DATASET/test/7/test_0001_aligned.jpg": ("neutral", None, "test"),
    }
    assert list(reasons(source)) == ["test_0002_aligned.jpg"]


# AffectNet


@pytest.mark.parametrize("validation", ["val_set", "val_set/val_set"])
def test_affectnet_annotations(validation, tmp_path):
    train, test = tmp_path / "train_set", tmp_path / validation
    plant(train / "images", *(f"{n}.jpg" for n in (0, 2, 10, 11, 12, 13)))
    plant(test / "images", "7.jpg")
    (train / "annotations").mkdir()
    (test / "annotations").mkdir()
    for number, label in (
        (0, "1"), (2, np.int64(6)), (10, "7"), (11, "8"), (5, "3")
    ):
        np.save(train / "annotations" / f"{number}_exp.npy", label)
        np.save(train / "annotations" / f"{number}_lnd.npy", np.zeros(136))
    # A pickle inside is never opened.
    np.save(
        train / "annotations" / "12_exp.npy", np.array([{}], object),
        allow_pickle=True,
    )
    np.save(test / "annotations" / "7_exp.npy", "0")
    source, photos = read("affectnet", tmp_path)
    assert photos == {
        "train_set/images/0.jpg": ("happy", None, "train"),
        "train_set/images/2.jpg": ("angry", None, "train"),
        "train_set/images/10.jpg": ("contempt", None, "train"),
        f"{validation}/images/7.jpg": ("neutral", None, "test"),
    }
    assert list(photos)[2] == "train_set/images/10.jpg"
    assert not source.names_subjects
    why = reasons(source)
    assert set(why) == {"5_exp.npy", "11.jpg", "12.jpg", "13.jpg"}
    assert "no expression" in why["11.jpg"]


@pytest.mark.parametrize("lists", ["", "Manually_Annotated_file_lists/"])
def test_affectnet_tables(lists, tmp_path):
    plant(
        tmp_path / "Manually_Annotated" / "Manually_Annotated_Images",
        "689/a.jpg", "1/b.jpg", "1/c.jpg",
    )
    header = (
        "subDirectory_filePath,face_x,face_y,face_width,face_height,"
        "facial_landmarks,expression,valence,arousal\n"
    )
    rest = "1,2,3,4,5.0;6.0"
    write(tmp_path / f"{lists}training.csv", (
        f"{header}689/a.jpg,{rest},4,-0.1,0.2\n1/b.jpg,{rest},10,-2,-2\n"
        f"1/gone.jpg,{rest},1,0,0\n"
    ))
    write(
        tmp_path / f"{lists}validation.csv", f"1/c.jpg,{rest},5,-0.1,0.2\n"
    )
    source, photos = read("affectnet", tmp_path)
    images = "Manually_Annotated/Manually_Annotated_Images"
    assert photos == {
        f"{images}/689/a.jpg": ("fear", None, "train"),
        f"{images}/1/c.jpg": ("disgust", None, "test"),
    }
    assert reasons(source) == {
        "b.jpg": "labelled as no face",
        "gone.jpg": "listed in training.csv, but not there",
    }


# FER-2013


@pytest.mark.parametrize(
    "name, header",
    [
        ("fer2013.csv", "emotion,pixels,Usage"),
        ("fer2013/icml_face_data.csv", "emotion, pixels, Usage"),
    ],
)
def test_fer2013_table(name, header, tmp_path):
    picture = np.arange(48 * 48) % 256
    pixels = " ".join(map(str, picture))
    write(tmp_path / name, "\n".join((
        header, f"0,{pixels},Training", f"3,{pixels},PublicTest",
        f"6,{pixels},PrivateTest", f"0,{pixels} 1,Training",
        f"7,{pixels},Training", f"0,{pixels.replace('255', '256')},Training",
        f"0,{pixels},Other",
    )))
    source = SOURCES["fer2013"](tmp_path)
    photos = source.photos()
    assert [(photo.expression, photo.split) for photo in photos] == [
        ("angry", "train"), ("happy", "validation"), ("neutral", "test"),
    ]
    for photo in photos:
        assert photo.pixels.dtype == np.uint8
        np.testing.assert_array_equal(
            photo.pixels, picture.reshape(48, 48)
        )
    assert photos[1].name.endswith(f"{os.path.basename(name)}, line 3")
    assert [why for _, why in source.skipped] == [
        "line 5: 2305 pixels in place of 2304",
        "line 6: emotion '7' is not 0 to 6",
        "line 7: a pixel is not 0 to 255",
        "line 8: Usage 'Other' is unknown",
    ]


@pytest.mark.parametrize("top", ["", "archive/"])
def test_fer2013_folders(top, tmp_path):
    plant(
        tmp_path, f"{top}train/angry/1.jpg", f"{top}train/neutral/2.jpg",
        f"{top}test/surprise/3.jpg", f"{top}test/odd/4.jpg",
    )
    source, photos = read("fer2013", tmp_path)
    assert photos == {
        f"{top}train/angry/1.jpg": ("angry", None, "train"),
        f"{top}train/neutral/2.jpg": ("neutral", None, "train"),
        f"{top}test/surprise/3.jpg": ("surprise", None, "test"),
    }
    assert list(reasons(source)) == ["4.jpg"]
    assert not source.names_subjects


# muxspace


def test_muxspace(tmp_path):
    plant(
        tmp_path / "images", "Abdel_Aziz_Al-Hakim_0001.jpg", "Dileep_30.jpg",
        "facial-expressions_2868588k.jpg", "Avinash_30.jpg", "New_0001.jpg",
        "Twice_0001.jpg", "Blank_0001.jpg",
    )
    write(tmp_path / "data" / "legend.csv", (
        "user.id,image,emotion\n"
        "302,Abdel_Aziz_Al-Hakim_0001.jpg,HAPPINESS\n"
        "628,facial-expressions_2868588k.jpg,anger\n"
        "1,Dileep_30.jpg,SADNESS\n1,Avinash_30.jpg,sadness\n"
        "1,Avinash_30.jpg,surprise\n1,Gone_0001.jpg,fear\n"
        "1,Twice_0001.jpg,fear\n2,Twice_0001.jpg,FEAR\n1,Blank_0001.jpg,\n"
    ))
    source, photos = read("muxspace", tmp_path)
    assert photos == {
        "images/Abdel_Aziz_Al-Hakim_0001.jpg":
            ("happy", "Abdel_Aziz_Al-Hakim", None),
        "images/Dileep_30.jpg": ("sad", "Dileep", None),
        "images/Twice_0001.jpg": ("fear", "Twice", None),
        "images/facial-expressions_2868588k.jpg": ("angry", None, None),
    }
    assert reasons(source) == {
        "Avinash_30.jpg": "labelled sad and surprise",
        "Blank_0001.jpg": "no expression in legend.csv",
        "Gone_0001.jpg": "listed, but not there",
        "New_0001.jpg": "not in legend.csv",
    }
