"""Six expressions as weights of the model's shapes, three styles of each."""

import numpy as np

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise")
LADDER = (0.2, 0.4, 0.6, 0.8, 1.0)

# Weights at intensity 1; intensity scales each of them. A name whose shapes
# are a pair moves both sides. Angry and disgust are kept apart: brows, lids
# and pressed or squared lips against nose and upper lip.
STYLES = {
    "angry": {
        "pressed": {
            "browDown": 1.5, "eyeSquint": 0.7, "mouthPress": 0.9,
            "mouthRollLower": 0.5, "mouthRollUpper": 0.4,
            "mouthShrugLower": 0.3, "jawForward": 0.35, "mouthFrown": 0.15,
        },
        "bared": {
            "browDown": 1.5, "eyeWide": 0.2, "eyeSquint": 0.4,
            "mouthFunnel": 0.15, "mouthLowerDown": 0.85, "mouthStretch": 0.7,
            "mouthFrown": 0.2, "jawOpen": 0.06, "jawForward": 0.3,
        },
        "glare": {
            "browDown": 1.5, "eyeWide": 0.6, "mouthPress": 0.75,
            "mouthRollLower": 0.35, "mouthRollUpper": 0.2, "mouthFrown": 0.45,
            "mouthShrugLower": 0.3, "jawForward": 0.5,
        },
    },
    "disgust": {
        "wrinkle": {
            "noseSneer": 1.1, "browInnerUp": 0.15, "eyeSquint": 0.6,
            "cheekSquint": 0.65, "mouthUpperUp": 0.75, "mouthFrown": 0.35,
            "mouthShrugLower": 0.25,
        },
        "gape": {
            "noseSneer": 1.05, "browInnerUp": 0.1, "eyeSquint": 0.65,
            "cheekSquint": 0.5, "mouthUpperUp": 0.95, "mouthLowerDown": 0.3,
            "mouthFrown": 0.4, "jawOpen": 0.2,
        },
        "recoil": {
            "noseSneer": 1.05, "browOuterUp": 0.15, "eyeSquint": 0.85,
            "eyeBlink": 0.2, "cheekSquint": 0.6, "mouthUpperUp": 0.5,
            "mouthShrugUpper": 0.45, "mouthShrugLower": 0.75,
            "mouthFrown": 0.55,
        },
    },
    "fear": {
        "stretch": {
            "browInnerUp": 1.0, "browOuterUp": 0.35, "browDown": 0.25,
            "eyeWide": 1.05, "mouthStretch": 1.05, "mouthLowerDown": 0.5,
            "jawOpen": 0.1, "mouthFrown": 0.1,
        },
        "gasp": {
            "browInnerUp": 1.0, "browOuterUp": 0.45, "browDown": 0.2,
            "eyeWide": 1.05, "mouthStretch": 0.9, "mouthLowerDown": 0.4,
            "mouthUpperUp": 0.15, "jawOpen": 0.26, "mouthFrown": 0.1,
        },
        "tense": {
            "browInnerUp": 1.0, "browOuterUp": 0.35, "browDown": 0.35,
            "eyeWide": 1.1, "mouthStretch": 1.15, "mouthLowerDown": 0.4,
            "mouthFrown": 0.1, "mouthShrugUpper": 0.1,
        },
    },
    "happy": {
        "smile": {
            "mouthSmile": 0.95, "cheekSquint": 0.65, "eyeSquint": 0.35,
            "mouthDimple": 0.3, "mouthPress": 0.15,
        },
        "grin": {
            "mouthSmile": 0.95, "mouthUpperUp": 0.45, "mouthLowerDown": 0.3,
            "cheekSquint": 0.7, "eyeSquint": 0.35, "mouthDimple": 0.15,
            "jawOpen": 0.06,
        },
        "laugh": {
            "mouthSmile": 1.0, "mouthUpperUp": 0.4, "mouthLowerDown": 0.35,
            "cheekSquint": 0.85, "eyeSquint": 0.55, "jawOpen": 0.3,
            "browOuterUp": 0.1,
        },
    },
    "sad": {
        "frown": {
            "browInnerUp": 1.15, "browDown": 0.2, "mouthFrown": 1.2,
            "mouthShrugLower": 0.55, "eyeSquint": 0.2, "eyeBlink": 0.15,
            "eyeLookDown": 0.25,
        },
        "pout": {
            "browInnerUp": 1.1, "browDown": 0.2, "mouthFrown": 1.1,
            "mouthShrugLower": 0.85, "mouthRollLower": -0.1,
            "mouthPucker": 0.2, "eyeBlink": 0.2, "eyeLookDown": 0.35,
        },
        "weep": {
            "browInnerUp": 1.15, "browDown": 0.3, "mouthFrown": 1.2,
            "mouthStretch": 0.4, "eyeSquint": 0.6, "cheekSquint": 0.4,
            "mouthLowerDown": 0.25, "mouthShrugLower": 0.3, "eyeBlink": 0.1,
        },
    },
    "surprise": {
        "gasp": {
            "browInnerUp": 0.95, "browOuterUp": 1.0, "eyeWide": 0.9,
            "jawOpen": 0.55, "mouthFunnel": 0.15,
        },
        "oh": {
            "browInnerUp": 0.9, "browOuterUp": 1.0, "eyeWide": 0.85,
            "jawOpen": 0.42, "mouthFunnel": 0.55, "mouthPucker": 0.25,
        },
        "start": {
            "browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 1.0,
            "jawOpen": 0.3, "mouthFunnel": 0.1,
        },
    },
}

