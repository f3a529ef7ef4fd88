"""Meshes on the screen: what each pixel shows, normals, smooth surfaces."""

import numpy as np
from scipy import sparse


def rasterize(points, depth, triangles, shape):
    """The nearest triangle of each pixel.

    All candidates, each pixel of each triangle's bounding box, are tested at
    once; small triangles, as of a face, make this as fast as a compiled loop.

    Args:
        points: float `[v, 2]`, pixels, the first pixel's centre at 0.
        depth: float `[v]`, larger is nearer.
        triangles: int `[t, 3]`.
        shape: height and width of the picture.

    Returns:
        int32 `[h, w]`, the triangle, -1 where there is none, and float32
        `[h, w, 3]`, the shares of its corners.
    """
    height, width = shape
    a, b, c = points.astype("float32")[triangles.T]
    low = np.ceil(np.minimum(np.minimum(a, b), c) - 1e-4).astype("int32")
    high = np.floor(np.maximum(np.maximum(a, b), c) + 1e-4).astype("int32")
    low = np.maximum(low, 0)
    high = np.minimum(high, np.int32([width - 1, height - 1]))
    size = high - low + 1
    edge_a, edge_b = b - a, c - a
    area = edge_a[:, 0] * edge_b[:, 1] - edge_b[:, 0] * edge_a[:, 1]
    drawn = (size[:, 0] > 0) & (size[:, 1] > 0) & (np.abs(area) > 1e-9)
    # Row by row of each triangle, along which all is linear.
    owner, down = _counted(np.flatnonzero(drawn), size[drawn, 1])
    rows = low[owner, 1] + down
    begin, count = low[owner, 0], size[owner, 0]
    (right, below), (to_c, to_b) = np.stack([begin, rows]) - a[owner].T, (
        edge[owner].T / area[owner] for edge in (edge_b, edge_a)
    )
    near = depth.astype("float32")[triangles[owner]].T
    second = right * to_c[1] - below * to_c[0], to_c[1]
    third = below * to_b[0] - right * to_b[1], -to_b[1]
    nearness = [
        part + (near[1] - near[0]) * by_second + (near[2] - near[0]) * by_third
        for part, by_second, by_third in zip(
            (near[0], 0), second, third, strict=True
        )
    ]
    owner, along = _counted(owner, count)
    second, third, nearness = (
        np.repeat(first, count) + along * np.repeat(step, count)
        for first, step in (second, third, nearness)
    )
    inside = np.flatnonzero(
        (second >= -1e-4) & (third >= -1e-4) & (second + third <= 1.0001)
    )
    pixels = np.repeat(rows * width + begin, count) + along
    owner, pixels, second, third, nearness = (
        part.take(inside) for part in (owner, pixels, second, third, nearness)
    )
    # Where several are, the nearest is written last. A stable order makes
    # equal ones repeatable.
    order = np.arange(len(pixels))
    several = np.flatnonzero(np.bincount(pixels)[pixels] > 1)
    order[several] = several[np.argsort(nearness[several], kind="stable")]
    shown = np.full(height * width, -1, "int32")
    weights = np.zeros((height * width, 3), "float32")
    pixels, second, third = (
        part.take(order) for part in (pixels, second, third)
    )
    shown[pixels] = owner.take(order)
    weights[pixels] = np.stack([1 - second - third, second, third], -1)
    return shown.reshape(shape), weights.reshape(*shape, 3)


def _counted(items, counts):
    """Each item as often as its count says, and a number from 0 each time."""
    first = np.cumsum(counts) - counts
    total = int(counts.sum())
    return np.repeat(items, counts), (
        np.arange(total, dtype="int32")
        - np.repeat(first.astype("int32"), counts)
    )


class Drawn:
    """A mesh on the screen.

    Attributes:
        hit: bool `[h, w]`, where it is seen.

    Args:
        points, depth, triangles, shape: as for `rasterize`.
    """

    def __init__(self, points, depth, triangles, shape):
        shown, shares = rasterize(points, depth, triangles, shape)
        self.hit = shown >= 0
        corners = triangles[shown[self.hit]]
        # A pixel is a row of three shares.
        self._mean = sparse.csr_array((
            shares[self.hit].ravel(), corners.ravel(),
            np.arange(0, corners.size + 1, 3),
        ), (len(corners), len(points)))

    def spread(self, values):
        """Values `[v, k]` of vertices at pixels: float32 `[h, w, k]`, 0 where
        the mesh is not seen."""
        out = np.zeros((*self.hit.shape, values.shape[1]), "float32")
        out[self.hit] = self._mean @ values.astype("float32")
        return out


def vertex_normals(vertices, triangles):
    """Unit normals `[v, 3]`: means of those around, weighted by area."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    normals = np.stack([
        np.bincount(
            triangles.ravel(), np.repeat(flat[:, axis], 3), len(vertices)
        ) for axis in range(3)
    ], -1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.maximum(length, 1e-12)).astype("float32")


def thin_plate_operator(known, wanted, smoothing):
    """A thin-plate spline as a matrix.

    Args:
        known: `[n, 2]`, where values are known.
        wanted: `[m, 2]`, where they are asked for.
        smoothing: 0 to interpolate; in units of the kernel at a distance
            of the points' spread.

    Returns:
        float32 `[m, n]`; times values at `known`, those at `wanted`.
    """
    count = len(known)
    spread_of = known.std()
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _thin_plate(known, known, spread_of)
    system[:count, :count] += smoothing * np.eye(count)
    flat = np.c_[np.ones(count), known / spread_of]
    system[:count, count:], system[count:, :count] = flat, flat.T
    evaluated = np.c_[
        _thin_plate(wanted, known, spread_of),
        np.ones(len(wanted)), wanted / spread_of,
    ]
    right = np.zeros((count + 3, count))
    right[:count] = np.eye(count)
    return (evaluated @ np.linalg.solve(system, right)).astype("float32")


def _thin_plate(a, b, scale):
    squared = sum(
        np.subtract.outer(a[:, axis], b[:, axis])**2 for axis in range(2)
    ) / scale**2
    return 0.5 * squared * np.log(np.maximum(squared, 1e-12))
