"""What a decoder cannot show of a photograph, kept through an edit.

Moles, strands and the grain of the photograph are the photograph less its
reconstruction. They can be added to an edit wherever that changes little;
this is the idea of expression ratio images (see `editing.pasting`), with a
difference in the place of a ratio.
"""

import numpy as np
from scipy import ndimage

from exprgan_tf.faces.alignment import face_mask, ramp

# Details of the photograph stay where the edit changes less than the first
# of these bounds (in [-1, 1], averaged around each place over a share of the
# side), and are gone beyond the second. Changes over more than LIGHT of the
# side are light and tint. Chosen on validation subjects: higher bounds keep
# old lips under new ones, which costs expressions.
DETAIL_FROM, DETAIL_TO, DETAIL_BLUR, LIGHT = 0.01, 0.06, 0.05, 0.1


def with_details(edited, reconstructions, images, margin=0.0):
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
