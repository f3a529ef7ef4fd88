"""Sources of photographs that were collected from the web."""

import os

import numpy as np
import pytest
from source_trees import plant, read, reasons, write

from exprgan_tf.data.sources import SOURCES

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
