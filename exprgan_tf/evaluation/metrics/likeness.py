"""How near images are to true ones, pixel by pixel."""

from typing import ClassVar

import numpy as np

from exprgan_tf.evaluation.metrics.base import MeanMetric, needs_edits


class Reconstruction(MeanMetric):
    """The source given back with its own expression.

    Mean absolute error on the scale 0 to 255, PSNR in dB and SSIM (Wang et
    al. 2004), as skimage computes them on each image.
    """

    title = "Reconstruction of the input"
    labels: ClassVar[dict] = {
        "error_of_reconstruction": ("mean error (0 to 255)", "lower"),
        "reconstruction_psnr": ("PSNR, dB", "higher"),
        "reconstruction_ssim": ("SSIM", "higher"),
    }

    def missing(self, context):
        return needs_edits(context)

    def observations(self, context):
        errors = context.reconstruction_errors
        rows = np.arange(len(errors["l1"]))
        yield "error_of_reconstruction", errors["l1"], rows
        yield "reconstruction_psnr", errors["psnr"], rows
        yield "reconstruction_ssim", errors["ssim"], rows


class TargetError(MeanMetric):
    """The edit against the true image of that person, expression, intensity.

    The same measures as `Reconstruction`. Head pose and light of two true
    images differ, too: compare with the column of the copied input.
    """

    title = "Edit against the true image"
    labels: ClassVar[dict] = {
        "error_to_true_image": ("mean error (0 to 255)", "lower"),
        "target_psnr": ("PSNR, dB", "higher"),
        "target_ssim": ("SSIM", "higher"),
    }

    def missing(self, context):
        if not context.held_out.intensity_known.any():
            return "the data has no intensity labels"
        return needs_edits(context)

    def observations(self, context):
        rows = context.held_out.truth_source()[context.target_rows]
        errors = context.target_errors
        yield "error_to_true_image", errors["l1"], rows
        yield "target_psnr", errors["psnr"], rows
        yield "target_ssim", errors["ssim"], rows


class ColorDrift(MeanMetric):
    """How far an edit's mean color is from its input's, 0 to 255."""

    title = "Edit against the input"
    labels: ClassVar[dict] = {
        "color_drift": ("mean change of color (0 to 255)", "lower"),
    }

    def missing(self, context):
        return needs_edits(context)

    def observations(self, context):
        source = context.held_out.source["image"].mean(axis=(1, 2))
        drift = np.abs(context.edit_colors - source[:, None, None])
        drift = drift.reshape(len(source), -1)
        yield (
            "color_drift", drift.mean(axis=1) * 127.5, np.arange(len(source))
        )
