"""Where the landmarks lie on the face model, measured on renderings.

Face Mesh and the ICT face model have meshes of their own, and nobody says
which point of one is which of the other. So people are rendered from the
front, their landmarks are found, and each is placed on the mesh between the
vertices that the picture shows there. What the network is used to (where on
the lip's edge it puts its points) is thereby part of the correspondence.
"""

import numpy as np
from scipy.spatial import Delaunay

from exprgan_tf.animation.landmarks import COUNT, face_mesh
from exprgan_tf.rendering.paint_maps import PaintMaps
from exprgan_tf.rendering.rasterizer import vertex_normals
from exprgan_tf.rendering.scene import FRONTAL, render
from exprgan_tf.rendering.shading import CAMERA
from exprgan_tf.rendering.subject import Subject
from exprgan_tf.rendering.topology import FACE

_IMAGE_SIZE = 448
_SEED = 15
# Vertices that are turned away from the camera by more have no landmarks.
_LEAST_FACING = 0.05


def measure_correspondence(model, people=32, texture_side=640):
    """The place of each landmark on the mesh.

    Args:
        model: a `rendering.face_model.FaceModel`.
        people: how many to render.
        texture_side: of painted skin, in pixels.

    Returns:
        int32 `[468, 3]` vertices, and float32 `[468, 3]` their shares.
    """
    maps = PaintMaps(model, texture_side)
    face = model.triangles[model.parts == FACE]
    places = []
    for index in range(people):
        subject = Subject(model, maps, _SEED, index)
        picture, marks = render(
            model, maps, subject, {}, FRONTAL, _IMAGE_SIZE
        )
        head = subject.vertices[:len(model.neutral)]
        screen = _on_screen(head, model.landmarks, marks)
        found, _ = face_mesh()(
            picture, marks[[69, 68, 30, 48, 54]]
        )
        facing = vertex_normals(head.astype("float32"), face)[:, 2]
        visible = np.where(facing > _LEAST_FACING)[0]
        visible = visible[np.isin(visible, face)]
        places.append(_rest_places(
            found, screen[visible], model.neutral[visible, :2]
        ))
    return _corners(np.median(places, axis=0), model, face)


def _on_screen(head, landmarks, marks):
    """Pixels `[v, 2]` of all vertices, from those of the 68 landmarks."""
    flat = head[:, :2] * [1, -1] / (CAMERA - head[:, 2:])
    known, count = flat[landmarks], len(landmarks)
    design = np.zeros((2 * count, 3))
    design[:count, 0], design[count:, 0] = known[:, 0], known[:, 1]
    design[:count, 1] = design[count:, 2] = 1
    goal = marks[:count].T.ravel()
    (scale, *shift), *_ = np.linalg.lstsq(design, goal, rcond=None)
    return flat * scale + shift


def _rest_places(found, screen, rest):
    """x and y on the neutral mesh `[468, 2]` of what lies at `found`."""
    distance = ((found[:, None] - screen[None]) ** 2).sum(-1)
    near = np.argpartition(distance, 6, axis=1)[:, :6]
    places = np.empty((COUNT, 2))
    for mark in range(COUNT):
        # Affine around the point: exact in sheared and scaled patches.
        patch = near[mark]
        design = np.c_[screen[patch] - found[mark], np.ones(6)]
        weight = 1 / (distance[mark, patch] + 1.0)
        scaled = design * weight[:, None]
        places[mark] = np.linalg.solve(
            scaled.T @ design + 1e-3 * np.diag([1, 1, 0]),
            scaled.T @ rest[patch],
        )[2]
    return places


def _corners(places, model, face):
    """Three vertices around each place, and their shares."""
    facing = vertex_normals(model.neutral.astype("float32"), face)[:, 2]
    vertices = np.where(facing > _LEAST_FACING)[0]
    vertices = vertices[np.isin(vertices, face)]
    # The inside of the mouth and of the nostrils lies behind the face.
    points = model.neutral[vertices]
    depth = _depth_behind(points)
    vertices = vertices[depth < 0.6]
    mesh = Delaunay(model.neutral[vertices, :2])
    inside = np.clip(mesh.find_simplex(places), 0, None)
    base = mesh.transform[inside]
    shares = np.einsum("nij,nj->ni", base[:, :2], places - base[:, 2])
    shares = np.clip(np.c_[shares, 1 - shares.sum(1)], 0, 1)
    shares /= shares.sum(1, keepdims=True)
    return (
        vertices[mesh.simplices[inside]].astype("int32"),
        shares.astype("float32"),
    )


def _depth_behind(points):
    """How far each point `[n, 3]` lies behind the foremost one near it."""
    cell = np.round(points[:, :2] / 0.5).astype(int)
    front = {}
    for key, z in zip(map(tuple, cell), points[:, 2], strict=True):
        front[key] = max(front.get(key, -np.inf), z)
    return np.array([
        front[tuple(key)] for key in cell
    ]) - points[:, 2]
