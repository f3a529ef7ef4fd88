"""Edits that people look at: the best, the worst, some, and figures."""

import base64
import dataclasses
import heapq
import html
import pathlib

import numpy as np

from exprgan_tf.evaluation.figures.base import Figure, stacked
from exprgan_tf.evaluation.figures.confusion import confusion_of
from exprgan_tf.evaluation.photographs.measuring import INTENSITIES
from exprgan_tf.evaluation.photographs.scores import harmonic
from exprgan_tf.pictures.files import encode_picture
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.sheets import sheet
from exprgan_tf.support.places import printable

# Photographs that figures show, with every edit.
MOST_SHOWN = 6
_MOST_PAIRS, _MOST_LADDERS = 4, 2
_CELL = 112
_BETWEEN = 6
_SEED = 0


@dataclasses.dataclass(frozen=True)
class Pair:
    """A photograph and one edit of it at intensity 1.

    Args:
        name: of the photograph.
        expression: that was asked for.
        seen: what the judge takes it for; None: its face is lost.
        grade: how good it is by the judges, 0 to 1; -1 for a lost face.
        before, after: uint8 `[s, s, 3]`.
    """

    name: str
    expression: str
    seen: str | None
    grade: float
    before: np.ndarray
    after: np.ndarray


class Showcase:
    """What is kept of a column's edits for people to look at.

    However many photographs there are, it holds pictures of a few.

    Attributes:
        shown: `Measured` of the photographs in figures, by their names.
    """

    def __init__(self):
        self._best, self._worst, self._drawn = [], [], []
        self._count = 0
        self._generator = np.random.default_rng(_SEED)
        self.shown = {}

    def add(self, measured, expressions, names, in_figures):
        """Looks at the edits of one photograph.

        Args:
            measured: a `Measured`.
            expressions: the K names that were asked for.
            names: the C names that the judge answers with.
            in_figures: whether figures show it.
        """
        if in_figures:
            self.shown[measured.name] = measured
        for row, expression in enumerate(expressions):
            said = measured.values["probabilities"][row, -1]
            lost = bool(np.isnan(said[0]))
            pair = Pair(
                measured.name, expression,
                None if lost else names[said.argmax()],
                -1.0 if lost else _grade(
                    said[names.index(expression)],
                    measured.values["identity"][row, -1],
                ), measured.before, measured.after[row][-1],
            )
            self._take(pair)

    def _take(self, pair):
        # The count decides between equal grades: pairs have no order.
        place = self._count
        self._count += 1
        for kept, grade in (
            (self._best, pair.grade), (self._worst, -pair.grade)
        ):
            heapq.heappush(kept, (grade, -place, pair))
            if len(kept) > _MOST_PAIRS:
                heapq.heappop(kept)
        # Each edit is as likely to stay (reservoir sampling).
        if len(self._drawn) < _MOST_PAIRS:
            self._drawn.append(pair)
        elif (drawn := self._generator.integers(self._count)) < _MOST_PAIRS:
            self._drawn[drawn] = pair

    @property
    def best(self):
        """`Pair`s, the best first."""
        return [pair for _, _, pair in sorted(self._best, reverse=True)]

    @property
    def worst(self):
        """`Pair`s, the worst first."""
        return [pair for _, _, pair in sorted(self._worst, reverse=True)]

    @property
    def drawn(self):
        """`Pair`s of no choice."""
        return list(self._drawn)


def _grade(probability, identity):
    if np.isnan(identity):
        return float(probability)
    return float(harmonic(probability, identity))


def pairs_html(column):
    """The best, worst and some edits of a `Column` as HTML."""
    parts = []
    for title, pairs in (
        ("Best by our judges", column.showcase.best),
        ("Worst by our judges", column.showcase.worst),
        ("Drawn at random", column.showcase.drawn),
    ):
        parts.append(f"<h3>{html.escape(f'{column.name}: {title}')}</h3>")
        parts += map(_pair_html, pairs)
    return "\n".join(parts)


