"""Curves against the asked intensity."""

import types

from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.figures import curves as module


def test_every_column_has_a_colour_of_its_own(monkeypatch):
    """The eleventh had the first one's."""
    plots = []
    monkeypatch.setattr(
        module.Figure, "of_plot", lambda title, text, alt, plot:
        plots.append(plot)
    )
    for count in (4, 13):
        module.curves([
            types.SimpleNamespace(
                name=f"run {number}", intervals={},
                values={f"expression_accuracy_at_{value}": number / count
                        for value in INTENSITIES},
            )
            for number in range(count)
        ])
        lines = plots.pop().axes[0].get_lines()
        assert len({line.get_color() for line in lines}) == count
