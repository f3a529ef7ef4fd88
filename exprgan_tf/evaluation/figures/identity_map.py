"""Fig. 6: the identity codes of true images in the plane."""

import matplotlib
import numpy as np
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from exprgan_tf.evaluation.figures.base import Figure, new_plot

# Colors that are told apart; more people take turns with other markers.
_COLORS = matplotlib.colormaps["tab10"].colors
_MARKERS = "osD^vP*X<>"


def identity_map(column):
    """t-SNE of g(x), a color and marker for each person.

    Args:
        column: a `Column` with identity codes.

    Returns:
        A `Figure`; None where all codes are the same.
    """
    context = column.context
    codes = context.identity_codes
    # scikit-learn would divide by their spread and crash on what it gets.
    if not np.ptp(codes, axis=0).any():
        return None
    # Threads that wait for each other take minutes where cores are shared.
    with threadpool_limits(1):
        places = TSNE(
            perplexity=min(30.0, (len(codes) - 1) / 3), init="pca",
            random_state=0,
        ).fit_transform(codes)
    rows = context.held_out.truth_source()[context.benchmark.catalog]
    plot = new_plot(6.0, 5.0)
    axes = plot.subplots()
    for number, row in enumerate(np.unique(rows)):
        own = places[rows == row]
        axes.scatter(
            own[:, 0], own[:, 1], s=24,
            color=_COLORS[number % len(_COLORS)],
            marker=_MARKERS[number // len(_COLORS) % len(_MARKERS)],
        )
    axes.set_xticks([])
    axes.set_yticks([])
    values = column.values
    return Figure.of_plot(
        f"Identity codes by {context.name} (Fig. 6)",
        f"t-SNE of g(x) of {len(codes)} true images of {len(np.unique(rows))} "
        "held-out people, each with a color and marker. In the codes "
        "themselves the silhouette of people is "
        f"{values['identity_codes_silhouette']:.2f}, and the nearest image is "
        "of the same person for "
        f"{100 * values['identity_codes_nearest']:.0f} % of the images.",
        "Points in the plane, one an image, colored by person", plot,
    )
