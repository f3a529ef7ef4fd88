"""Pairs of pictures of one photograph, and the motion between them."""

import dataclasses

import numpy as np
import pytest
from motion_data import (
    CLASSES,
    SIDE,
    config_for,
    motion_of,
    moved_photographs,
    moved_picture,
    nothing,
    picture_of,
    tiny_motion,
    write_moved,
)

from exprgan_tf.data.batches.pair_changes import (
    changed_alike,
    draw_changes,
    mirrored_field,
    motion_between,
)
from exprgan_tf.data.batches.pairs import draw_pair, pair_batches
from exprgan_tf.errors import UserError
from exprgan_tf.networks.composing import compose


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_moved(tmp_path_factory.mktemp("motion") / "data")


def test_pairs_are_of_one_photograph(data):
    moved = moved_photographs(data)
    assert len(moved.photographs) == 4
    home = {}
    for number, photograph in enumerate(moved.photographs):
        untouched = photograph.untouched
        assert photograph.neutral == untouched
        assert moved.labels[untouched] == -1 and len(photograph.others) == 3
        home |= dict.fromkeys([untouched, *photograph.others], number)
    generator = np.random.default_rng(0)
    kinds = set()
    for _ in range(200):
        first, second = draw_pair(
            moved, np.cumsum([0.4, 0.2, 0.2, 0.2]), generator
        )
        assert home[first] == home[second]
        kinds.add((moved.labels[first] < 0, moved.labels[second] < 0,
                   first == second))
    assert len(kinds) == 5


def test_a_photograph_that_shows_an_expression_is_where_pairs_begin(
    data, tmp_path
):
    shown = write_moved(tmp_path / "shown", shows=True)
    moved = moved_photographs(shown, ("emil",))
    photograph, = moved.photographs
    assert moved.labels[photograph.untouched] == CLASSES.index("happy")
    assert moved.labels[photograph.neutral] == -1
    assert len(photograph.others) == 3
    generator = np.random.default_rng(0)
    pairs = [
        draw_pair(moved, np.cumsum([0.4, 0.2, 0.2, 0.2]), generator)
        for _ in range(200)
    ]
    # Nobody knows how happy it is: no code asks for it.
    assert photograph.untouched not in {second for _, second in pairs}
    assert {
        second for first, second in pairs if first == photograph.untouched
    } == {photograph.neutral, *photograph.others}
    everybody = ("anna", "bert", "cleo", "emil")
    np.testing.assert_array_equal(
        moved_photographs(shown, everybody).mean_fields(),
        moved_photographs(data).mean_fields(),
    )


def test_data_that_does_not_tell_photographs_apart(tmp_path):
    data = write_moved(tmp_path / "data", photographs=False)
    assert len(moved_photographs(data, ("bert", "cleo")).photographs) == 2
    with pytest.raises(UserError, match="two untouched pictures of anna"):
        moved_photographs(data)


def test_mean_fields_are_the_motion_at_intensity_1(data):
    fields = moved_photographs(data).mean_fields()
    for field, name in zip(fields, CLASSES, strict=True):
        x, y, ratio, _ = np.moveaxis(motion_of(name, 1.0).reshape(
            SIDE // 2, 2, SIDE // 2, 2, 4
        ).mean((1, 3)), -1, 0)
        np.testing.assert_allclose(
            field[..., :2], np.stack([x, y], -1) / SIDE, atol=2e-4
        )
        np.testing.assert_allclose(field[..., 3], np.log(ratio), atol=2e-3)


