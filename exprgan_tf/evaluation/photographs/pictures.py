"""The edited photographs that are kept, and their list for other judges."""

import csv
import os
import pathlib

from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.photographs.measuring import INTENSITIES
from exprgan_tf.pictures.files import write_png
from exprgan_tf.support.atomic import whole_file
from exprgan_tf.support.places import MOST_BYTES, distinct_names
from exprgan_tf.support.record import Record

PICTURES = "pictures"
_HEAD = ("source", "edited", "expression", "intensity")


class KeptPictures:
    """Where edits go: `pictures/{column}/{stem}_{expression}_{i}.png`.

    Args:
        output: the folder of the report.
        files: paths of the photographs.
        columns: names of the methods.
        expressions: the names that are asked for.

    Raises:
        UserError: before anything is made, when a file is in the way that
            was not written by this project.
    """

    def __init__(self, output, files, columns, expressions):
        self._output, self._expressions = pathlib.Path(output), expressions
        self._record = Record(self._output)
        self._folders = dict(zip(
            columns, distinct_names(columns, MOST_BYTES - 16), strict=True
        ))
        longest = max(
            len(_ending(name, 0.0).encode()) for name in expressions
        )
        self._stems = dict(zip(files, distinct_names(
            [path.stem for path in files], MOST_BYTES - longest
        ), strict=True))
        self._rows = {name: [] for name in columns}
        for column in columns:
            self._record.require_own(self._table(column))
            for path in files:
                for name in expressions:
                    for intensity in INTENSITIES:
                        self._record.require_own(
                            self._place(column, path, name, intensity)
                        )

    def keep(self, path, photograph, column, expression, intensity, edited):
        """Writes an edit, as `measure_photographs` calls it.

        Raises:
            UserError: when it cannot be written.
        """
        place = self._place(column, path, expression, intensity)
        write_png(place, edited, self._record, photograph)
        # Nothing was asked for, and so it is every expression's.
        names = self._expressions if intensity == 0 else (expression,)
        self._rows[column] += [
            (os.path.abspath(path), os.path.abspath(place), name, intensity)
            for name in names
        ]

    def write_tables(self):
        """Writes `edits_{column}.csv` for each column.

        Raises:
            UserError: when one cannot be written.
        """
        for column, rows in self._rows.items():
            table = self._table(column)
            try:
                with whole_file(table, self._record) as partial, partial.open(
                    "w", encoding="utf-8", errors="surrogateescape",
                    newline="",
                ) as file:
                    csv.writer(file, lineterminator="\n").writerows(
                        [_HEAD, *rows]
                    )
            except OSError as error:
                raise UserError(
                    f"{table} cannot be written: {error}"
                ) from None

    def _table(self, column):
        return self._output / f"edits_{self._folders[column]}.csv"

    def _place(self, column, path, expression, intensity):
        return self._output / PICTURES / self._folders[column] / (
            f"{self._stems[path]}{_ending(expression, intensity)}"
        )


def _ending(expression, intensity):
    name = "unchanged" if intensity == 0 else expression
    return f"_{name}_{intensity:.2f}.png"
