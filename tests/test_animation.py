"""One photograph: fit, motion, composition, gate."""

import numpy as np
import pytest
from animation_photographs import behind_frames, landmarks, rendered
from scipy import ndimage
from tiny_face_model import write_face_model

from exprgan_tf.animation import moving
from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.of_pictures import motion_of_picture
from exprgan_tf.animation.recipes import (
    EXPRESSIONS,
    STYLES,
    one_sided,
    shapes_of,
    vary,
)
from exprgan_tf.animation.reduced_model import (
    ReducedFaceModel,
    carried_face_model,
)
from exprgan_tf.animation.reduction import reduce_face_model
from exprgan_tf.data.motions import (
    decode_motion,
    encode_motion,
    resize_motion,
)
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.pictures.colors import LUMA
from exprgan_tf.rendering.face_model import read_face_model


@pytest.fixture(scope="module")
def face():
    return Animator.load().fit(rendered(), landmarks())


def middles(face):
    """Eyes and mouth in the frame, pixels."""
    marks = face.points
    return (
        marks[[33, 133]].mean(axis=0), marks[[362, 263]].mean(axis=0),
        marks[[13, 14]].mean(axis=0),
    )


def test_at_intensity_0_the_photograph_comes_back(face):
    for expression in (*EXPRESSIONS, "neutral"):
        motion = face.motion(expression, 0.0)
        assert np.array_equal(motion.apply(rendered()), rendered())
    assert np.array_equal(
        face.motion("neutral", 1.0).apply(rendered()), rendered()
    )


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_picture_changes_with_intensity(face, expression):
    changes = [
        np.abs(
            face.motion(expression, intensity).apply(rendered()).astype(int)
            - rendered()
        ).mean()
        for intensity in (0.02, 0.3, 0.6, 1.0)
    ]
    assert changes == sorted(changes)
    assert changes[0] < 0.5 < changes[-1]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_irises_and_surroundings_stay(face, expression):
    motion = face.motion(expression, 1.0)
    moved = np.linalg.norm(motion.displacement, axis=-1)
    for eye in middles(face)[:2]:
        column, row = np.rint(eye).astype(int)
        # Disgust narrows the eyes until the lids are there.
        if expression != "disgust":
            assert moved[row, column] < 0.06 * face.eye_distance
    assert moved[[0, -1]].max() == moved[:, [0, -1]].max() == 0
    edited = motion.apply(rendered())
    change = np.abs(edited.astype(int) - rendered())
    assert change[[0, -1]].max() <= 8 and change[-40:, :20].max() <= 8


def test_surprise_opens_the_mouth_and_sadness_does_not(face):
    mouth = np.rint(middles(face)[2]).astype(int)
    opened = face.motion("surprise", 1.0)
    assert opened.mask[mouth[1] + 6, mouth[0]] > 0.8
    assert face.motion("sad", 1.0).mask.sum() < 0.2 * opened.mask.sum()
    # Darker than the lips, and not black.
    shown = opened.apply(rendered())
    assert shown.shape == rendered().shape


def test_glasses_keep_their_form(face):
    behind = Animator.load().fit(
        behind_frames(rendered(), landmarks()[:2]), landmarks()
    )
    assert face.glasses < 0.3 and behind.glasses > 0.9
    # Where rims are above the irises, and below, where a sneer lifts skin.
    for name, off in (("surprise", -0.30), ("disgust", 0.24)):
        columns, rows = np.rint(np.add(
            middles(face)[:2], [0, off * face.eye_distance]
        )).astype(int).T
        plain, held = (
            np.abs(one.motion(name).displacement[rows, columns]).max()
            for one in (face, behind)
        )
        assert plain > 0.05 * face.eye_distance
        assert held < 0.35 * plain
    # The mouth is as free as ever.
    assert behind.motion("surprise").mask.sum() > 0.8 * face.motion(
        "surprise"
    ).mask.sum()


