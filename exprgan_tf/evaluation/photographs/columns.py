"""Photographs, one after another, through every method."""

import sys

from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.editors import COPY
from exprgan_tf.evaluation.metrics.base import measure
from exprgan_tf.evaluation.photographs.groups import by_lightness, lightness
from exprgan_tf.evaluation.photographs.measuring import (
    Original,
    measure_photograph,
)
from exprgan_tf.evaluation.photographs.scores import (
    PhotographScores,
    Scored,
    known,
)
from exprgan_tf.evaluation.photographs.showing import MOST_SHOWN, Showcase
from exprgan_tf.pictures.files import read_photograph
from exprgan_tf.support.places import printable
from exprgan_tf.support.progress import progress_bar


class Column:
    """One method with all that was measured of it.

    Attributes:
        name: of the method.
        scored: a `Scored` of the photographs that it edits.
        showcase: a `Showcase`.
        failed: a dict from a photograph to the reason why it is not edited.
        values, intervals: what `measure` gives of `PhotographScores`.
        common: the values of the photographs that every method edits; empty
            where there is none.
        groups: a list of `Group`, by the lightness of faces.

    Args:
        method: a `Method`.
        expressions: the K names that are asked for.
        names: the C names that the judge answers with.
        lent: a `Lent` for what figures show, or None.
    """

    def __init__(self, method, expressions, names, lent=None):
        self.method, self.name = method, method.name
        self.showcase = Showcase()
        self.failed, self.scored = {}, None
        self.values, self.intervals, self.common = {}, {}, {}
        self.groups = []
        self._expressions, self._names = expressions, names
        self._borrowed = lent.mixes_for(method) if lent else []
        self._measured = {}

    def add(self, original, light, in_figures, keep):
        """Edits a photograph and measures it, if the method takes it.

        Args:
            original: an `Original`.
            light: its `lightness`.
            in_figures: as for `Showcase.add`.
            keep: as for `measure_photograph`.
        """
        try:
            measured = measure_photograph(
                original, self.method, self._expressions, keep,
                self._borrowed if in_figures else (),
            )
        except UserError as error:
            self.failed[original.name] = printable(str(error))
            print(f"{self.name}: left out: {error}", file=sys.stderr)
            return
        self._measured[measured.name] = {
            **measured.values, "lightness": light,
        }
        self.showcase.add(
            measured, self._expressions, self._names, in_figures
        )

    @property
    def edited(self):
        """Names of the photographs that were edited."""
        return self._measured.keys()

    @property
    def edits(self):
        """Whether it does: a copy of the input is there to be beaten."""
        return self.name != COPY

    def finish(self, common):
        """Computes the values.

        Args:
            common: names of the photographs that every method edits.
        """
        if not self._measured:
            return
        self.scored = self._scored(self._measured)
        values, self.intervals = measure(PhotographScores(), self.scored)
        self.values = known(values)
        self.groups = by_lightness(self.scored)
        if common:
            self.common = known(
                measure(PhotographScores(), self._scored(common), 0)[0]
            )

    def _scored(self, names):
        return Scored(
            [self._measured[name] for name in names], self._expressions,
            self._names,
        )


def measure_photographs(
    files, methods, jury, expressions, keep=None, lent=None
):
    """Edits photographs with all methods.

    Args:
        files: their paths.
        methods: `Method`s.
        jury: a `Jury`.
        expressions: the names that are asked for.
        keep: called with a path, its `Photograph`, the name of a method, an
            expression, an intensity and an edit; None: with nothing.
        lent: the `Lent` expressions that figures show, or None.

    Returns:
        A list of `Column`, one a method.

    Raises:
        UserError: when no photograph can be edited, with the first reason.
    """
    columns = [
        Column(method, expressions, jury.expression.names, lent)
        for method in methods
    ]
    editing = [column for column in columns if column.edits]
    shown = 0
    with progress_bar(len(files), "evaluate", "photo") as progress:
        for path in files:
            try:
                photograph = read_photograph(path)
                original = Original(photograph, jury, str(path))
            except UserError as error:
                for column in columns:
                    column.failed[str(path)] = printable(str(error))
                print(f"left out: {error}", file=sys.stderr)
                progress.update()
                continue
            light = lightness(original)
            for column in columns:
                column.add(
                    original, light, shown < MOST_SHOWN,
                    _keeper(keep, path, photograph, column.name)
                    if column.edits else None,
                )
            shown += any(str(path) in column.edited for column in editing)
            progress.update()
    common = [
        name for name in map(str, files)
        if all(name in column.edited for column in editing)
    ]
    if not any(column.edited for column in editing):
        reason = next(iter(editing[0].failed.values()))
        raise UserError(f"--photos: none can be edited; the first: {reason}")
    for column in columns:
        column.finish(common)
    return columns


def _keeper(keep, path, photograph, method):
    if keep is None:
        return None
    return lambda *edit: keep(path, photograph, method, *edit)
