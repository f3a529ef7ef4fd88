import json
import shutil

import numpy as np
import pytest

from exprgan_tf.data.batches.tf_data import load_split
from exprgan_tf.data.checking import check
from exprgan_tf.data.merging import merge
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError


@pytest.fixture
def other_dir(data_dir, tmp_path):
    return shutil.copytree(data_dir, tmp_path / "other")


def changed(folder, **changes):
    path = folder / "dataset.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, **changes}))
    return folder


def test_merged_sets_keep_their_people_apart(
    data_dir, other_dir, config, tmp_path
):
    counts = merge([data_dir, other_dir], tmp_path / "both")
    assert check(tmp_path / "both") == ([], sum(counts.values()))
    one, both = Dataset.open(data_dir), Dataset.open(tmp_path / "both")
    for split in one.splits:
        before = load_split(one, split, config)
        after = load_split(both, split, config)
        count = len(before["subject"])
        for part, name in ((slice(count), data_dir.name),
                           (slice(count, None), other_dir.name)):
            assert after["subject"][part].tolist() == [
                f"{name}-{subject}" for subject in before["subject"]
            ]
            for key in ("image", "intensity", "expression"):
                np.testing.assert_array_equal(after[key][part], before[key])


def test_sets_that_do_not_fit_are_refused(data_dir, other_dir, tmp_path):
    with pytest.raises(UserError, match=r"its margin is 0\.2"):
        merge([data_dir, changed(other_dir, margin=0.2)], tmp_path / "both")
    with pytest.raises(UserError, match="its classes are a,b"):
        merge([data_dir, changed(other_dir, margin=0.0, classes=["a", "b"])],
              tmp_path / "both")
    with pytest.raises(UserError, match="--inputs="):
        merge([data_dir, data_dir], tmp_path / "both")
    with pytest.raises(UserError, match="holds --inputs"):
        merge([data_dir, other_dir], tmp_path)
    assert not (tmp_path / "both").exists()


def test_a_damaged_shard_stops_the_merge(data_dir, other_dir, tmp_path):
    shard = sorted(other_dir.glob("*.tfrecord"))[0]
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(UserError, match=shard.name):
        merge([data_dir, other_dir], tmp_path / "both")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other"]


def test_people_of_two_sets_never_become_one(data_dir, tmp_path):
    """As a merged one and another would have it: a-x-s1 and a-x-s1."""
    first = shutil.copytree(data_dir, tmp_path / "a")
    second = shutil.copytree(data_dir, tmp_path / "a-x")
    values = json.loads((first / "dataset.json").read_text())
    subjects = values["splits"]["train"]["subjects"]
    subjects["x-s1"] = subjects.pop("s1")
    (first / "dataset.json").write_text(json.dumps(values))
    with pytest.raises(UserError, match="a and a-x would both have 'a-x-s1'"):
        merge([first, second], tmp_path / "both")