def test_a_raised_lip_is_pressed_together_under_the_nose(face):
    """It would slip under the nose otherwise, and leave a hard line there."""
    motion = face.motion({"noseSneer": 1.0, "mouthUpperUp": 0.8})
    nose = np.rint(face.points[2]).astype(int)
    reach = round(0.25 * face.eye_distance)
    around = motion.displacement[
        nose[1] - reach:nose[1] + reach // 2, nose[0] - reach:nose[0] + reach
    ]
    jumps = np.abs(np.diff(around[..., 1], axis=0))
    assert jumps.max() < 0.03 * face.eye_distance


def test_a_wide_mouth_folds_no_line_into_the_chin(face, monkeypatch):
    """Fear had hard lines along the cheeks and under the lower lip: jumps of
    what is shown."""
    def jump():
        motion = face.motion("fear")
        rows, columns = np.nonzero(motion.mask > 0.5)
        high, low = (
            rows.max() + round(share * face.eye_distance)
            for share in (0.05, 0.40)
        )
        chin = motion.displacement[high:low, columns.min():columns.max()]
        return np.abs(np.diff(chin, axis=0)).max() / face.eye_distance

    soft = jump()
    monkeypatch.setattr(moving, "spread_around_mouth", lambda *_: None)
    assert soft < 0.02 < 0.06 < jump()


def test_brows_that_come_down_fold_no_step_into_the_lids(face, monkeypatch):
    """Lashes ended in black stairs."""
    def jump():
        mover = moving.Mover(
            face, one_sided(face.animator.model, shapes_of("angry"))
        )
        lids = ndimage.binary_erosion(mover.skin, iterations=3) & (
            (mover.up > 3.0) & (mover.up < 5.6) & (np.abs(mover.across) < 6)
        )
        rows = face.motion("angry").displacement[..., 1]
        return np.abs(np.diff(rows, axis=0))[lids[1:]].max() / (
            face.eye_distance
        )

    soft = jump()
    monkeypatch.setattr(moving, "spread_lid_folds", lambda *_: None)
    assert soft < 0.06 < 0.10 < jump()


def test_brows_that_come_down_shade_the_lids(face):
    """Lids under a frown were white lines."""
    lids = face.points[[159, 386]].round().astype(int)
    angry, happy = (face.motion(name).ratio for name in ("angry", "happy"))
    above = [
        (slice(y - 12, y + 1), slice(x - 10, x + 11)) for x, y in lids
    ]
    assert all(angry[place].min() < 0.85 for place in above)
    assert all(happy[place].min() > 0.85 for place in above)


def test_every_style_moves(face):
    for styles in STYLES.values():
        for number in range(len(styles)):
            motion = face.motion(styles[number], 1.0)
            assert np.abs(motion.displacement).max() > 2
            assert np.isfinite(motion.ratio).all()
            assert 0.4 < motion.ratio.min() <= motion.ratio.max() < 1.7


def test_named_shapes_move_one_side_and_both_ways(face):
    left = face.motion({"mouthSmileLeft": 1.0})
    middle = int(middles(face)[2][0])
    moved = np.abs(left.displacement).sum(axis=-1)
    # The person's left is the picture's right.
    assert moved[:, middle + 4:].sum() > 4 * moved[:, :middle - 4].sum()
    up = face.motion({"browInnerUp": 0.5}).displacement[..., 1]
    down = face.motion({"browInnerUp": -0.5}).displacement[..., 1]
    assert up.max() > 1 and down.min() < -1
    with pytest.raises(UserError, match="no shape 'browUp'"):
        face.motion({"browUp": 1.0})


def test_people_differ_a_little():
    model = carried_face_model()
    draw = [
        vary(model, STYLES["happy"][0], np.random.default_rng(seed))
        for seed in (1, 1, 2)
    ]
    assert draw[0] == draw[1] != draw[2]
    assert draw[0]["mouthSmile_L"] != draw[0]["mouthSmile_R"]


