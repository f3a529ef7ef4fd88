"""The six expressions as shapes, several styles each, tuned on photographs.

Weights at intensity 1; intensity scales them. A name whose shapes are a pair
moves both sides. The recipes of `rendering.expressions` are for rendered
faces, whose skin can be stretched as far as one likes; these spare lids and
lower lip, where a photograph has no pixels to give.
"""

import numpy as np

from exprgan_tf.errors import UserError

STYLES = {
    "angry": (
        # shouting
        {"browDown": 1.6, "eyeWide": 0.50, "eyeSquint": 0.20,
         "noseSneer": 0.60, "mouthUpperUp": 0.50, "mouthLowerDown": 0.70,
         "mouthFunnel": 0.25, "jawOpen": 0.30, "mouthFrown": 0.35},
        # bared teeth
        {"browDown": 1.6, "eyeWide": 0.50, "eyeSquint": 0.20,
         "noseSneer": 0.60, "mouthUpperUp": 0.45, "mouthLowerDown": 0.80,
         "mouthFunnel": 0.35, "jawOpen": 0.16, "mouthFrown": 0.35},
        # pressed lips
        {"browDown": 1.6, "eyeWide": 0.35, "eyeSquint": 0.30,
         "noseSneer": 0.55, "mouthPress": 0.70, "mouthFrown": 0.55,
         "mouthRollLower": 0.25, "mouthRollUpper": 0.15,
         "mouthShrugLower": 0.50, "jawForward": 0.40},
    ),
    "disgust": (
        # wrinkled nose, closed mouth
        {"noseSneer": 1.15, "browDown": 0.30, "eyeSquint": 0.60,
         "cheekSquint": 0.70, "mouthUpperUp": 0.55, "mouthFrown": 0.70,
         "mouthShrugLower": 0.40, "jawOpen": 0.04},
        # raised upper lip
        {"noseSneer": 1.0, "browDown": 0.20, "eyeSquint": 0.60,
         "cheekSquint": 0.70, "mouthUpperUp": 0.80, "mouthFrown": 0.45,
         "mouthShrugLower": 0.20, "jawOpen": 0.08},
        # gape
        {"noseSneer": 1.0, "browDown": 0.20, "eyeSquint": 0.60,
         "cheekSquint": 0.70, "mouthUpperUp": 0.65, "mouthFrown": 0.40,
         "mouthShrugLower": 0.30, "jawOpen": 0.12, "mouthLowerDown": 0.10},
    ),
    "fear": (
        # scream
        {"browInnerUp": 2.1, "browOuterUp": 0.10, "browDown": 0.80,
         "eyeWide": 2.0, "cheekSquint": -0.90, "mouthStretch": 1.7,
         "mouthLowerDown": 0.90, "mouthUpperUp": 0.30, "jawOpen": 0.32,
         "mouthFrown": 0.95, "mouthShrugUpper": 0.80},
        # clenched teeth
        {"browInnerUp": 2.1, "browOuterUp": 0.10, "browDown": 0.80,
         "eyeWide": 2.0, "cheekSquint": -0.90, "mouthStretch": 1.7,
         "mouthLowerDown": 1.0, "mouthUpperUp": 0.60, "jawOpen": 0.26,
         "mouthFrown": 0.95, "mouthShrugUpper": 0.80},
        # lips drawn down
        {"browInnerUp": 2.1, "browOuterUp": 0.10, "browDown": 0.80,
         "eyeWide": 2.0, "cheekSquint": -0.90, "mouthStretch": 1.7,
         "mouthLowerDown": 1.0, "mouthUpperUp": 0.35, "jawOpen": 0.32,
         "mouthFrown": 0.95, "mouthShrugUpper": 0.80},
    ),
    "happy": (
        # grin
        {"mouthSmile": 0.95, "mouthUpperUp": 0.42, "mouthLowerDown": 0.25,
         "cheekSquint": 0.70, "eyeSquint": 0.35, "mouthDimple": 0.15,
         "jawOpen": 0.08},
        # closed smile
        {"mouthSmile": 1.15, "cheekSquint": 0.85, "eyeSquint": 0.45,
         "mouthDimple": 0.25, "mouthUpperUp": 0.15},
        # laugh
        {"mouthSmile": 1.0, "mouthUpperUp": 0.42, "mouthLowerDown": 0.30,
         "cheekSquint": 0.85, "eyeSquint": 0.55, "jawOpen": 0.24,
         "browOuterUp": 0.10},
    ),
    "sad": (
        # frown
        {"browInnerUp": 1.9, "browDown": 0.70, "mouthFrown": 1.3,
         "mouthStretch": 0.25, "mouthShrugLower": 0.70, "eyeSquint": 0.40,
         "cheekSquint": 0.30, "eyeBlink": 0.28},
        # pout
        {"browInnerUp": 1.3, "browDown": 0.25, "mouthFrown": 1.45,
         "mouthShrugLower": 0.65, "mouthStretch": 0.15, "eyeBlink": 0.28},
        # near tears
        {"browInnerUp": 1.3, "browDown": 0.30, "mouthFrown": 1.3,
         "mouthStretch": 0.35, "mouthShrugLower": 0.55, "eyeSquint": 0.55,
         "cheekSquint": 0.40, "eyeBlink": 0.16},
    ),
    "surprise": (
        # gasp
        {"browInnerUp": 1.2, "browOuterUp": 1.3, "eyeWide": 1.3,
         "jawOpen": 0.58, "mouthFunnel": 0.22, "mouthUpperUp": 0.20,
         "mouthStretch": -0.80, "mouthFrown": 0.30},
        # oh
        {"browInnerUp": 1.1, "browOuterUp": 1.15, "eyeWide": 1.05,
         "jawOpen": 0.42, "mouthFunnel": 0.45, "mouthUpperUp": 0.15,
         "mouthStretch": -0.40, "mouthFrown": 0.20},
        # start
        {"browInnerUp": 1.15, "browOuterUp": 1.2, "eyeWide": 1.1,
         "jawOpen": 0.48, "mouthFunnel": 0.30, "mouthUpperUp": 0.18,
         "mouthStretch": -0.60, "mouthFrown": 0.25},
    ),
}
EXPRESSIONS = tuple(STYLES)

