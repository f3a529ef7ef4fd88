"""The Radboud Faces Database."""

import re

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import named_files

# Angle, model, group, gender, expression, gaze.
_NAME = re.compile(
    r"Rafd(\d{3})_(\d+)_([A-Za-z]+)_(female|male)"
    r"_(angry|contemptuous|disgusted|fearful|happy|neutral|sad|surprised)"
    r"_(frontal|left|right)",
    re.IGNORECASE,
)


class RaFD(Source):
    """RaFD, Radboud Faces Database.

    What: 67 persons, 8 expressions, 3 directions of gaze, 5 angles, 8,040
    colour photographs. Taken are those from straight ahead (090), of all
    directions of gaze.

    Layout: Rafd090_01_Caucasian_female_angry_frontal.jpg in folders of any
    name; file names as they come: angle, person, group, gender, expression,
    gaze.

    Licence: free for non-commercial research at a university, not to be
    passed on.
    Ask at: Radboud University Nijmegen, https://rafd.socsci.ru.nl

    Args:
        folder: where the set was unpacked.
        angles: which to take.
        gazes: which to take.
    """

    name = "rafd"

    def __init__(
        self, folder, angles=("090",), gazes=("frontal", "left", "right")
    ):
        super().__init__(folder)
        self.angles = set(angles)
        self.gazes = set(gazes)

    def photos(self):
        self.skipped = []
        return self.require([
            Photo(
                path=file, expression=expression_name(match[5]),
                subject=match[2],
            )
            for file, match in named_files(self, _NAME, "RaFD")
            if match[1] in self.angles and match[6].lower() in self.gazes
        ])