def test_a_gray_photograph_stays_gray():
    gray = np.repeat(rendered().mean(axis=-1, keepdims=True), 3, axis=-1)
    gray = gray.astype("uint8")
    face = Animator.load().fit(gray, landmarks())
    edited = face.motion("surprise", 1.0).apply(gray)
    assert np.ptp(edited.astype(int), axis=-1).max() <= 1


def test_shade_on_skin_is_redder_and_on_gray_is_gray():
    """Shaded cheeks of colour photographs were blue beside the others."""
    picture = np.empty((64, 64, 3), "uint8")
    picture[:, :32], picture[:, 32:] = (210, 160, 130), 150
    flat, line = np.zeros((64, 64), "float32"), np.zeros((64, 64, 2), "float32")
    shaded = Motion(
        np.eye(2, 3), line, flat + 0.7, flat, np.zeros((64, 64, 3), "float32")
    ).apply(picture)
    skin, gray = shaded[32, 8] / picture[32, 8], shaded[32, 56]
    assert skin[0] > skin[1] + 0.05 and skin[1] > skin[2] + 0.03
    assert abs(skin @ LUMA - 0.7) < 0.02
    assert (gray == 105).all()


def test_a_larger_photograph_is_edited_at_its_own_resolution(face):
    large = np.asarray(
        ndimage.zoom(rendered(), (4, 4, 1), order=1)
    )
    edited = Animator.load().fit(
        large, landmarks() * 4 + 1.5, most_side=128
    ).motion("happy", 1.0).apply(large)
    assert edited.shape == large.shape
    small = face.motion("happy", 1.0).apply(rendered())
    shrunk = edited.reshape(
        len(small), 4, small.shape[1], 4, 3
    ).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 2.0


def test_motions_as_bytes(face):
    motion = face.motion("happy", 1.0)
    transform = alignment.similarity(landmarks(), 128)
    values = motion_of_picture(motion, transform, 128)
    assert values.shape == (128, 128, 4)
    back = decode_motion(encode_motion(values))
    assert np.abs(back - values).max() < 0.02
    half = resize_motion(back, 64)
    assert np.abs(half[..., :2]).max() < np.abs(back[..., :2]).max()
    # The picture moved by its own motion is the picture that was made.
    before = alignment.cut_out(rendered(), 128, transform).astype("float32")
    after = alignment.cut_out(motion.apply(rendered()), 128, transform)
    rows, columns = np.mgrid[:128, :128]
    moved = np.stack([
        ndimage.map_coordinates(
            before[..., channel],
            [rows + back[..., 1], columns + back[..., 0]], order=1,
            mode="nearest",
        ) for channel in range(3)
    ], -1) * back[..., 2:3]
    outside = back[..., 3] == 0
    assert np.abs(moved - after)[outside].mean() < 2.0
    for broken in (b"", b"no motion", encode_motion(values)[:-9],
                   encode_motion(values[:5])):
        with pytest.raises(UserError):
            decode_motion(broken)


def test_the_face_model_survives_its_file(tmp_path):
    model = carried_face_model()
    model.save(tmp_path / "face.npz")
    again = ReducedFaceModel.load(tmp_path / "face.npz")
    assert np.abs(again.shapes - model.shapes).max() < 1e-3
    assert again.names == model.names
    assert (tmp_path / "face.npz").stat().st_size < 6e6
    (tmp_path / "cut.npz").write_bytes(
        (tmp_path / "face.npz").read_bytes()[:5000]
    )
    for name in ("cut.npz", "missing.npz"):
        with pytest.raises(UserError, match=name):
            ReducedFaceModel.load(tmp_path / name)


def test_a_model_without_a_mouth_cannot_be_reduced(tmp_path):
    topology = write_face_model(tmp_path)
    model = read_face_model(tmp_path, topology)
    with pytest.raises(UserError, match="no holes for mouth and eyes"):
        reduce_face_model(
            model, np.zeros((468, 3), "int32"), np.ones((468, 3)) / 3
        )
