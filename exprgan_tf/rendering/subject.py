"""One rendered person: traits, drawn from a seed, and the mesh of them."""

import dataclasses

import numpy as np

from exprgan_tf.rendering import hair
from exprgan_tf.rendering.expressions import recipe_weights
from exprgan_tf.rendering.fields import linear_rgb
from exprgan_tf.rendering.rasterizer import vertex_normals
from exprgan_tf.rendering.skin import paint_skin
from exprgan_tf.rendering.topology import LONG_HAIR

_SKIN = linear_rgb([
    (238, 202, 176), (232, 190, 160), (222, 176, 142), (203, 152, 116),
    (172, 122, 90), (134, 92, 68), (98, 66, 50),
])
_HAIR = linear_rgb([
    (24, 19, 17), (38, 27, 22), (62, 43, 31), (92, 64, 42), (134, 96, 60),
    (176, 138, 92), (116, 60, 34), (120, 116, 112),
])
_IRIS = linear_rgb([
    (74, 46, 26), (96, 62, 34), (112, 92, 52), (84, 112, 92),
    (88, 124, 152), (112, 138, 156),
])
# Colors are linear RGB. Shares of the hair and iris colors above, of people
# with light and with dark skin.
_HAIR_SHARES = (
    (0.26, 0.24, 0.20, 0.12, 0.08, 0.05, 0.03, 0.02),
    (0.6, 0.3, 0.1, 0, 0, 0, 0, 0),
)
_IRIS_SHARES = ((0.30, 0.22, 0.14, 0.10, 0.14, 0.10), (0.7, 0.3, 0, 0, 0, 0))


@dataclasses.dataclass
class Brows:
    """Offsets to the brow's landmarks, centimetres; dark and length 0 to 1."""

    thick: float
    drop: float
    arch: float
    tilt: float
    dark: float
    length: float
    inner: float


@dataclasses.dataclass
class Traits:
    """What is drawn for a person beside the shape of the head.

    Lengths are centimetres, colors linear RGB; the others are shares.
    """

    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    iris_radius: float
    pupil_radius: float
    brows: Brows
    hair_style: str
    hairline: float
    temple: float
    peak: float
    hair_volume: float
    hair_length: float
    hair_flare: float
    covered_ears: bool
    lock_gap: float
    lip_red: float
    lip_dark: float
    stubble: float
    liner: float
    wrinkles: float
    freckles: float
    background: np.ndarray


def draw_traits(generator):
    """Draws a person's `Traits`."""
    uniform, normal = generator.uniform, generator.normal
    tone = 0.05 + 0.95 * generator.beta(1.5, 2.1)
    position = tone * (len(_SKIN) - 1)
    index = min(int(position), len(_SKIN) - 2)
    skin = _SKIN[index] + (position - index) * (
        _SKIN[index + 1] - _SKIN[index]
    )
    hair_shares = _HAIR_SHARES[int(tone >= 0.45)]
    iris_shares = _IRIS_SHARES[int(tone >= 0.40)]
    style = str(generator.choice(
        ["short", "long", "bald"], p=[0.54, 0.4, 0.06]
    ))
    is_long = style == "long"
    stubble = generator.choice(
        [0.0, uniform(0.12, 0.35), uniform(0.55, 0.8)], p=[0.5, 0.36, 0.14]
    )
    return Traits(
        skin=(skin * np.exp(normal(0, [0.02, 0.02, 0.03]))).astype("float32"),
        hair=(
            _HAIR[generator.choice(len(_HAIR), p=hair_shares)]
            * np.exp(normal(0, 0.10))
        ).astype("float32"),
        iris=(
            _IRIS[generator.choice(len(_IRIS), p=iris_shares)]
            * np.exp(normal(0, 0.12))
        ).astype("float32"),
        iris_radius=uniform(0.60, 0.68),
        pupil_radius=uniform(0.22, 0.30),
        brows=Brows(
            thick=uniform(0.24, 0.44), drop=uniform(0.10, 0.40),
            arch=normal(0, 0.10), tilt=normal(0, 0.10),
            dark=uniform(0.65, 0.95), length=uniform(0.88, 1.04),
            inner=uniform(-0.15, 0.15),
        ),
        hair_style=style,
        hairline=uniform(9.0, 11.4),
        temple=uniform(0.35, 1.1),
        peak=np.clip(normal(0, 0.25), -0.5, 0.5),
        hair_volume=uniform(0.3, 1.2),
        hair_length=uniform(-17, -6.5),
        hair_flare=uniform(-0.3, 1.2),
        covered_ears=bool(uniform() < 0.7),
        lock_gap=uniform(0.0, 0.7),
        lip_red=uniform(0.15, 0.75),
        lip_dark=uniform(0.62, 0.92),
        stubble=0.0 if is_long else float(stubble),
        liner=uniform(0.6, 0.95) if is_long else uniform(0.35, 0.65),
        wrinkles=uniform(0.6, 1.15),
        freckles=(
            uniform(0.3, 0.8) if uniform() < 0.15 and tone < 0.4 else 0.0
        ),
        background=linear_rgb(
            np.clip(uniform(120, 205) + normal(0, 2.0, 3), 0, 255)
        ),
    )


