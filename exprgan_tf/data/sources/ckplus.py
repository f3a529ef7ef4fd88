"""The Extended Cohn-Kanade set."""

import re

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import (
    files_below,
    pictures_below,
    without_copies,
)
from exprgan_tf.errors import UserError

# By the label in *_emotion.txt.
EXPRESSIONS = (
    "neutral", "angry", "contempt", "disgust", "fear", "happy", "sad",
    "surprise",
)
PEAK_FRAMES = 3

# Subject, sequence, frame.
_NAME = re.compile(r"(S\d+)_(\d+)_(\d+)", re.IGNORECASE)
_LABEL = re.compile(r"(S\d+)_(\d+)_\d+_emotion", re.IGNORECASE)
_SEQUENCES = "cohn-kanade-images"


class CKPlus(Source):
    """CK+, Extended Cohn-Kanade.

    What: 123 persons, 593 sequences from neutral to the peak, 327 of them
    labelled with one of 7 expressions (contempt is one). Taken are the last
    three frames of a labelled sequence; its first, a neutral face, goes to
    the reference split "neutral".

    Layout: cohn-kanade-images/S005/001/S005_001_00000001.png with
    Emotion/S005/001/S005_001_00000011_emotion.txt; or, as copies have it,
    one folder an expression: CK+48/anger/S010_004_00000017.png, of which
    all pictures are taken.

    Licence: free for non-commercial research, after signing the agreement;
    not to be passed on.
    Ask at: http://www.jeffcohn.net/Resources/
    """

    name = "ckplus"

    def photos(self):
        self.skipped = []
        files = [
            file for file in
            without_copies(pictures_below(self.folder), self.skipped)
            if self._is_named(file)
        ]
        labels = files_below(self.folder, (".txt",))
        labels = [file for file in labels if _LABEL.fullmatch(file.stem)]
        in_sequences = any(_SEQUENCES in file.parts for file in files)
        if in_sequences and not labels:
            raise UserError(
                f"--input={self.folder} has no *_emotion.txt: unpack the "
                f"folder Emotion of CK+ there too"
            )
        if labels:
            return self.require(self._peaks(files, self._labels(labels)))
        return self.require(self._sorted_by_class(files))

    def _is_named(self, file):
        if _NAME.fullmatch(file.stem):
            return True
        self.skipped.append((str(file), "not a name of CK+"))
        return False

    def _labels(self, files):
        labels = {}
        for file in without_copies(files, self.skipped):
            match = _LABEL.fullmatch(file.stem)
            try:
                number = float(file.read_text(encoding="ascii"))
            except OSError as error:
                raise UserError(f"{file} cannot be read: {error}") from None
            except ValueError:
                number = None
            if number in range(len(EXPRESSIONS)):
                key = match[1].upper(), match[2]
                labels[key] = EXPRESSIONS[int(number)]
            else:
                self.skipped.append((str(file), "not a label from 0 to 7"))
        return labels

    def _peaks(self, files, labels):
        sequences = {}
        for file in files:
            match = _NAME.fullmatch(file.stem)
            sequences.setdefault((match[1].upper(), match[2]), []).append(
                (int(match[3]), file)
            )
        photos = []
        for key in sorted(sequences.keys() | labels.keys()):
            if key not in labels:
                self.skipped.append(("_".join(key), "sequence of no label"))
            elif key not in sequences:
                self.skipped.append(("_".join(key), "label of no picture"))
            else:
                frames = [file for _, file in sorted(sequences[key])]
                photos += _of_sequence(frames, key[0], labels[key])
        return photos

    def _sorted_by_class(self, files):
        photos = []
        for file in files:
            expression = expression_name(file.parent.name)
            if expression in EXPRESSIONS:
                photos.append(Photo(
                    path=file,
                    expression=expression,
                    subject=_NAME.fullmatch(file.stem)[1].upper(),
                ))
            else:
                self.skipped.append(
                    (str(file), "in no folder of an expression")
                )
        return photos


def _of_sequence(frames, subject, expression):
    photos = []
    if len(frames) > 1:
        first, *frames = frames
        photos.append(Photo(
            path=first, expression="neutral", subject=subject, split="neutral"
        ))
    return photos + [
        Photo(path=frame, expression=expression, subject=subject)
        for frame in frames[-PEAK_FRAMES:]
    ]
