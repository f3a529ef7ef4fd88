"""Progress bars that suit a terminal and a log file alike."""

import sys

import tqdm


def progress_bar(total, description, unit, initial=0, shown=True):
    """A `tqdm` bar; away from a terminal it writes a line a minute."""
    in_terminal = sys.stderr.isatty()
    return tqdm.tqdm(
        total=total, initial=initial, desc=description, unit=unit,
        mininterval=0.2 if in_terminal else 60.0,
        delay=0 if in_terminal else 2.0,
        dynamic_ncols=True, disable=not shown,
    )
