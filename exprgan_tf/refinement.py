"""Fitting a model to the one photograph that is edited.

The encoder sees a face once and guesses its identity code. A few gradient
steps on the photograph itself bring the reconstruction closer to it; the edit
then changes the expression of a better likeness. The expression code stays
fixed meanwhile, so that the identity code learns no expression that a later
edit could not take back.

What even then the decoder cannot show, such as moles, strands and the grain
of the photograph, is the photograph less its reconstruction. It can be added
to an edit wherever that changes little; this too is the idea of expression
ratio images (see `pasting`), with a difference in the place of a ratio.
"""

import keras
import numpy as np
from keras import ops
from scipy import ndimage

from exprgan_tf.alignment import face_mask, ramp
from exprgan_tf.backend import compiled, gradients, without_gradients
from exprgan_tf.errors import UserError
from exprgan_tf.networks.layers import ConditionalConv2D

MODES = ("detail", "identity", "full", "none")
IDENTITY_STEPS, IDENTITY_RATE = 100, 0.05
DECODER_STEPS, DECODER_RATE = 100, 2e-5
# What an input may show: neutral, or a class at one of these intensities.
CANDIDATE_INTENSITIES = (0.5, 0.75, 1.0)
# A face counts as neutral unless another code brings its reconstruction's
# error below this share of the neutral one's. People differ more than
# expressions do: without a bound hardly a neutral face was told to be one.
NEUTRAL_UNLESS = 0.9
BATCH_SIZE = 32
# Details of the photograph stay where the edit changes less than the first
# of these bounds (in [-1, 1], averaged around each place over a share of the
# side), and are gone beyond the second. Changes over more than LIGHT of the
# side are light and tint. Chosen on validation subjects: higher bounds keep
# old lips under new ones, which costs expressions.
DETAIL_FROM, DETAIL_TO, DETAIL_BLUR, LIGHT = 0.01, 0.06, 0.05, 0.1


class Fitted:
    """Faces that are ready to be decoded with any expression code.

    Args:
        identities: `[n, identity_size]`.
        decoders: one decoder for all, or one each.
        images: the faces that were fitted to, `[n, s, s, 3]`; None for faces
            that are of no photograph, which count as neutral.
        input_codes: the expression codes `[n, K d]` that they show; None:
            found when they are needed.
        keeps_details: whether edits show the details of `images`.
    """

    def __init__(
        self, model, identities, decoders=None, images=None, input_codes=None,
        keeps_details=False,
    ):
        self._model = model
        self.identities = identities
        self._decoders = decoders
        self._images = images
        self._input_codes = input_codes
        self._reconstructions = (
            self._decoded(self.input_codes, np.arange(len(identities)))
            if keeps_details else None
        )

    @property
    def input_codes(self):
        """The expression codes that the faces show already, `[n, K d]`."""
        if self._input_codes is None:
            self._input_codes = (
                self._model.edit_codes("neutral", 0.0, len(self.identities))
                if self._images is None else
                _input_codes(self._model, self._images, self.identities)
            )
        return self._input_codes

    def reconstruct(self, faces=None, details=True):
        """Images `[m, s, s, 3]` with the expressions that they have.

        Args:
            faces, details: as for `decode`.
        """
        if faces is None:
            faces = np.arange(len(self.identities))
        return self.decode(self.input_codes[faces], faces, details)

    def decode(self, expression_codes, faces=None, details=True):
        """Images `[m, s, s, 3]` of codes `[m, K d]`.

        Args:
            expression_codes: one a face.
            faces: which faces, int `[m]`; None: all in order.
            details: False leaves out those that were to be kept: pasting
                takes what the decoder shows.
        """
        if faces is None:
            faces = np.arange(len(self.identities))
        made = self._decoded(expression_codes, faces)
        if self._reconstructions is None or not details:
            return made
        return _with_details(
            made, self._reconstructions[faces], self._images[faces],
            self._model.config.face_margin,
        )

    def _decoded(self, expression_codes, faces):
        identities = self.identities[faces]
        if self._decoders is None:
            return self._model.decode(identities, expression_codes)
        with without_gradients():
            return np.concatenate([
                ops.convert_to_numpy(self._decoders[face](
                    [identity[None], np.asarray(code)[None]]
                ))
                for face, identity, code in zip(
                    faces, identities, expression_codes, strict=True
                )
            ])


def fit(model, images, mode="detail"):
    """Fits a model to images.

    Args:
        model: an `ExprGAN`.
        images: float `[n, s, s, 3]` in [-1, 1].
        mode: "none" encodes only, "identity" refines g(x), "detail" keeps
            the details of the images beside, "full" refines g(x) and a copy
            of the decoder for each face (but not what the decoder does with
            expression codes).

    Returns:
        A `Fitted`.

    Raises:
        UserError: for another mode.
    """
    if mode not in MODES:
        raise UserError(f"--refine={mode}: must be one of {', '.join(MODES)}")
    images = np.asarray(images, "float32")
    identities = model.encode(images)
    if mode == "none":
        return Fitted(model, identities, images=images)
    input_codes = _input_codes(model, images, identities)
    identities = np.concatenate([
        model.compiled_parts.refined_identities(*part)
        for part in _parts(images, identities, input_codes)
    ])
    if mode != "full":
        return Fitted(
            model, identities, images=images, input_codes=input_codes,
            keeps_details=mode == "detail",
        )
    refined = [
        _refined_decoder(model.decoder, *(array[None] for array in face))
        for face in zip(images, identities, input_codes, strict=True)
    ]
    return Fitted(
        model,
        np.concatenate([identity for _, identity in refined]),
        [decoder for decoder, _ in refined],
        input_codes=input_codes,
    )


