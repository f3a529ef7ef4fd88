"""Whether glasses are worn, and how that is learned."""

import numpy as np
import pytest
from animation_photographs import behind_frames, landmarks, rendered
from commands import assert_one_clear_line, run_here
from PIL import Image, ImageDraw

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.glasses import FORMAT
from exprgan_tf.animation.glasses_learning import learn_glasses, read_labels
from exprgan_tf.errors import UserError
from exprgan_tf.support.array_files import holds_arrays, write_arrays


def with_line(picture, eyes):
    """A face with a fold over the root of its nose."""
    image = Image.fromarray(picture)
    reach = 0.2 * np.linalg.norm(eyes[1] - eyes[0])
    x, y = np.mean(eyes, axis=0)
    ImageDraw.Draw(image).line((x - reach, y, x + reach, y), (70, 50, 45), 2)
    return np.asarray(image)


def test_a_fold_over_the_nose_is_no_frame():
    """Half of those whose brows were held wore none."""
    plain, eyes = rendered(), landmarks()[:2]
    fit = Animator.load().fit
    assert fit(with_line(plain, eyes), landmarks()).glasses < 0.3
    assert fit(behind_frames(plain, eyes), landmarks()).glasses > 0.9


def test_frames_are_learned_from_labels(tmp_path):
    plain, eyes = rendered(), landmarks()[:2]
    lines = ["photograph,glasses"]
    for number in range(12):
        worn = number % 2
        picture = behind_frames(plain, eyes) if worn else plain
        noise = np.random.default_rng(number).normal(0, 4, picture.shape)
        Image.fromarray(np.clip(picture + noise, 0, 255).astype("uint8")).save(
            tmp_path / f"{number}.png"
        )
        lines.append(f"{number}.png,{worn}")
    # Nobody is seen in it, and it counts for nothing.
    Image.new("RGB", (200, 200)).save(tmp_path / "empty.png")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join([*lines, "empty.png,1"]) + "\n")
    weights, _, scores = learn_glasses(tmp_path, read_labels(labels))
    assert weights.shape == (392,)
    assert scores["photographs"] == 12
    assert scores["found"] == 1 and scores["mistaken"] == 0


def test_labels_that_teach_nothing_are_refused(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text("photograph,glasses\na.png,1\n")
    flags = [f"--photos={tmp_path}", f"--labels={labels}"]
    result = run_here(
        "learn-glasses", *flags, f"--output={tmp_path}/g.npz", capsys=capsys
    )
    assert_one_clear_line(result, labels, "some have to wear glasses")
    for text in ("name,worn\na.png,1\n", "photograph,glasses\na.png,perhaps\n"):
        labels.write_text(text)
        with pytest.raises(UserError, match="columns photograph and glasses"):
            read_labels(labels)
    (tmp_path / "g.npz").write_text("mine")
    result = run_here(
        "learn-glasses", *flags, f"--output={tmp_path}/g.npz", "--overwrite",
        capsys=capsys,
    )
    assert_one_clear_line(result, "not written by exprgan")
    assert not holds_arrays(tmp_path / "g.npz", FORMAT)


def test_what_was_learned_is_not_lost_to_a_missing_folder(tmp_path):
    written = tmp_path / "not/there/g.npz"
    write_arrays(written, FORMAT, weights=np.zeros(3))
    assert holds_arrays(written, FORMAT)
    assert not holds_arrays(written, "another kind")
    with pytest.raises(UserError, match="cannot be written"):
        write_arrays(written / "g.npz", FORMAT, weights=np.zeros(3))
