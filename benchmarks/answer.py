"""What a question ends with: tables, plots and numbers, as files."""

import dataclasses
import json

from benchmarks import machine
from exprgan_tf.support.atomic import whole_file


@dataclasses.dataclass
class Table:
    """A table of texts and numbers.

    Args:
        caption: a sentence about what is compared.
        rows: dicts from column to cell, all with the same columns.
    """

    caption: str
    rows: list

    def markdown(self):
        columns = list(self.rows[0])
        lines = [columns, ["---"] * len(columns)]
        lines += [[_cell(row[name]) for name in columns] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclasses.dataclass
class Answer:
    """The answer of one question.

    Args:
        tables: `Table`s.
        plots: a dict from file name to figure of matplotlib.
        numbers: whatever was measured, for JSON.
        notes: sentences that belong below the tables.
    """

    tables: list
    plots: dict = dataclasses.field(default_factory=dict)
    numbers: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)

    def write(self, folder, name, title, settings, seconds):
        """Writes `{name}.json` and the plots; the JSON comes last."""
        folder.mkdir(parents=True, exist_ok=True)
        for file_name, figure in self.plots.items():
            with whole_file(folder / file_name) as partial:
                figure.savefig(partial, dpi=_DPI)
        content = {
            "question": name, "title": title, "settings": settings,
            "machine": machine.describe(), "seconds": round(seconds, 1),
            "tables": [dataclasses.asdict(table) for table in self.tables],
            "plots": list(self.plots), "notes": self.notes,
            "numbers": self.numbers,
        }
        with whole_file(folder / f"{name}.json") as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


_DPI = 90


def timing_numbers(timings):
    """A dict of `Timing`s for JSON."""
    return {name: dataclasses.asdict(timing)
            for name, timing in timings.items()}


def _cell(value):
    """Three digits, but all those before the point."""
    if isinstance(value, float):
        if abs(value) >= 100:
            return f"{value:,.0f}"
        return f"{value:.3g}"
    return "" if value is None else str(value)
