"""The facial_expressions repository of muxspace."""

import re

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import find, pictures_below, table_rows
from exprgan_tf.errors import UserError

# Aaron_Eckhart_0001.jpg. Four files have a number only; they are nobody's.
_NAME = re.compile(r"(.+)_\d+")


class Muxspace(Source):
    """muxspace/facial_expressions, photographs from the news.

    What: 13,718 photographs of 350 x 350 pixels, mostly gray, roughly
    centred, one of 8 expressions each by the word of volunteers; half of
    them are neutral and few are fear. The file name tells the person.

    Layout: images/Aaron_Peirsol_0001.jpg and data/legend.csv (user.id,
    image, emotion), as the repository has them.

    Licence: Apache 2.0.
    Clone: https://github.com/muxspace/facial_expressions
    """

    name = "muxspace"

    def photos(self):
        self.skipped, photos = [], []
        legend = find(self.folder, "data/legend.csv", "legend.csv")
        images = find(self.folder, "images")
        if not legend or not images:
            raise UserError(
                f"--input={self.folder} needs images and data/legend.csv for "
                f"--source={self.name}"
            )
        labels = {}
        for _, row in table_rows(legend, ("image", "emotion")):
            labels.setdefault(row["image"], set()).add(
                expression_name(row["emotion"])
            )
        files = {file.name: file for file in pictures_below(images)}
        for name in sorted(labels.keys() | files.keys()):
            reason = _reason(labels.get(name), name in files)
            if reason:
                self.skipped.append((str(files.get(name, images / name)),
                                     reason))
                continue
            match = _NAME.fullmatch(files[name].stem)
            photos.append(Photo(
                path=files[name],
                expression=labels[name].pop(),
                subject=match[1] if match else None,
            ))
        return self.require(photos)


def _reason(labels, there):
    if not there:
        return "listed, but not there"
    if labels is None:
        return "not in legend.csv"
    if "" in labels:
        return "no expression in legend.csv"
    if len(labels) > 1:
        return f"labelled {' and '.join(sorted(labels))}"
    return None