# As one person does it once: how far weights and sides are off.
_WEIGHT_SPREAD, _SIDE_SPREAD = 0.10, 0.06
_MOST = 2.1


def shapes_of(expression, style=0):
    """The shapes `{name: weight}` of an expression in one of its styles.

    Raises:
        UserError: for a name that is none of `STYLES`.
    """
    if expression not in STYLES:
        raise UserError(
            f"unknown expression {expression!r}: photographs can be moved to "
            f"{', '.join(EXPRESSIONS)}"
        )
    return STYLES[expression][style]


def one_sided(model, recipe):
    """`{shape: weight}` of a recipe, each shape by its own name.

    Raises:
        UserError: naming a shape that there is not.
    """
    weights = {}
    for name, weight in recipe.items():
        for shape in model.sides(name):
            weights[shape] = weights.get(shape, 0.0) + float(weight)
    return weights


def vary(model, recipe, generator):
    """A recipe as one person does it once, left and right a little apart.

    Args:
        model: the `ReducedFaceModel`.
        recipe: `{name: weight}`.
        generator: a `numpy.random.Generator`.

    Returns:
        `{shape: weight}`, one-sided names.
    """
    weights = {}
    for name, weight in recipe.items():
        strength = weight * np.clip(
            generator.normal(1, _WEIGHT_SPREAD), 0.75, 1.25
        )
        skew = np.clip(generator.normal(0, _SIDE_SPREAD), -0.15, 0.15)
        for shape in model.sides(name):
            side = {"_L": 1 + skew, "_R": 1 - skew}.get(shape[-2:], 1.0)
            weights[shape] = round(min(float(strength * side), _MOST), 4)
    return weights
