"""The signatures of a `MotionModel`."""

from exprgan_tf.exporting.signatures import Signatures
from exprgan_tf.motion_model import composed, deepened, shown
from exprgan_tf.networks.composing import cubic, enlarged

_OUTPUTS = ("face", "displacement", "ratio", "mask", "colours")
_MEANING = """\
- `intensities`: one number in [0, 1] for each expression; zeros for a \
neutral face.
- `displacement`: float32 `[n, {size}, {size}, 2]`, shares of the side (x, \
y): what `face` shows at p was in `image` at p + displacement. `ratio` \
`[n, {size}, {size}, 1]`: by which the brightness (from 0) of what was \
moved is multiplied. `mask` `[n, {size}, {size}, 1]` in [0, 1]: the share \
of `colours` `[n, {size}, {size}, 3]` in [-1, 1], of what is new. Enlarged, \
they move a photograph at its own resolution. The form for encoded pictures \
gives the picture alone.
"""


def motion_signatures(model):
    """What moves, and the picture that is made of it.

    Args:
        model: a `MotionModel`.
    """
    config, network = model.config, model.network
    size = config.image_size

    def edit(image, intensities):
        made = deepened(network([image, intensities], training=False))
        return {"face": composed(image, made), **{
            name: enlarged(part, size, cubic)
            for name, part in shown(made).items()
        }}

    one_hot = [int(index == 0) for index in range(config.num_classes)]
    return Signatures(
        config, {"edit": edit},
        {"edit": {
            "image": ((size, size, 3), "float32"),
            "intensities": ((config.num_classes,), "float32"),
        }},
        {"edit": _OUTPUTS},
        # Maps of numbers beside a picture would be a hundred times its size.
        ("face",), ("edit",), network.variables,
        {"intensities": [0.8 * share for share in one_hot]},
        _MEANING.format(size=size),
    )
