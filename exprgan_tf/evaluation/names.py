"""What columns are called."""

import pathlib

from exprgan_tf.errors import UserError
from exprgan_tf.support.places import printable


def column_names(paths):
    """Names of models' columns: as many last parts of each path as tell all
    apart.

    Raises:
        UserError: when a path is there twice.
    """
    if len(set(paths)) < len(paths):
        raise UserError(f"--model={','.join(paths)}: one is there twice")
    paths = [*map(printable, paths)]
    places = [
        pathlib.Path(path.removesuffix(".keras")).resolve().parts
        for path in paths
    ]
    for count in range(1, max(map(len, places)) + 1):
        names = ["/".join(parts[-count:]) for parts in places]
        if len(set(names)) == len(names):
            return names
    return paths


def benchmark_names(sides, models):
    """Names of benchmarks that are told apart by the size of images, or else
    by the first model that each is for.

    Args:
        sides: pixels, one a benchmark.
        models: names of models, one a benchmark.
    """
    if len(set(sides)) == len(sides):
        return [f"{side} pixels" for side in sides]
    return [f"as for {name}" for name in models]
