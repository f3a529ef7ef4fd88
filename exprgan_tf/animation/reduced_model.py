"""The face model as the animation needs it, small enough to come along.

`carried/face_model.npz` was made by `exprgan reduce-face-model` from the ICT
Face Model Light (MIT License, `carried/face_model.LICENSE`): the skin of the
face, the teeth that can be seen, 60 modes of identity, and all shapes.
"""

import functools
import pathlib
import zipfile
import zlib

import numpy as np

from exprgan_tf.animation.landmarks import CARRIED
from exprgan_tf.animation.surfaces import thin_plate_operator
from exprgan_tf.errors import UserError
from exprgan_tf.support.array_files import holds_arrays, write_arrays

FORMAT = "exprgan_tf face model 1"
# The `lip_depth` of what is not around the mouth.
FAR = 99
# Offsets that are stored as 16-bit shares of the largest of their mode or
# shape; the others as they are.
_SCALED = ("modes", "shapes")
_PLAIN = (
    "neutral", "names", "triangles", "upper_teeth", "lower_teeth",
    "upper_lip", "lower_lip", "lip_depth", "follows_jaw", "eye_edges",
    "landmark_vertices", "landmark_shares",
)
# How stiff the surface is that carries landmarks' residuals to the vertices.
_SMOOTHING = 2e-3
# Lips are apart in it, so that each follows its own landmarks.
_APART = 0.35


class ReducedFaceModel:
    """A face that moves by named shapes.

    Lengths are centimetres; x points to the person's left, y up, z forward.

    Attributes:
        neutral: float32 `[v, 3]`; skin first, teeth behind it.
        modes: float32 `[m, v, 3]`, offsets at one standard deviation.
        names: the shapes' names, such as `mouthSmile_L`.
        shapes: float32 `[len(names), v, 3]`, offsets at weight 1.
        triangles: int32 `[t, 3]`, the skin.
        upper_teeth, lower_teeth: int32 `[t, 3]`, their front.
        upper_lip, lower_lip: int32 `[n]`, vertices of the line along which
            the lips touch, from the person's right to the left.
        lip_depth: int32 `[v]`, how many edges a vertex is away from the
            mouth's hole; 99 far away.
        follows_jaw: bool `[v]`, whether the jaw moves it much.
        eye_edges: int32 `[2, n]`, vertices around the eyes' holes, the
            person's right eye first.
        landmark_vertices, landmark_shares: int32 and float32 `[468, 3]`,
            where Face Mesh's landmarks lie.
        skin: number of vertices of the skin.
        carry: float32 `[skin, 468]`; times what landmarks are off, how far
            the vertices are.
    """

    def __init__(self, **arrays):
        for name in (*_PLAIN, *_SCALED):
            setattr(self, name, arrays[name])
        self.names = [str(name) for name in self.names]
        self._index = {name: i for i, name in enumerate(self.names)}
        self.skin = int(self.triangles.max()) + 1
        apart = self.neutral + _APART * self.offset({"jawOpen": 1.0})
        self.carry = thin_plate_operator(
            self.at_landmarks(apart)[:, :2], apart[:self.skin, :2],
            _SMOOTHING,
        )

    def at_landmarks(self, vertices):
        """Values `[..., v, k]` of vertices where the landmarks lie."""
        return np.einsum(
            "...nik,ni->...nk", vertices[..., self.landmark_vertices, :],
            self.landmark_shares,
        )

    def sides(self, name):
        """The shapes of a name: itself, or its pair.

        Raises:
            UserError: when there is none.
        """
        if name in self._index:
            return [name]
        pair = [f"{name}_L", f"{name}_R"]
        if pair[0] in self._index:
            return pair
        # ARKit writes the sides in full.
        for word in ("Left", "Right"):
            short = f"{name.removesuffix(word)}_{word[0]}"
            if name.endswith(word) and short in self._index:
                return [short]
        raise UserError(f"there is no shape {name!r}: see --list_shapes")

    def offset(self, weights):
        """Offsets `[v, 3]` of shapes with given weights `{name: weight}`."""
        total = np.zeros_like(self.neutral)
        for name, weight in weights.items():
            for shape in self.sides(name):
                total += np.float32(weight) * self.shapes[self._index[shape]]
        return total

    def lip_drop(self, name):
        """How far a one-sided shape at weight 1 lowers the lower lip's
        middle, centimetres; negative where it lifts it."""
        middle = self.lower_lip[len(self.lower_lip) // 2]
        return -float(self.shapes[self._index[name], middle, 1])

    def save(self, path):
        """Writes the file; it appears only when whole.

        Raises:
            UserError: when it cannot be written.
        """
        arrays = {name: getattr(self, name) for name in _PLAIN}
        arrays["names"] = np.array(self.names)
        arrays["neutral"] = self.neutral.astype("float32")
        for name in _SCALED:
            offsets = getattr(self, name)
            scale = np.abs(offsets).max(axis=(1, 2), keepdims=True) / 32767
            scale = np.maximum(scale, 1e-12).astype("float32")
            arrays[name] = np.rint(offsets / scale).astype("int16")
            arrays[f"{name}_scale"] = scale
        path = pathlib.Path(path)
        write_arrays(path, FORMAT, **arrays)

    @staticmethod
    def is_one(path):
        """Whether a file is of this kind."""
        return holds_arrays(path, FORMAT)

    @classmethod
    def load(cls, path):
        """Reads the file.

        Raises:
            UserError: when it is missing or not of this kind.
        """
        path = pathlib.Path(path)
        try:
            with np.load(path) as file:
                if str(file["format"]) != FORMAT:
                    raise ValueError(f"its format is {file['format']}")
                arrays = {name: file[name] for name in _PLAIN}
                for name in _SCALED:
                    arrays[name] = (
                        file[name].astype("float32") * file[f"{name}_scale"]
                    )
        except FileNotFoundError:
            raise UserError(f"{path} does not exist") from None
        except (
            OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise UserError(
                f"{path} is no face model of exprgan reduce-face-model: {error}"
            ) from None
        return cls(**arrays)


def shape_names():
    """The shapes of the model that comes along, by ARKit's names.

    Those that have sides are followed by the names of the sides.
    """
    names = []
    for name in carried_face_model().names:
        base, _, side = name.partition("_")
        if base not in names:
            names.append(base)
        if side:
            names.append(base + {"L": "Left", "R": "Right"}[side])
    return names


@functools.cache
def carried_face_model():
    """The `ReducedFaceModel` that comes along."""
    return ReducedFaceModel.load(CARRIED / "face_model.npz")