def _pair_html(pair):
    seen = "its face is no longer found" if pair.seen is None else (
        f"taken for {pair.seen}, {pair.grade:.2f}"
    )
    text = html.escape(
        f"{printable(pathlib.Path(pair.name).name)}: {pair.expression} "
        f"asked, {seen}"
    )
    between = np.full((len(pair.before), _BETWEEN, 3), 255, "uint8")
    joined = np.concatenate([pair.before, between, pair.after], axis=1)
    encoded = base64.b64encode(
        encode_picture(joined, "jpeg", quality=92)
    ).decode()
    return (
        f"<figure><figcaption>{text}</figcaption>"
        f'<img alt="{text}" src="data:image/jpeg;base64,{encoded}"></figure>'
    )


def figures(columns, expressions, lent=None):
    """Figures 2 to 4 of the paper for photographs, and confusions.

    Args:
        columns: `Column`s that edit.
        expressions: the K names.
        lent: the `Lent` expressions of Fig. 4; None: it is not drawn.

    Returns:
        A list of `Figure`.
    """
    return [
        _edits(columns, expressions),
        *(_ladders(column, expressions) for column in columns
          if column.showcase.shown),
        *(_borrowed(column, lent) for column in columns if lent and any(
            measured.borrowed for measured in column.showcase.shown.values()
        )),
        *(_confusion(column) for column in columns),
    ]


def _edits(columns, expressions):
    """A photograph a block, a column of the report a row."""
    blocks = []
    names = dict.fromkeys(
        name for column in columns for name in column.showcase.shown
    )
    for name in names:
        rows = []
        for column in columns:
            found = column.showcase.shown.get(name)
            rows.append([None] * (1 + len(expressions)) if found is None else [
                to_floats(found.before),
                *(to_floats(row[-1]) for row in found.after),
            ])
        blocks.append(sheet(
            rows, ["photograph", *expressions],
            [column.name for column in columns], _CELL,
        ))
    return Figure.of_picture(
        "All expressions at intensity 1 (Fig. 2)",
        "The first photographs, and what they are after the edit, cut out "
        "around the face. A row is empty where a face was not taken.",
        f"A table of faces: {len(blocks)} photographs, a row for each of "
        f"{len(columns)} columns", stacked(blocks),
    )


def _ladders(column, expressions):
    shown = list(column.showcase.shown.values())[:_MOST_LADDERS]
    return Figure.of_picture(
        f"Intensities by {column.name} (Fig. 3)",
        "Each expression of a photograph at rising intensities; at 0 nothing "
        "should change.",
        f"A table of faces: {len(shown)} photographs, a row of growing "
        "strength for each expression",
        stacked([
            sheet(
                [[to_floats(measured.before), *map(to_floats, row)]
                 for row in measured.after],
                ["photograph", *map(str, INTENSITIES)], list(expressions),
                _CELL,
            ) for measured in shown
        ]),
    )


def _borrowed(column, lent):
    shown = list(column.showcase.shown.values())
    return Figure.of_picture(
        f"Expression transfer by {column.name} (Fig. 4)",
        "First row: true photographs B of people whom the judges did not "
        "learn from. First column: the photographs A. Between them A with "
        "the code Q(B, expression).",
        f"A matrix of {len(shown)} people and {len(lent.names)} expressions",
        sheet(
            [[None, *lent.images], *(
                [to_floats(measured.before), *map(to_floats, measured.borrowed)]
                for measured in shown
            )], ["A \\ B", *lent.names], cell=_CELL,
        ),
    )


def _confusion(column):
    scored = column.scored
    # The asked ones first, so that what is right is the diagonal.
    others = [
        place for place in range(len(scored.names))
        if place not in scored.places
    ]
    order = [*scored.places, *others]
    return confusion_of(
        scored.confusion()[:, order], scored.expressions,
        [scored.names[place] for place in order],
        f"Expressions taken for others: {column.name}",
        "Percent of the edits to each expression (rows) at intensity 1 in "
        "which our judge sees each expression (columns).",
    )
