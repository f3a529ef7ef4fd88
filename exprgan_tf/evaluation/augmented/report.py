"""`metrics.json`, `report.html` and the lines of what made faces add."""

import html

from exprgan_tf.evaluation.augmented.scores import MEAN, best
from exprgan_tf.evaluation.figures.base import Figure, new_plot
from exprgan_tf.evaluation.page import figure_html
from exprgan_tf.evaluation.report import REPORT, write_both
from exprgan_tf.support.html_report import page, table


def write_table(values, output):
    """Writes both files; each appears only when whole.

    Args:
        values: of `perform.made_faces_table`.
        output: a folder.

    Raises:
        UserError: when they cannot be written.
    """
    title = "What made faces add to a classifier"
    body = "".join((
        f"<h1>{title}</h1>",
        "".join(f"<p>{html.escape(text)}</p>" for text in _notes(values)),
        table(*_table(values)),
        *(
            figure_html(_figure(values, people))
            for people in _numbers_of_people(values)
        ),
    ))
    write_both(output, values, page(title, body))


def as_text(values, output):
    """What a terminal shows."""
    head, rows = _table(values)
    widths = [
        max(len(row[place]) for row in (head, *rows))
        for place in range(len(head))
    ]
    return "\n".join([
        *_notes(values),
        *(
            "  ".join(
                cell.rjust(width)
                for cell, width in zip(row, widths, strict=True)
            ) for row in (head, *rows)
        ),
        f"report: {output / REPORT}",
    ])


def _notes(values):
    """What the table is about, and what it says: sentences."""
    tested = values["tested"]
    way = (
        f"in {values['folds']} folds by person" if values["folds"] > 1
        else "from the training split"
    )
    yield (
        f"Classifiers (four convolutions and one layer of {len(tested)} "
        f"units; {values['steps']} steps, {values['seeds']} seeds) learned "
        f"{way} and were tested on {sum(tested.values())} true faces ("
        + ", ".join(f"{name} {count}" for name, count in tested.items())
        + ") of people whom they had not seen, neither truly nor made. "
        "Every class is as likely in a batch, with made faces and without; "
        "the mean counts every class alike."
    )
    if not values["people_known"]:
        yield (
            "The data does not say who is in a picture: made faces of a "
            "tested person may have been learned from."
        )
    for people in _numbers_of_people(values):
        row = best(values["rows"], people)
        of = f"With {people} people" if people else "With everybody"
        if not row["made"]:
            yield f"{of} no number of made faces helped."
            continue
        low, high = row[MEAN]["gain_interval"] or (float("nan"),) * 2
        gains = ", ".join(
            f"{name} {_signed(told['gain'])}"
            for name, told in row["classes"].items()
            if told["gain"] is not None
        )
        yield (
            f"{of} {row['made']} made faces were best: mean "
            f"{row[MEAN]['right']:.3f}, {_signed(row[MEAN]['gain'])} "
            f"({_signed(low)} to {_signed(high)}) beside none; {gains}."
            + ("" if low > 0 else " That may be chance.")
        )


def _table(values):
    head = ["people", "made", MEAN, "gain", *values["classes"]]
    return head, [
        [
            str(row["people"] or "all"), str(row["made"]),
            _with_interval(row[MEAN]["right"], row[MEAN]["interval"]),
            _with_interval(
                row[MEAN]["gain"], row[MEAN]["gain_interval"], _signed
            ) if row["made"] else "",
            *(
                _with_interval(told["right"], told["interval"])
                for told in row["classes"].values()
            ),
        ]
        for row in values["rows"]
    ]


def _figure(values, people):
    rows = [row for row in values["rows"] if row["people"] == people]
    plot = new_plot(7, 4)
    axes = plot.subplots()
    for name in values["classes"]:
        axes.plot(
            [row["made"] for row in rows],
            [row["classes"][name]["right"] for row in rows],
            marker=".", linewidth=1, label=name,
        )
    axes.errorbar(
        [row["made"] for row in rows], [row[MEAN]["right"] for row in rows],
        yerr=_reach(rows), color="black", linewidth=2, capsize=3, label=MEAN,
    )
    axes.set_xscale("symlog", linthresh=100)
    axes.set(xlabel="made faces", ylabel="true faces told right",
             ylim=(0, 1))
    axes.legend(fontsize="small", ncols=2)
    whose = f"of {people} people" if people else "of everybody"
    return Figure.of_plot(
        f"Beside true faces {whose}",
        "The share of each class's true faces told right, their mean with "
        "its 95 % interval by person.",
        f"Lines of shares told right over numbers of made faces, {whose}",
        plot,
    )


def _reach(rows):
    """How far intervals reach below and above, `[2, n]`; None: unknown."""
    told = [row[MEAN] for row in rows]
    if not all(value["interval"] for value in told):
        return None
    return [
        [max(value["right"] - value["interval"][0], 0.0) for value in told],
        [max(value["interval"][1] - value["right"], 0.0) for value in told],
    ]


def _numbers_of_people(values):
    return list(dict.fromkeys(row["people"] for row in values["rows"]))


def _with_interval(value, interval, text="{:.2f}".format):
    if value is None:
        return "-"
    if interval is None:
        return text(value)
    return f"{text(value)} ({text(interval[0])} to {text(interval[1])})"


def _signed(value):
    return f"{value:+.3f}"
