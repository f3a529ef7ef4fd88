"""Meshes on the screen: what each pixel shows, normals, smooth surfaces."""

import numpy as np
from scipy.spatial.distance import cdist


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
    low = np.ceil(np.minimum(np.minimum(a, b), c) - 1e-4).astype(int)
    high = np.floor(np.maximum(np.maximum(a, b), c) + 1e-4).astype(int)
    low = np.maximum(low, 0)
    high = np.minimum(high, [width - 1, height - 1])
    size = high - low + 1
    edge_a, edge_b = b - a, c - a
    area = edge_a[:, 0] * edge_b[:, 1] - edge_b[:, 0] * edge_a[:, 1]
    drawn = (size[:, 0] > 0) & (size[:, 1] > 0) & (np.abs(area) > 1e-9)
    todo = np.where(drawn)[0]
    count = size[todo, 0] * size[todo, 1]
    first = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(todo, count)
    place = np.arange(first[-1]) - np.repeat(first[:-1], count)
    columns = low[owner, 0] + place % size[owner, 0]
    rows = low[owner, 1] + place // size[owner, 0]
    offset_x = columns - a[owner, 0]
    offset_y = rows - a[owner, 1]
    second = (
        offset_x * edge_b[owner, 1] - offset_y * edge_b[owner, 0]
    ) / area[owner]
    third = (
        offset_y * edge_a[owner, 0] - offset_x * edge_a[owner, 1]
    ) / area[owner]
    inside = (second >= -1e-4) & (third >= -1e-4) & (second + third <= 1.0001)
    owner, second, third = owner[inside], second[inside], third[inside]
    pixels = rows[inside] * width + columns[inside]
    near = depth[triangles[owner]].astype("float32")
    nearness = (
        near[:, 0] + second * (near[:, 1] - near[:, 0])
        + third * (near[:, 2] - near[:, 0])
    )
    # The nearest is written last. A stable order makes equal ones repeatable.
    order = np.argsort(nearness, kind="stable")
    shown = np.full(height * width, -1, "int32")
    weights = np.zeros((height * width, 3), "float32")
    pixels = pixels[order]
    shown[pixels] = owner[order]
    weights[pixels] = np.stack(
        [1 - second - third, second, third], -1
    )[order]
    return shown.reshape(shape), weights.reshape(*shape, 3)


def spread(values, triangles, shown, shares):
    """Values `[v, k]` of vertices at pixels: `[h, w, k]`, 0 where none is."""
    out = np.zeros((*shown.shape, values.shape[1]), "float32")
    hit = shown >= 0
    corners = values[triangles[shown[hit]]].astype("float32")
    out[hit] = np.einsum("nik,ni->nk", corners, shares[hit])
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
    squared = cdist(a, b, "sqeuclidean") / scale**2
    return 0.5 * squared * np.log(np.maximum(squared, 1e-12))
