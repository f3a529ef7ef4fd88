"""Everything that metrics and figures need of one column, made once."""

import numpy as np
import skimage.metrics

from exprgan_tf.config import NEUTRAL
from exprgan_tf.editing.new_faces import generate
from exprgan_tf.editing.transferring import transfer_code
from exprgan_tf.evaluation.judges import Seen
from exprgan_tf.pictures.levels import to_floats

INTENSITIES = (0.2, 0.4, 0.6, 0.8, 1.0)
# New people of Fig. 5.
NEW_PEOPLE = 32
NO_ENCODER = "the model has no encoder and edits no faces"
_CHUNK = 32


class Context:
    """Images of one editor and what the judges see in them.

    n source faces, K classes, I intensities, m true images. What the editor
    or the data does not allow is None.

    Attributes:
        edits: `Seen` `[n, K, I]`.
        edit_colors: mean colors of the edits `[n, K, I, 3]` in [-1, 1].
        targets: `Seen` `[m']`, the sources with expression and intensity of
            the true images `target_rows` (those of known intensity).
        target_errors, reconstruction_errors: dicts "l1" (0 to 255), "psnr"
            (dB) and "ssim" of an array `[m']` and `[n]`.
        pictures: edits `[p, K, I, s, s, 3]` of `benchmark.shown`.
        made: `Seen` `[P, K]` of new people with random codes.
        made_from_prior: the same of the prior's people, where `made` are
            like those that the model learned from; None: they are the same.
        made_pictures: those `[P, K, s, s, 3]`.
        identity_codes: g(x) of the catalog `[t, identity_size]`.
        expression_codes: Q(x, y) of it with the judge's y, `[t, K d]`.

    Args:
        editor: see `editors`.
        benchmark: a `Benchmark`.
        progress: moved on by every image made, or None.
    """

    def __init__(self, editor, benchmark, progress=None):
        self.name = editor.name
        self.editor = editor
        self.benchmark = benchmark
        self.held_out = benchmark.held_out
        self.classes = benchmark.classes
        self._progress = progress
        self.edits = self.edit_colors = self.pictures = None
        self.targets = self.target_errors = self.reconstruction_errors = None
        self.made = self.made_from_prior = self.made_pictures = None
        self.identity_codes = self.expression_codes = None
        self.target_rows = np.flatnonzero(self.held_out.intensity_known)
        if editor.encodes:
            self._edit()
        if editor.model is not None:
            self._generate(editor.model)
            self._find_codes(editor.model)

    @staticmethod
    def work(benchmark):
        """How many images a column is at most, for a progress bar."""
        held_out, classes = benchmark.held_out, len(benchmark.classes)
        return (
            len(held_out.subjects) * (classes * len(INTENSITIES) + 1)
            + int(held_out.intensity_known.sum())
        )

    def _edit(self):
        count = len(self.held_out.subjects)
        target_source = self.held_out.truth_source()[self.target_rows]
        edits, colors, pictures, targets, order = [], [], [], [], []
        target_errors, errors = [], []
        for start in range(0, count, _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, count))
            draw = self.editor.prepare(rows)
            images = edits_of(draw, self.classes, len(rows))
            flat = images.reshape(-1, *images.shape[3:])
            edits.append(self.benchmark.judges.observe(flat).reshape(
                *images.shape[:3]
            ))
            colors.append(images.mean(axis=(3, 4)))
            pictures.append(images[np.isin(rows, self.benchmark.shown)])
            errors.append(_errors(
                self._reconstructed(draw, rows),
                self.held_out.source["image"][rows],
            ))
            inside = np.flatnonzero(np.isin(target_source, rows))
            if len(inside):
                wanted = self.target_rows[inside]
                truth = self.held_out.truth
                made = draw(
                    truth["expression"][wanted], truth["intensity"][wanted],
                    target_source[inside] - start,
                )
                targets.append(self.benchmark.judges.observe(made))
                target_errors.append(_errors(made, truth["image"][wanted]))
                order.append(wanted)
            self._move_on(len(flat) + len(rows) + len(inside))
        self.edits = Seen.concatenate(edits)
        self.edit_colors = np.concatenate(colors)
        self.pictures = np.concatenate(pictures)
        self.reconstruction_errors = _joined(errors)
        if targets:
            self.target_rows = np.concatenate(order)
            self.targets = Seen.concatenate(targets)
            self.target_errors = _joined(target_errors)

    def _reconstructed(self, draw, rows):
        """Sources with the expression that they show themselves.

        Where its intensity is unknown it counts as full.
        """
        source = self.held_out.source
        if self.held_out.from_neutral:
            names, intensity = [NEUTRAL] * len(rows), np.zeros(len(rows))
        else:
            names = source["expression"][rows]
            intensity = source["intensity"][rows]
            intensity = np.where(intensity < 0, 1.0, intensity)
        return draw(names, intensity, np.arange(len(rows)))

    def _generate(self, model):
        shape = NEW_PEOPLE, len(self.classes)

        def made(from_prior):
            images, _, _ = generate(model, 0, NEW_PEOPLE, 0, from_prior)
            images = to_floats(images)
            seen = self.benchmark.judges.observe(images).reshape(*shape)
            return images.reshape(*shape, *images.shape[1:]), seen

        self.made_pictures, self.made = made(False)
        if model.identities is not None:
            _, self.made_from_prior = made(True)

    def _find_codes(self, model):
        rows = self.benchmark.catalog
        if not len(rows):
            return
        images = self.held_out.truth["image"][rows]
        if model.encodes:
            self.identity_codes = model.encode(images)
        labels = self.benchmark.truth_seen.logits[rows].argmax(axis=1)
        if model.config.model_type.startswith("exprgan"):
            self.expression_codes = transfer_code(model, images, labels)

    def _move_on(self, images):
        if self._progress is not None:
            self._progress.update(images)


def edits_of(draw, classes, count):
    """Every expression at every one of `INTENSITIES`, of the first faces.

    Args:
        draw: as an editor prepares it.
        classes: names of the expressions.
        count: how many faces.

    Returns:
        Images `[count, K, I, s, s, 3]`.
    """
    faces = np.arange(count)
    images = np.stack([
        [
            draw([name] * count, [intensity] * count, faces)
            for intensity in INTENSITIES
        ]
        for name in classes
    ])
    return np.moveaxis(images, 2, 0)


def _errors(made, true):
    """L1 (0 to 255), PSNR (dB) and SSIM of each pair, with skimage."""
    with np.errstate(divide="ignore"):
        psnr = [
            skimage.metrics.peak_signal_noise_ratio(*pair, data_range=2.0)
            for pair in zip(true, made, strict=True)
        ]
    return {
        "l1": np.abs(made - true).mean(axis=(1, 2, 3)) * 127.5,
        "psnr": np.array(psnr),
        "ssim": np.array([
            skimage.metrics.structural_similarity(
                *pair, data_range=2.0, channel_axis=-1
            )
            for pair in zip(true, made, strict=True)
        ]),
    }


def _joined(parts):
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
