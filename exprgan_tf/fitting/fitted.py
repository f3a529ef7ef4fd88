"""Fitting a model to the one photograph that is edited.

The encoder sees a face once and guesses its identity code. A few gradient
steps on the photograph itself bring the reconstruction closer to it; the edit
then changes the expression of a better likeness. The expression code stays
fixed meanwhile, so that the identity code learns no expression that a later
edit could not take back.
"""

import numpy as np
from keras import ops

from exprgan_tf.errors import UserError
from exprgan_tf.faces.alignment import face_mask
from exprgan_tf.fitting.details import with_details
from exprgan_tf.fitting.gradient_steps import refined_decoder
from exprgan_tf.support.backend import without_gradients

MODES = ("detail", "identity", "full", "none")
# What an input may show: neutral, or a class at one of these intensities.
CANDIDATE_INTENSITIES = (0.5, 0.75, 1.0)
# A face counts as neutral unless another code brings its reconstruction's
# error below this share of the neutral one's. People differ more than
# expressions do: without a bound hardly a neutral face was told to be one.
NEUTRAL_UNLESS = 0.9
BATCH_SIZE = 32


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
        return with_details(
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
        refined_decoder(model.decoder, *(array[None] for array in face))
        for face in zip(images, identities, input_codes, strict=True)
    ]
    return Fitted(
        model,
        np.concatenate([identity for _, identity in refined]),
        [decoder for decoder, _ in refined],
        input_codes=input_codes,
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


def _parts(*arrays):
    for start in range(0, len(arrays[0]), BATCH_SIZE):
        yield [array[start : start + BATCH_SIZE] for array in arrays]
