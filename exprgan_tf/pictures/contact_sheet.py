"""Sheets of photographs before and after, to look through many at once."""

from PIL import Image, ImageOps

from exprgan_tf.pictures.files import write_png
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.sheets import sheet

_ROWS = 20
_CELL = 160


def sheet_names(count):
    """Names of the sheets of so many photographs."""
    return [
        f"contact_sheet_{page}.png"
        for page in range(1, -(-count // _ROWS) + 1)
    ]


class ContactSheet:
    """Writes `contact_sheet_{n}.png`, 20 photographs each.

    Args:
        folder: where to.
        record: as for `whole_file`.
        noted: as for `files.encode_picture`.
    """

    def __init__(self, folder, record=None, noted=False):
        self._folder, self._record, self._noted = folder, record, noted
        self._rows, self._labels, self._columns = [], [], []
        self._page = 0

    def add(self, name, before, after):
        """Adds a row.

        Args:
            name: its label.
            before: uint8 `[h, w, 3]`.
            after: {column: uint8 `[h, w, 3]`}; the same columns in each row.
        """
        self._columns = ["input", *after]
        self._rows.append([_cell(before), *map(_cell, after.values())])
        self._labels.append(name if len(name) < 24 else f"{name[:21]}...")
        if len(self._rows) == _ROWS:
            self.close()

    def close(self):
        """Writes the rows that are not yet written."""
        if self._rows:
            self._page += 1
            write_png(
                self._folder / f"contact_sheet_{self._page}.png",
                sheet(self._rows, self._columns, self._labels, _CELL),
                self._record, noted=self._noted,
            )
        self._rows, self._labels = [], []


def _cell(picture):
    """A photograph, whole, in a white square, as `sheet` takes it."""
    image = ImageOps.pad(
        Image.fromarray(picture), (_CELL, _CELL), Image.Resampling.LANCZOS,
        "white",
    )
    return to_floats(image)
