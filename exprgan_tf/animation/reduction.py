"""From the ICT Face Model Light to the model that comes along."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from exprgan_tf.animation.reduced_model import FAR, ReducedFaceModel
from exprgan_tf.errors import UserError
from exprgan_tf.rendering.topology import FACE, TEETH

# Modes are sorted by how much they explain.
_MODES = 60
# The skin is the face without ears, neck and scalp: these vertices of it.
_SKIN_SHARE = 6706 / 9409
# Teeth farther back than this from the front ones are not seen.
_TEETH_DEPTH = 3.4
# A vertex that the jaw moves down by more goes with the lower lip.
_WITH_JAW = -1.6
_MOUTH_RINGS = 12


def reduce_face_model(model, landmark_vertices, landmark_shares):
    """Keeps what the animation uses.

    Args:
        model: a `rendering.face_model.FaceModel`.
        landmark_vertices, landmark_shares: as `measure_correspondence`
            gives them.

    Returns:
        A `ReducedFaceModel`.

    Raises:
        UserError: when the face has no holes for mouth and eyes.
    """
    face = model.triangles[model.parts == FACE]
    skin_count = round(_SKIN_SHARE * model.topology.face_vertices)
    face = face[(face < skin_count).all(axis=1)]
    upper, lower = _front_teeth(model)
    kept = np.unique(np.concatenate([face.ravel(), landmark_vertices.ravel()]))
    teeth = np.unique(np.concatenate([upper.ravel(), lower.ravel()]))
    kept = np.concatenate([kept, teeth])
    new = np.full(len(model.neutral), -1, "int32")
    new[kept] = np.arange(len(kept))
    neutral = model.neutral[kept]
    shapes = model.shapes[:, kept]
    triangles = new[face]
    drop = shapes[model.names.index("jawOpen")][:, 1]
    follows_jaw = drop < _WITH_JAW
    mouth, *eyes = _holes(triangles, neutral)
    lip_depth = _rings(triangles, mouth, len(kept))
    marks = new[model.landmarks]
    inner = {
        name: lip_depth[marks[mark]] for name, mark in
        (("upper", 62), ("lower", 66))
    }
    along = [
        np.where((lip_depth == ring) & (follows_jaw == low))[0]
        for ring, low in ((inner["upper"], False), (inner["lower"], True))
    ]
    upper_lip, lower_lip = (
        line[np.argsort(neutral[line, 0])].astype("int32") for line in along
    )
    return ReducedFaceModel(
        neutral=neutral, modes=model.modes[:_MODES, kept],
        names=np.array(model.names), shapes=shapes, triangles=triangles,
        upper_teeth=new[upper], lower_teeth=new[lower], upper_lip=upper_lip,
        lower_lip=lower_lip, lip_depth=lip_depth, follows_jaw=follows_jaw,
        eye_edges=np.stack(eyes).astype("int32"),
        landmark_vertices=new[landmark_vertices],
        landmark_shares=landmark_shares,
    )


def _front_teeth(model):
    """Triangles of the upper and lower teeth that look outwards."""
    teeth = model.triangles[model.parts == TEETH]
    if not len(teeth):
        empty = np.zeros((0, 3), "int32")
        return empty, empty
    corners = model.neutral[teeth]
    normal = np.cross(corners[:, 1] - corners[:, 0],
                      corners[:, 2] - corners[:, 0])
    middle = corners.mean(axis=1)
    front = model.neutral[np.unique(teeth), 2].max()
    # The arch's centre lies behind the front teeth.
    outwards = middle * [1, 0, 1] - [0, 0, front - _TEETH_DEPTH]
    seen = (middle[:, 2] > front - _TEETH_DEPTH) & (
        (normal * outwards).sum(1) > 0
    )
    drop = model.shapes[model.names.index("jawOpen")][:, 1]
    low = drop[teeth[:, 0]] < _WITH_JAW
    return teeth[seen & ~low], teeth[seen & low]


def _edges(triangles):
    edges = np.sort(np.concatenate([
        triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]
    ]), axis=1)
    return np.unique(edges, axis=0, return_counts=True)


def _holes(triangles, neutral):
    """Vertices around the mouth's hole, the right and the left eye's."""
    edges, counts = _edges(triangles)
    border = edges[counts == 1]
    graph = csr_matrix(
        (np.ones(len(border)), (border[:, 0], border[:, 1])),
        (len(neutral),) * 2,
    )
    _, labels = connected_components(graph, directed=False)
    loops = [
        np.where(labels == label)[0]
        for label in np.unique(labels[np.unique(border)])
    ]
    # The longest is the face's own border.
    extent = [np.ptp(neutral[loop], axis=0).max() for loop in loops]
    loops = [loops[k] for k in np.argsort(extent)[:-1]]
    if len(loops) != 3:
        raise UserError(
            "--ict_model: the face has no holes for mouth and eyes; it is "
            "not the ICT Face Model Light"
        )
    loops.sort(key=lambda loop: neutral[loop, 1].mean())
    mouth, *eyes = loops
    return mouth, *sorted(eyes, key=lambda loop: neutral[loop, 0].mean())


def _rings(triangles, hole, count):
    """How many edges each vertex is from the hole, at most so many."""
    edges, _ = _edges(triangles)
    graph = csr_matrix(
        (np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count)
    )
    graph = graph + graph.T
    depth = np.full(count, FAR, "int32")
    depth[hole] = 0
    reached = depth == 0
    for ring in range(1, _MOUTH_RINGS):
        reached = (graph @ reached.astype(float) > 0) & (depth == FAR)
        depth[reached] = ring
    return depth
