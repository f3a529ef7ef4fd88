"""Meshes and fields on the grid of pixels."""

import numpy as np
import pytest
from PIL import Image

from exprgan_tf.animation.fields import box_around, crop, extend, sample
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.surfaces import (
    Drawn,
    rasterize,
    thin_plate_operator,
)


def test_a_box_around_what_a_mask_shows():
    mask = np.zeros((9, 12), bool)
    mask[2:4, 10] = True
    assert box_around(mask, 1) == (slice(1, 5), slice(9, 12))
    assert mask[box_around(mask, 1)].sum() == 2
    assert mask[box_around(np.zeros_like(mask), 0)].size == 0


def test_rasterizing_shows_the_nearest_triangle():
    points = np.array([[0, 0], [9, 0], [0, 9], [0, 0], [9, 0], [0, 9.0]])
    depth = np.array([0, 0, 0, 1, 1, 1.0])
    triangles = np.array([[3, 4, 5], [0, 1, 2]])
    shown, shares = rasterize(points, depth, triangles, (10, 10))
    assert shown[1, 1] == 0 and shown[9, 9] == -1
    place = (shares[2, 3][:, None] * points[3:]).sum(axis=0)
    assert place == pytest.approx([3, 2], abs=1e-4)


def test_what_vertices_show_is_spread_over_pixels():
    points = np.array([[0, 0], [9, 0], [0, 9.0]])
    drawn = Drawn(points, np.zeros(3), np.array([[0, 1, 2]]), (10, 12))
    # Places themselves: each pixel gets its own.
    values = drawn.spread(points)
    rows, columns = np.nonzero(drawn.hit)
    assert len(rows) == 55
    assert values[rows, columns] == pytest.approx(
        np.stack([columns, rows], -1), abs=1e-4
    )
    assert not values[~drawn.hit].any()


@pytest.mark.parametrize("scale, corner", [
    (2.0, (20, 10)), (0.9, (-30, 5)), (0.45, (10, 60)), (0.3, (-90, -80)),
    (0.2, (80, 90)),
])
def test_a_crop_shows_what_is_there_and_beyond(scale, corner):
    """In the picture's own pixels, or cells of them; its edge goes on."""
    picture = np.random.default_rng(0).integers(0, 256, (61, 83, 3), "uint8")
    transform = np.array([[scale, 0.1, 0], [-0.1, scale, 0]])
    transform[:, 2] = -transform[:, :2] @ corner
    cell = max(int(1 / np.hypot(scale, 0.1)), 1)
    cells = np.asarray(Image.fromarray(picture).reduce(cell))
    y, x = np.mgrid[:40, :40].reshape(2, -1)
    x, y = np.linalg.inv(transform[:, :2]) @ (
        np.stack([x, y]) - transform[:, 2:]
    )
    x, y = ((place + 0.5) / cell - 0.5 for place in (x, y))
    assert crop(picture, 40, transform).reshape(-1, 3) == pytest.approx(
        sample(cells, x, y), abs=0.1
    )


def test_a_thin_plate_goes_through_its_points():
    generator = np.random.default_rng(0)
    known = generator.normal(size=(30, 2))
    values = known @ [2.0, -1.0] + 3
    wanted = generator.normal(size=(5, 2))
    operator = thin_plate_operator(known, wanted, 1e-6)
    assert operator @ values == pytest.approx(wanted @ [2.0, -1.0] + 3, 1e-3)


def test_a_field_fades_away_from_where_it_is_known():
    values = np.zeros((96, 96, 1), "float32")
    known = np.zeros((96, 96), bool)
    known[40:56, 40:56] = True
    values[known] = 1
    field = extend(values, known, 20)[..., 0]
    assert np.array_equal(field[known], values[known][:, 0])
    assert 0.5 < field[48, 57] <= 1 and abs(field[2, 2]) < 0.1
    assert (np.diff(field[48, 57:]) < 0.03).all()


def test_beyond_the_photograph_skin_goes_on():
    """Chins that rise from below the edge were streaks of its last row."""
    picture = np.random.default_rng(0).integers(
        0, 256, (40, 40, 3), dtype="uint8"
    )
    motion = Motion(
        np.eye(2, 3), np.full((40, 40, 2), (0.0, 10.0), "float32"),
        np.ones((40, 40), "float32"), np.zeros((40, 40), "float32"),
        np.zeros((40, 40, 3), "float32"),
    )
    made = motion.apply(picture)
    np.testing.assert_array_equal(made[1:30, 1:-1], picture[11:40, 1:-1])
    np.testing.assert_array_equal(made[30:39, 1:-1], picture[38:29:-1, 1:-1])


@pytest.mark.parametrize("side", [130, 140, 300])
def test_beyond_the_edge_a_picture_goes_on_mirrored(side):
    """However few of its last rows are computed at a time."""
    picture = np.random.default_rng(0).integers(
        0, 255, (side, 50, 3)
    ).astype("uint8")
    still = np.ones((side, side), "float32")
    displacement = np.zeros((side, side, 2), "float32")
    displacement[..., 1] = 40
    moved = Motion(
        np.eye(2, 3), displacement, still, 0 * still,
        np.zeros((side, side, 3), "float32"),
    ).apply(picture)
    rows = np.arange(40, side + 40)
    rows = np.where(rows < side, rows, 2 * side - 2 - rows)
    np.testing.assert_array_equal(moved, picture[rows])
