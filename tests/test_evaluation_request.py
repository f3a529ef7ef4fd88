"""What may be asked of `evaluate`."""

import pytest

from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.request import EvaluationRequest


@pytest.mark.parametrize("flags, parts", [
    ({}, ["--data_dir", "--photos=DIR is needed"]),
    ({"photos": "a", "data_dir": "b"}, ["--photos", "--judge_data"]),
    ({"photos": "a"}, ["--judge_data=RECORDS", "--judge_model"]),
    ({"data_dir": "a", "judge_data": "b"}, ["--judge_data is for --photos"]),
    ({"data_dir": "a", "keep_pictures": True}, ["--keep_pictures is for"]),
    ({"photos": "a", "judge_data": "b", "part": "validation"},
     ["--part is for --data_dir"]),
    ({"photos": "a", "judge_data": "b", "augmentation_data": "c"},
     ["--augmentation_data is for another evaluation"]),
    ({"data_dir": "a", "augmentation_folds": 3},
     ["--augmentation_folds is for --augmentation_data"]),
    ({"data_dir": "a", "augmentation_data": "b", "part": "validation"},
     ["--part is for --data_dir, and not for --augmentation_data"]),
    ({"data_dir": "a", "augmentation_data": "b", "augmentation_counts": (0,)},
     ["--augmentation_counts=0", "1 or more"]),
    ({"data_dir": "a", "augmentation_data": "b", "augmentation_people": (-2,)},
     ["--augmentation_people=-2", "0 for all"]),
    ({"augmentation_data": "b"}, ["--data_dir=DIR (true images)"]),
    ({"photos": "a", "judge_data": "b", "edits_csv": True},
     ["--edits_csv", "--keep_pictures"]),
    ({"photos": "a", "judge_data": "b", "methods": ("animate",),
      "model": ("c",)}, ["--model is for --methods=decoder"]),
    ({"photos": "a", "judge_data": "b", "methods": ("decoder",),
      "motion_model": "c"}, ["--motion_model is for --methods=motion"]),
])
def test_what_does_not_go_together(flags, parts):
    with pytest.raises(UserError) as error:
        EvaluationRequest(output="out", **flags)
    for part in parts:
        assert part in str(error.value)