_STRAY = (
    "jawLeft", "jawRight", "mouthLeft", "mouthRight", "mouthDimple_L",
    "mouthDimple_R",
)


def recipe_weights(model, recipe):
    """A style as it is written: `{shape: weight}` at intensity 1."""
    return {
        shape: weight for name, weight in recipe.items()
        for shape in model.both_sides(name)
    }


def sample_weights(model, generator, recipe):
    """A style as one person does it once: `{shape: weight}` at intensity 1.

    Each weight is off by about 12 %, left and right differ by about 8 %, and
    one shape that does not belong there moves a little.
    """
    weights = {}
    for name, weight in recipe.items():
        strength = weight * np.clip(generator.normal(1, 0.12), 0.7, 1.3)
        skew = np.clip(generator.normal(0, 0.08), -0.2, 0.2)
        for shape in model.both_sides(name):
            side = {"_L": 1 + skew, "_R": 1 - skew}.get(shape[-2:], 1.0)
            weights[shape] = min(float(strength * side), 1.6)
    stray = str(generator.choice(_STRAY))
    weights[stray] = weights.get(stray, 0.0) + float(
        generator.uniform(0, 0.06)
    )
    return weights


def at_intensity(weights, intensity):
    """The weights scaled, rounded as the manifest has them."""
    scaled = {
        name: round(weight * intensity, 4)
        for name, weight in weights.items()
    }
    return {name: weight for name, weight in scaled.items() if weight}


def wrinkle_strengths(weights):
    """How much each band of wrinkles shows under `{shape: weight}`.

    Returns:
        `{band: (left, right)}`, names as in `PaintMaps.wrinkles`.
    """
    def side(letter):
        def weight(name):
            return max(weights.get(f"{name}_{letter}", 0.0), 0.0)

        folds = (
            0.8 * weight("mouthSmile") + 0.9 * weight("noseSneer")
            + 0.3 * weight("mouthUpperUp")
        )
        crow = 0.7 * weight("cheekSquint") + 0.4 * weight("eyeSquint")
        return {
            "glabella": 0.42 * min(weight("browDown"), 1),
            "forehead": 0.26 * raised,
            "inner_forehead": 0.26 * max(inner - raised, 0),
            "nasolabial": 0.42 * min(folds, 1),
            "crow": 0.30 * min(crow, 1),
            "bridge": 0.48 * min(weight("noseSneer"), 1),
        }

    def both(name):
        return max(
            min(weights.get(f"{name}_L", 0), weights.get(f"{name}_R", 0)), 0
        )

    raised, inner = both("browOuterUp"), both("browInnerUp")
    left, right = side("L"), side("R")
    return {band: (left[band], right[band]) for band in left}