class Subject:
    """A person, ready to be rendered.

    Attributes:
        traits: `Traits`.
        vertices: float32 `[v + h, 3]`: the neutral head, then long hair.
        triangles, parts, corner_uv: of both, as those of `FaceModel`.
        hair_field, strand: float32 `[v + h]`, see `hair.hair_field`; and
            brightness of the hair there.
        eye_centres: float32 `[2, 3]`, left and right.
        skin: a `Skin`.
    """

    def __init__(self, model, maps, seed, index):
        generator = np.random.default_rng([seed, index])
        # numpy's own loop: a BLAS may sum in another order on more threads.
        identity = np.clip(
            generator.standard_normal(len(model.modes)), -2.2, 2.2
        ).astype("float32") * np.float32(0.95)
        head = model.neutral.copy()
        for weight, mode in zip(identity, model.modes, strict=True):
            head += weight * mode
        head = _natural_lids(model, head)
        self.traits = draw_traits(generator)
        self.skin = paint_skin(maps, self.traits, generator)
        self.eye_centres = np.stack([
            (head[first:end].min(0) + head[first:end].max(0)) / 2
            for first, end in model.topology.eye_vertices
        ])
        self._add_hair(model, head, generator)

    def _add_hair(self, model, head, generator):
        field = hair.hair_field(model.neutral, self.traits)
        skin = np.arange(len(head)) < model.topology.skin_vertices
        lift = hair.stand_off(model.neutral, field, self.traits) * skin
        normals = vertex_normals(head, model.triangles)
        self.vertices = head + lift[:, None].astype("float32") * normals
        self.triangles, self.parts = model.triangles, model.parts
        self.corner_uv, self.hair_field = model.corner_uv, field
        self.strand = np.exp(
            0.15 * generator.standard_normal(len(head))
        ).astype("float32")
        if self.traits.hair_style != "long":
            return
        level = (model.neutral[:, 1] > 0) & (model.neutral[:, 1] < 5) & skin
        half_width = float(np.abs(head[level, 0]).max())
        vertices, triangles, strand = hair.long_hair(
            generator, self.traits, half_width
        )
        count = len(triangles)
        self.triangles = np.concatenate([
            self.triangles, triangles + np.int32(len(head))
        ])
        self.parts = np.concatenate([
            self.parts, np.full(count, LONG_HAIR, "int32")
        ])
        self.corner_uv = np.concatenate([
            self.corner_uv, np.zeros((count, 3, 2), "float32")
        ])
        self.vertices = np.concatenate([self.vertices, vertices])
        self.strand = np.concatenate([self.strand, strand])
        self.hair_field = np.concatenate([
            field, np.full(len(vertices), 9, "float32")
        ])


def _natural_lids(model, head):
    """Keeps the neutral lids 0.74 to 1 cm apart, as part of identity."""
    upper, lower = model.landmarks[[37, 38, 43, 44]], model.landmarks[
        [41, 40, 47, 46]
    ]

    def gap(vertices):
        return float(np.mean(vertices[upper, 1] - vertices[lower, 1]))

    wanted = np.clip(gap(head), 0.74, 1.00) - gap(head)
    shape = recipe_weights(
        model, {"eyeWide" if wanted > 0 else "eyeBlink": 1.0}
    )
    by_shape = gap(model.deform(model.neutral, shape)) - gap(model.neutral)
    return model.deform(head, {
        name: wanted / by_shape for name in shape
    }) if wanted else head
