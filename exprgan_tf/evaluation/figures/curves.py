"""What changes with the asked intensity, all columns in one figure."""

import matplotlib

from exprgan_tf.evaluation.columns import first_of_each_benchmark
from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.figures.base import Figure, new_plot

_CURVES = {
    "expression_accuracy": "expression right",
    "intensity_seen": "seen intensity (logits)",
    "identity_rank1": "person right, rank 1",
    "identity_tar": "accepted at 1 % false accepts",
}
# As many colours as columns that are told apart.
_FEW, _MANY = (matplotlib.colormaps[name] for name in ("tab10", "tab20"))
# Letters of a name of which two fit beside one another.
_LONGEST = 36


def curves(columns):
    """Expression and identity against intensity, with 95 % intervals.

    Args:
        columns: `Column`s.

    Returns:
        A `Figure`, or None when no column edits.
    """
    present = {
        key: text for key, text in _CURVES.items()
        if any(f"{key}_at_1.0" in column.values for column in columns)
    }
    if not present:
        return None
    # Two a row, so that letters stay readable on a narrow screen.
    plot = new_plot(7.0, 2.9 * ((len(present) + 1) // 2) + 0.4)
    grid = plot.subplots((len(present) + 1) // 2, 2, squeeze=False).ravel()
    for axes, (key, text) in zip(grid, present.items(), strict=False):
        if len(columns) > len(_FEW.colors):
            axes.set_prop_cycle(color=_MANY.colors)
        for column in columns:
            names = [f"{key}_at_{value}" for value in INTENSITIES]
            if names[0] not in column.values:
                continue
            line, = axes.plot(
                INTENSITIES, [column.values[name] for name in names],
                marker="o", markersize=3, label=column.name,
            )
            if all(name in column.intervals for name in names):
                low, high = zip(
                    *(column.intervals[name] for name in names), strict=True
                )
                axes.fill_between(
                    INTENSITIES, low, high, alpha=0.15, color=line.get_color()
                )
        if key == "intensity_seen":
            _draw_truth(axes, columns)
        axes.set_title(text, fontsize=10)
        axes.set_xlabel("asked intensity", fontsize=9)
        axes.tick_params(labelsize=8)
        if key != "intensity_seen":
            axes.set_ylim(-0.03, 1.03)
    for axes in grid[len(present):]:
        axes.set_axis_off()
    handles = {
        name: handle for axes in grid for handle, name
        in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    # Two long names do not fit side by side.
    side_by_side = 2 if max(map(len, handles)) <= _LONGEST else 1
    plot.set_figheight(
        plot.get_figheight() + 0.1 * len(handles) * (2 - side_by_side)
    )
    plot.legend(handles.values(), handles.keys(), ncols=side_by_side,
                loc="outside lower center", fontsize=9)
    return Figure.of_plot(
        "What changes with the intensity",
        "Means with 95 % intervals by subject; dashed: what is seen in true "
        "images of the labelled intensity, within 0.1. An edit that keeps the "
        "person better at high intensity than another may do so by changing "
        "less: read these curves together.",
        "Curves against the asked intensity: " + ", ".join(present.values()),
        plot,
    )


def _draw_truth(axes, columns):
    """One line for all columns that were measured on the same images."""
    told = first_of_each_benchmark(columns)
    for column in told:
        seen = {
            value: column.values[f"intensity_seen_true_at_{value}"]
            for value in INTENSITIES
            if f"intensity_seen_true_at_{value}" in column.values
        }
        if seen:
            axes.plot(
                seen.keys(), seen.values(), "k--", linewidth=1,
                label="true images" if len(told) == 1
                else f"true images ({column.context.benchmark.name})",
            )
