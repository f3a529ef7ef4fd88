"""A ball with a face, in the files of the ICT Face Model Light."""

import json

import numpy as np

from exprgan_tf.rendering import topology
from exprgan_tf.rendering.expressions import STYLES

# Where the 68 landmarks of a face are, x and y in centimetres.
MARKS = [
    *((x, -8 + 0.1 * x * x) for x in np.linspace(-7, 7, 17)),
    *((x, 5.5) for x in (-5.2, -4.4, -3.5, -2.6, -1.7, 1.7, 2.6, 3.5, 4.4,
                         5.2)),
    *((0, y) for y in (3.2, 2.2, 1.2, 0.2)),
    *((x, -0.9) for x in (-1.4, -0.7, 0, 0.7, 1.4)),
    *((x - 3.15, y) for x, y in ((-1.6, 3.4), (-0.6, 3.9), (0.6, 3.9),
                                 (1.6, 3.4), (0.6, 3.0), (-0.6, 3.0))),
    *((x + 3.15, y) for x, y in ((-1.6, 3.4), (-0.6, 3.9), (0.6, 3.9),
                                 (1.6, 3.4), (0.6, 3.0), (-0.6, 3.0))),
    *((x, -4 + y) for x, y in ((-2.4, 0), (-1.6, 0.5), (-0.8, 0.7), (0, 0.6),
                               (0.8, 0.7), (1.6, 0.5), (2.4, 0), (1.6, -0.6),
                               (0.8, -0.9), (0, -1), (-0.8, -0.9),
                               (-1.6, -0.6))),
    *((x, -4) for x in np.linspace(-1.8, 1.8, 8)),
]
SIDE = 41  # vertices along a side of the face


def ball(x, y):
    z = np.sqrt(np.clip(1 - (x / 9) ** 2 - (y / 13) ** 2, 0.02, 1)) * 11
    return np.stack([x, y, z], -1)


def grid(columns, first):
    """Two triangles as a quad for each cell of a square of vertices."""
    k = np.arange(columns * columns).reshape(columns, columns) + first
    return np.stack(
        [k[:-1, :-1], k[:-1, 1:], k[1:, 1:], k[1:, :-1]], -1
    ).reshape(-1, 4)


def write_obj(path, vertices, uv, polygons):
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in vertices]
    lines += [f"vt {u:.4f} {v:.4f}" for u, v in uv]
    lines += [
        "f " + " ".join(f"{k + 1}/{k + 1}" for k in polygon)
        for polygon in polygons
    ]
    path.write_text("# a test\n" + "\n".join(lines) + "\n")


def write_face_model(folder):
    """Writes a face with two flat eyes; returns its `Topology`."""
    x, y = np.meshgrid(np.linspace(-8, 8, SIDE), np.linspace(-12, 12, SIDE))
    face = ball(x.ravel(), y.ravel())
    marks = [
        int(((face[:, :2] - mark) ** 2).sum(1).argmin()) for mark in MARKS
    ]
    # The lids are vertices of the face at exactly these places.
    face[marks] = ball(*np.array(MARKS).T)
    around = np.meshgrid([-0.8, 0, 0.8], [-0.8, 0, 0.8])
    in_front = np.array([0, 0, 0.3])
    eyes = [
        ball(around[0].ravel() + centre, around[1].ravel() + 3.4) + in_front
        for centre in (3.15, -3.15)
    ]
    vertices = np.concatenate([face, *eyes])
    polygons = np.concatenate([
        grid(SIDE, 0), grid(3, len(face)), grid(3, len(face) + 9)
    ])
    cells = (SIDE - 1) ** 2
    uv = (vertices[:, :2] + [8, 12]) / [16, 24]
    write_obj(folder / "generic_neutral_mesh.obj", vertices, uv, polygons)
    generator = np.random.default_rng(0)
    names = {
        name for styles in STYLES.values() for recipe in styles.values()
        for name in recipe
    }
    single = {"jawOpen", "jawForward", "mouthFunnel", "mouthPucker",
              "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
              "mouthShrugUpper"}
    shapes = sorted(
        single | {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}
        | {f"{name}_{side}" for name in names - single for side in "LR"}
        | {f"eyeBlink_{side}" for side in "LR"}
    )
    upper_lids = np.array(marks)[[37, 38, 43, 44]]
    for name in shapes:
        moved = vertices.copy()
        if name.startswith(("eyeWide", "eyeBlink")):
            moved[upper_lids, 1] += 0.2 if name.startswith("eyeW") else -0.2
        else:
            centre = generator.uniform((-4, -6, 8), (4, 6, 11))
            near = np.exp(-((vertices - centre) ** 2).sum(1) / 4)
            moved += near[:, None] * generator.normal(0, 0.8, 3)
        write_obj(folder / f"{name}.obj", moved, uv[:1], polygons[:1])
    for index in range(2):
        wider = vertices * generator.uniform(0.95, 1.05, 3)
        write_obj(folder / f"identity{index:03d}.obj", wider, uv[:1], [])
    (folder / "vertex_indices.json").write_text(
        json.dumps({"expressions": shapes})
    )
    return topology.Topology(
        vertices=len(vertices), polygons=len(polygons), identity_modes=2,
        part_polygons={
            topology.FACE: (0, cells),
            topology.EYE_LEFT: (cells, cells + 4),
            topology.EYE_RIGHT: (cells + 4, cells + 8),
        },
        eye_vertices=(
            (len(face), len(face) + 9), (len(face) + 9, len(face) + 18)
        ),
        face_vertices=len(face), skin_vertices=len(face),
        landmarks=tuple(marks),
    )
