"""Reads the ICT Face Model Light from a clone of ICT-FaceKit."""

import hashlib
import json
import pathlib

import numpy as np

from exprgan_tf.errors import UserError
from exprgan_tf.rendering.topology import FACE, FACE_X_MODEL

_NEUTRAL = "generic_neutral_mesh.obj"
_INDICES = "vertex_indices.json"


class FaceModel:
    """A neutral head, modes of identity and named shapes of expression.

    Attributes:
        neutral: float32 `[v, 3]`, centimetres.
        modes: float32 `[m, v, 3]`, offsets at one standard deviation.
        names: the shapes' names, such as `mouthSmile_L`.
        shapes: float32 `[len(names), v, 3]`, offsets at weight 1.
        triangles: int32 `[t, 3]`, vertices of the parts that are drawn.
        parts: int32 `[t]`, part of each triangle.
        corner_uv: float32 `[t, 3, 2]` in [0, 1], texture coordinates.
        vertex_uv: float32 `[v, 2]`, those of the face's vertices.
        topology: the `Topology`.
        fingerprint: changes when the files change.
    """

    def __init__(self, neutral, modes, names, shapes, uv, polygons, topology):
        self.neutral, self.modes = neutral, modes
        self.names, self.shapes = list(names), shapes
        self.topology = topology
        self.triangles, uv_indices, self.parts = _triangles(
            polygons, topology
        )
        self.corner_uv = uv[uv_indices]
        self.vertex_uv = np.zeros((len(neutral), 2), "float32")
        face = self.parts == FACE
        self.vertex_uv[self.triangles[face].ravel()] = (
            self.corner_uv[face].reshape(-1, 2)
        )
        self.landmarks = np.array(topology.landmarks)
        digest = hashlib.sha256(json.dumps(self.names).encode())
        for array in (neutral, modes, shapes, self.triangles, self.corner_uv):
            digest.update(np.ascontiguousarray(array))
        self.fingerprint = digest.hexdigest()

    def both_sides(self, name):
        """The shapes of a name: itself, or its pair for left and right."""
        if name in self.names:
            return [name]
        return [f"{name}_L", f"{name}_R"]

    def deform(self, vertices, weights):
        """`vertices` `[v, 3]` with the shapes of `{name: weight}` added."""
        deformed = vertices.copy()
        for name, weight in weights.items():
            deformed += np.float32(weight) * self.shapes[
                self.names.index(name)
            ]
        return deformed


def read_face_model(folder, topology=FACE_X_MODEL):
    """Reads `FaceXModel`, or the clone that holds it.

    Raises:
        UserError: naming --ict_model and the file that is missing, cut off,
            or not of this model.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise UserError(f"--ict_model={folder}: no such folder")
    if not (folder / _NEUTRAL).exists() and (folder / "FaceXModel").is_dir():
        folder = folder / "FaceXModel"
    names = _shape_names(folder)
    identities = [
        f"identity{index:03d}" for index in range(topology.identity_modes)
    ]
    needed = [_NEUTRAL, *(f"{name}.obj" for name in names + identities)]
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"--ict_model={folder}: {missing[0]} and {len(missing) - 1} other "
            "files are missing; give the folder FaceXModel of ICT-FaceKit"
            if len(missing) > 1 else
            f"--ict_model={folder}: {missing[0]} is missing"
        )
    neutral, rest = _read_vertices(folder / _NEUTRAL, topology)
    uv, polygons = _read_polygons(folder / _NEUTRAL, rest, topology)
    offsets = [
        np.stack([
            _read_vertices(folder / f"{name}.obj", topology)[0] - neutral
            for name in group
        ])
        for group in (identities, names)
    ]
    return FaceModel(
        neutral, offsets[0], names, offsets[1], uv, polygons, topology
    )


def _shape_names(folder):
    try:
        names = json.loads((folder / _INDICES).read_text())["expressions"]
        return [str(name) for name in names]
    except FileNotFoundError:
        raise UserError(
            f"--ict_model={folder}: {_INDICES} is missing; give the folder "
            "FaceXModel of ICT-FaceKit"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"--ict_model={folder}: {_INDICES} cannot be read: {error}"
        ) from None


def _read_vertices(path, topology):
    """Vertices `[v, 3]` of an OBJ file, and the bytes after them."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"--ict_model: {path}: {error}") from None
    if data.startswith(b"version https://git-lfs"):
        raise UserError(
            f"--ict_model: {path} is a pointer of Git LFS, not the file "
            "itself; run git lfs pull in the clone"
        )
    data = b"\n" + data
    first, last = data.find(b"\nv "), data.rfind(b"\nv ")
    # The last vertex may be cut in two, unless something follows its line.
    end = data.find(b"\n", last + 1)
    if first < 0 or end < 0 or not data[end:].strip():
        raise _cut_off(path)
    try:
        numbers = np.array(
            data[first:end].replace(b"\nv ", b" ").split(), "float32"
        )
    except ValueError:
        raise _cut_off(path) from None
    if numbers.size != 3 * topology.vertices or not np.isfinite(numbers).all():
        raise _cut_off(path)
    return numbers.reshape(-1, 3), data[end + 1:]


def _read_polygons(path, data, topology):
    """Texture coordinates `[n, 2]`, and polygons as lists of (v, vt)."""
    uv, polygons = [], []
    try:
        for line in data.decode("ascii").splitlines():
            if line.startswith("vt "):
                u, v = line.split()[1:3]
                uv.append((float(u), float(v)))
            elif line.startswith("f "):
                polygons.append([
                    tuple(int(index) - 1 for index in corner.split("/")[:2])
                    for corner in line.split()[1:]
                ])
        corners = np.array([
            corner for polygon in polygons for corner in polygon
        ])
        whole = (
            len(polygons) == topology.polygons
            and (corners >= 0).all()
            and (corners < (topology.vertices, len(uv))).all()
        )
    except (ValueError, UnicodeDecodeError):
        whole = False
    if not whole:
        raise _cut_off(path)
    return np.array(uv, "float32"), polygons


def _cut_off(path):
    return UserError(
        f"--ict_model: {path} is cut off, or not of the ICT Face Model Light"
    )


def _triangles(polygons, topology):
    vertices, uv_indices, parts = [], [], []
    for part, (first, end) in topology.part_polygons.items():
        for polygon in polygons[first:end]:
            for k in range(1, len(polygon) - 1):
                corners = polygon[0], polygon[k], polygon[k + 1]
                vertices.append([corner[0] for corner in corners])
                uv_indices.append([corner[1] for corner in corners])
                parts.append(part)
    return (
        np.array(vertices, "int32"), np.array(uv_indices),
        np.array(parts, "int32"),
    )
