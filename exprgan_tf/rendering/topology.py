"""Which vertices and polygons of a face model are which part."""

import dataclasses

# Parts of the head, as the shading tells them apart. Long hair is no part of
# the model: `hair.py` adds it.
FACE, HEAD, MOUTH, SOCKET, GUMS, TEETH, EYE_LEFT, EYE_RIGHT, LONG_HAIR = (
    range(9)
)


@dataclasses.dataclass(frozen=True)
class Topology:
    """Ranges are (first, end), end not included.

    Left and right are the person's. Lengths are centimetres; x points to the
    person's left, y up, z forward.
    """

    vertices: int
    polygons: int
    identity_modes: int
    # Polygons of each part but LONG_HAIR; what is in none is not drawn
    # (lashes, tear film and the like).
    part_polygons: dict
    # Vertices of the eyeballs, left and right.
    eye_vertices: tuple
    # The first so many vertices are the face, and the face and head.
    face_vertices: int
    skin_vertices: int
    # The 68 points of Multi-PIE: jaw 0 to 16, brows to 26, nose to 35, eyes
    # to 47 (first the person's right, left in the image), mouth to 67.
    landmarks: tuple


FACE_X_MODEL = Topology(
    vertices=26_719,
    polygons=26_384,
    identity_modes=100,
    part_polygons={
        FACE: (0, 9230), HEAD: (9230, 11144), MOUTH: (11144, 13226),
        SOCKET: (13226, 14034), GUMS: (14034, 17006), TEETH: (17006, 21496),
        EYE_LEFT: (21496, 22296), EYE_RIGHT: (23094, 23894),
    },
    eye_vertices=((21451, 22221), (23021, 23791)),
    face_vertices=9409,
    skin_vertices=11_248,
    landmarks=(
        1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927,
        3924, 2608, 3272, 4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240,
        4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360,
        1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725,
        3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957,
        5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
    ),
)
