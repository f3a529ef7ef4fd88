"""Names and ranges of what an exported model takes, without TensorFlow."""

# That of the signature that is run when none is named; TensorFlow's
# `saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY`.
DEFAULT_SIGNATURE = "serving_default"
# The names of images; with this ending they are encoded pictures. TensorFlow
# Serving, too, tells by it which outputs are to be written as base64.
IMAGES = ("image", "other", "face")
BYTES = "_bytes"
# What the numbers of an input may be.
RANGES = {
    "image": (-1, 1), "other": (-1, 1), "identity": (-1, 1), "code": (-1, 1),
    "scores": (0, 1), "label": (0, 1), "intensity": (0, 1),
    "intensities": (0, 1),
}
