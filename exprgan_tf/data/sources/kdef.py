"""The Karolinska Directed Emotional Faces."""

import re

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import named_files

# Session, gender, number, expression, angle: AF01ANS.JPG.
_NAME = re.compile(
    r"[AB]([FM]\d\d)(AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)", re.IGNORECASE
)


class KDEF(Source):
    """KDEF, Karolinska Directed Emotional Faces.

    What: 70 actors, 7 expressions, 5 angles, two sessions, 4,900 colour
    photographs. Taken are those from straight ahead, of both sessions.

    Layout: AF01/AF01ANS.JPG in folders of any name; file names as they come:
    session (A, B), gender, number, expression (AF AN DI HA NE SA SU), angle
    (FL HL S HR FR).

    Licence: free for non-commercial research, not to be passed on.
    Ask at: https://kdef.se

    Args:
        folder: where the set was unpacked.
        angles: which to take.
    """

    name = "kdef"

    def __init__(self, folder, angles=("S",)):
        super().__init__(folder)
        self.angles = {angle.upper() for angle in angles}

    def photos(self):
        self.skipped = []
        return self.require([
            Photo(
                path=file, expression=expression_name(match[2]),
                subject=match[1].upper(),
            )
            for file, match in named_files(self, _NAME, "KDEF")
            if match[3].upper() in self.angles
        ])