def _with_details(edited, reconstructions, images, margin=0.0):
    """Edits with what reconstructions lack of the images, all `[m, s, s, 3]`.

    Outside the face nothing changes.
    """
    def blurred(planes, length):
        sigma = length * images.shape[1]
        return ndimage.gaussian_filter(
            planes, (0, sigma, sigma, 0), mode="nearest"
        )

    mask = face_mask(images.shape[1], margin)[None, ..., None]
    change = edited - reconstructions
    change = mask * (
        change
        - blurred(change * mask, LIGHT) / (blurred(mask, LIGHT) + 1e-3)
    )
    amount = blurred(
        np.abs(change).mean(axis=-1, keepdims=True), DETAIL_BLUR
    )
    kept = 1.0 - ramp(amount, DETAIL_FROM, DETAIL_TO)
    return np.clip(
        reconstructions + change + kept * (images - reconstructions),
        -1.0, 1.0,
    )


def _input_codes(model, images, identities):
    """The code, among a few, with which each image is best reconstructed."""
    config = model.config
    count = len(images)
    candidates = [model.edit_codes("neutral", 0.0, count)] + [
        model.edit_codes(name, intensity, count)
        for name in config.classes
        for intensity in CANDIDATE_INTENSITIES
    ]
    # Around the face is nothing that an expression changes.
    mask = face_mask(config.image_size, config.face_margin)[..., None]
    errors = np.stack([
        (np.abs(model.decode(identities, code) - images) * mask).sum((1, 2, 3))
        for code in candidates
    ])
    errors[0] *= NEUTRAL_UNLESS
    return np.stack(candidates)[errors.argmin(axis=0), np.arange(count)]


class IdentityRefiner:
    """Finds identity codes with which a decoder comes closer to images.

    It is made once for a number of images: compiling its step takes longer
    than fitting to a photograph.

    Args:
        decoder: a decoder.
        count: the number of images.
    """

    def __init__(self, decoder, count):
        size = decoder.input_shape[0][-1]
        self._free = keras.Variable(np.zeros((count, size), "float32"))
        optimizer = _optimizer(IDENTITY_RATE, [self._free])
        self._optimizer_start = [
            (variable, ops.convert_to_numpy(variable.value).copy())
            for variable in optimizer.variables
        ]

        def step(images, input_codes):
            _, made = gradients(
                lambda: _error(decoder, self._free, images, input_codes),
                {"error": [self._free]}, decoder.variables,
            )
            optimizer.apply(made["error"], [self._free])
            return {}

        self._step = compiled(
            step, [self._free, *optimizer.variables], decoder.variables
        )

    def __call__(self, images, identities, input_codes):
        """Codes `[count, identity_size]` that start from others."""
        self._free.assign(_atanh(identities))
        for variable, value in self._optimizer_start:
            variable.assign(value)
        images, input_codes = map(
            ops.convert_to_tensor, (images, input_codes)
        )
        for _ in range(IDENTITY_STEPS):
            self._step(images, input_codes)
        return _bounded(self._free)


def _refined_decoder(decoder, image, identity, input_code):
    """A copy of the decoder, and an identity code, fitted to one face.

    What the decoder does with expression codes stays as it is: the gradient
    of those weights is left out. Otherwise the copy would learn to show the
    input whatever the code.
    """
    copy = keras.models.clone_model(decoder)
    copy.set_weights(decoder.get_weights())
    free = _unbounded(identity)
    identity_optimizer = _optimizer(IDENTITY_RATE, [free])
    optimizer = _optimizer(DECODER_RATE, copy.trainable_variables)
    masks = _feature_weights(copy, identity.shape[1])

    def step():
        _, made = gradients(
            lambda: _error(copy, free, image, input_code),
            {"error": [free, *copy.trainable_variables]},
            copy.non_trainable_variables,
        )
        free_gradient, *others = made["error"]
        identity_optimizer.apply([free_gradient], [free])
        optimizer.apply(
            [ops.multiply(gradient, mask) for gradient, mask in
             zip(others, masks, strict=True)],
            copy.trainable_variables,
        )
        return {}

    step = compiled(step, [
        free, *copy.variables, *identity_optimizer.variables,
        *optimizer.variables,
    ])
    for _ in range(DECODER_STEPS):
        step()
    return copy, _bounded(free)


def _feature_weights(decoder, identity_size):
    """A mask for each weight of a decoder: 0 where it meets the code."""
    masks = []
    for layer in decoder.layers:
        for weight in layer.trainable_variables:
            mask = np.ones(weight.shape, "float32")
            if isinstance(layer, ConditionalConv2D):
                mask[:, :, layer.channels :] = 0.0
            elif layer.name == "fc" and mask.ndim == 2:
                mask[identity_size:] = 0.0
            masks.append(mask)
    return masks


def _error(decoder, free, images, input_codes):
    """Summed over images, so that each is fitted as if alone (Eq. 6).

    In the form that `gradients` asks for.
    """
    made = decoder([ops.tanh(free.value), ops.convert_to_tensor(input_codes)])
    difference = ops.abs(ops.subtract(made, images))
    return {}, {"error": ops.sum(ops.mean(difference, axis=(1, 2, 3)))}


def _unbounded(identities):
    """A variable whose tanh is the codes: it cannot leave their range."""
    return keras.Variable(_atanh(identities))


def _atanh(identities):
    return np.arctanh(np.clip(identities, -0.999, 0.999))


def _bounded(free):
    return np.tanh(ops.convert_to_numpy(free.value))


def _optimizer(rate, variables):
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(variables)
    return optimizer


def _parts(*arrays):
    for start in range(0, len(arrays[0]), BATCH_SIZE):
        yield [array[start : start + BATCH_SIZE] for array in arrays]
