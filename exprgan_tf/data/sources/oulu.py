"""Oulu-CASIA NIR&VIS, and the split of ExprGAN's authors."""

import re

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import pictures_below
from exprgan_tf.data.sources.oulu_split import EXPRESSIONS, read_split
from exprgan_tf.errors import UserError

# The authors' choice, which their oulu_anno.pickle spells out.
PEAK_FRAMES = 3
TEST_SUBJECTS = frozenset(f"P{number:03d}" for number in range(73, 81))

# The end of P001/Anger/014.jpeg and of P001_Anger_014.jpeg alike, once
# folders and name are joined by underscores.
_FRAME = re.compile(r"(?:^|_)(P\d{3})_([a-z]+)_(\d+)$", re.IGNORECASE)
_OTHER_CAMERA_OR_LIGHT = {"ni", "nir", "weak", "dark"}


class Oulu(Source):
    """Oulu-CASIA NIR&VIS, the set of the ExprGAN paper.

    What: 80 persons, 6 expressions, sequences from neutral to the peak.
    Taken are the visible-light camera (VL), Strong light and the last three
    frames of each sequence, 1,440 photographs, as the authors did. Subjects
    73 to 80 are the test split, as in theirs.

    Layout: OriginalImg/VL/Strong/P001/Anger/000.jpeg, or "PreProcess Img"/
    VL_Acropped/Strong/P001/Anger/000.jpeg; give one of the two as --input.
    Folders above P001 may be missing, and P001_Anger_000.jpeg in one folder
    works too. Infrared (NI), Weak and Dark are left out.

    Licence: free for research, after signing the agreement; not to be
    passed on.
    Ask at: Center for Machine Vision and Signal Analysis, University of
    Oulu, Finland

    Args:
        folder: where the set was unpacked.
        split_file: the authors' split/oulu_anno.pickle, to take exactly the
            frames that it lists; None for the rule above, which gives the
            same on the complete set.
    """

    name = "oulu"

    def __init__(self, folder, split_file=None):
        super().__init__(folder)
        self.split = read_split(split_file) if split_file else None
        self.split_file = split_file

    def photos(self):
        self.skipped = []
        frames = self._frames()
        if not frames:
            return self.require([])
        split = self.split or _rule(frames)
        photos = []
        for key in sorted(split):
            subject, expression, number = key
            if key not in frames:
                self.skipped.append((
                    f"{subject}/{expression}/{number:03d}",
                    f"listed in {self.split_file}, but not there",
                ))
                continue
            photos.append(Photo(
                path=frames[key],
                expression=expression,
                subject=subject,
                split=split[key],
            ))
        return self.require(photos)

    def _frames(self):
        """All frames: `{(subject, expression, number): file}`."""
        frames, copies = {}, {}
        for file in pictures_below(self.folder):
            parts = file.relative_to(self.folder).with_suffix("").parts
            text = "_".join(parts)
            match = _FRAME.search(text)
            above = text[: match.start()] if match else text
            words = above.lower().replace("-", "_").split("_")
            if _OTHER_CAMERA_OR_LIGHT.intersection(words):
                continue
            expression = match and expression_name(match[2])
            if expression not in EXPRESSIONS:
                self.skipped.append(
                    (str(file), "not named like P001/Anger/000.jpeg")
                )
                continue
            key = match[1].upper(), expression, int(match[3])
            other = copies.setdefault(_copy(above), file)
            other = frames.setdefault(key, file)
            if other is not file or len(copies) > 1:
                first = next(iter(copies.values()))
                raise UserError(
                    f"--input={self.folder} holds the set twice, "
                    f"{first if other is file else other} and {file}: give "
                    f"the folder of one copy as --input"
                )
            frames[key] = file
        return frames


def _copy(above):
    """Which of the two copies of the set folders belong to."""
    text = above.lower()
    return "cropped" if "preproc" in text or "acropped" in text else "original"


def _rule(frames):
    """The split of the last frames: `{key: split}`."""
    sequences = {}
    for subject, expression, number in sorted(frames):
        sequences.setdefault((subject, expression), []).append(number)
    return {
        (subject, expression, number):
            "test" if subject in TEST_SUBJECTS else "train"
        for (subject, expression), numbers in sequences.items()
        for number in numbers[-PEAK_FRAMES:]
    }
