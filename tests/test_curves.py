"""Curves against the asked intensity."""

import types

from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.figures import curves
from exprgan_tf.evaluation.figures.base import Figure


def test_every_column_has_a_colour_of_its_own(monkeypatch):
    """The eleventh had the first one's."""
    monkeypatch.setattr(Figure, "of_plot", lambda title, text, alt, plot: plot)
    for count in (4, 13):
        plot = curves([
            types.SimpleNamespace(
                name=f"run {number}", intervals={},
                values={f"expression_accuracy_at_{value}": number / count
                        for value in INTENSITIES},
            )
            for number in range(count)
        ])
        lines = plot.axes[0].get_lines()
        assert len({line.get_color() for line in lines}) == count