def test_ratio_modes_are_what_varies_beside_the_mean(data):
    """Two fields, each as strong as a photograph asks for, are found again."""
    moved = moved_photographs(data)
    side, generator = SIDE // 2, np.random.default_rng(0)
    true = np.linalg.qr(generator.normal(size=(side**2, 2)))[0].T
    mean = np.zeros((len(CLASSES), side, side, 4), "float32")
    mean[..., 3] = 0.2
    for photograph in moved.photographs:
        sizes = generator.normal(size=2) * [0.2, 0.1]
        for place in photograph.others:
            moved.fields[place, ..., 2] = 0.0
            moved.fields[place, ..., 3] = moved.intensities[place] * (
                0.2 + (sizes @ true).reshape(side, side)
            )
    modes = moved.ratio_modes(mean, 3)
    assert modes.shape == (len(CLASSES), 3, side, side)
    for found in modes.reshape(len(CLASSES), 3, -1):
        norms = np.linalg.norm(found, axis=1)
        assert norms[0] > norms[1] > 50 * norms[2]
        cosines = (found[:2] / norms[:2, None]) @ true.T
        np.testing.assert_allclose(
            np.linalg.svd(cosines)[1], 1.0, atol=1e-2
        )


def test_a_mirrored_pair_has_the_mirrored_motion():
    untouched, motion = picture_of(0), motion_of("happy", 1.0)
    field = motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1])
    moved = moved_picture(untouched[:, ::-1], np.concatenate(
        [SIDE * mirrored_field(field)[..., :2], motion[..., 2:]], -1
    ))
    np.testing.assert_allclose(
        moved, moved_picture(untouched, motion)[:, ::-1], atol=1
    )


def composed_error(images, field):
    """The mean difference, of 255, of what a field makes and the second."""
    made = np.asarray(compose(**{
        **nothing(images[0][None]), "images": images[0][None],
        "displacement": field[None, ..., :2],
    }))[0]
    inner = slice(6, -6)
    return 127.5 * np.abs(made - images[1])[inner, inner].mean()


@pytest.mark.parametrize("seed", range(4))
def test_changed_pairs_keep_their_motion(seed):
    untouched = moved_picture(picture_of(1), motion_of("neutral", 0))
    motion = motion_of("sad", 1.0)
    changes = draw_changes(np.random.default_rng(seed), 1.0)
    changes = dataclasses.replace(changes, quality=0, blur=0.0, side=1.0)
    images, field = changed_alike(
        [untouched, moved_picture(picture_of(1), motion)],
        motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1]), changes,
    )
    before = composed_error(images, 0 * field)
    assert before > 4 * composed_error(images, field)


def test_the_motion_between_two_moved_pictures():
    motions = [motion_of(name, 1.0) for name in ("happy", "sad")]
    images = [
        moved_picture(picture_of(2), motion) / np.float32(127.5) - 1
        for motion in motions
    ]
    # Displacement, mask, and the logarithm of the ratio.
    fields = [
        np.concatenate([
            motion[..., [0, 1, 3]] / np.float32([SIDE, SIDE, 1]),
            np.full((SIDE, SIDE, 1), brighter, "float32"),
        ], -1) for motion, brighter in zip(motions, (0.2, -0.1), strict=True)
    ]
    field, known, judged = motion_between(*fields)
    np.testing.assert_allclose(field[..., 3], -0.3, atol=1e-6)
    assert known.mean() > 0.95 and judged.min() == 1
    assert composed_error(images, 0 * field) > 5 * composed_error(
        images, field
    )
    same, _, _ = motion_between(*fields, is_same=True)
    assert not same.any()
    # What was painted in the first picture tells of no motion.
    opened = motion_of("surprise", 0.5)[..., [0, 1, 3]] / np.float32(
        [SIDE, SIDE, 1]
    )
    _, known, judged = motion_between(opened, 0 * opened)
    assert known.min() == judged.min() == 0 and judged.mean() > 0.8


def test_batches_follow_from_the_step(data):
    config = config_for(data, augmentation=1.0)
    moved = moved_photographs(data)
    whole = list(pair_batches(moved, config, tiny_motion(), 0, 3))
    later, = pair_batches(moved, config, tiny_motion(), 2, 1)
    for name, values in whole[2].items():
        np.testing.assert_array_equal(values, later[name])
        assert values.dtype == np.float32
    assert np.abs(whole[0]["image"]).max() <= 1
    assert not np.array_equal(whole[0]["image"], whole[1]["image"])
