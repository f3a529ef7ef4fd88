"""Measures what things cost; see benchmarks/README.md.

    python -m benchmarks.run --all
    python -m benchmarks.run --only=train_step,pipeline --output=DIR

What is in --output already is not measured again, unless --overwrite. A
question that fails is named, the others go on, and the exit code is 1.
"""

import dataclasses
import json
import pathlib
import sys
import time
import traceback

from benchmarks import readme
from benchmarks.questions import NAMES, NotHere, Options, question
from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting

ROOT = pathlib.Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class BenchmarkRequest:
    """Which questions are answered, and where the answers go."""

    all: bool = setting(False, "every question")
    only: tuple[str, ...] = setting(
        (), f"these questions: {', '.join(NAMES)}"
    )
    output: str = setting(
        str(ROOT / "benchmarks" / "results"),
        "folder for a JSON file and plots of each question",
    )
    overwrite: bool = setting(False, "measure again what is there")
    readme: str = setting(
        "",
        "a file between whose markers the tables of --output are written",
    )

    def __post_init__(self):
        unknown = [name for name in self.only if name not in NAMES]
        if unknown:
            raise UserError(
                f"--only={unknown[0]}: must be of {', '.join(NAMES)}"
            )
        if not self.names and not self.readme:
            raise UserError(
                "--all, --only=NAME,... or --readme=FILE is needed"
            )

    @property
    def names(self):
        return NAMES if self.all else self.only


SETTINGS = (BenchmarkRequest, Options)


def main(request, options):
    output = pathlib.Path(request.output)
    failed = [
        name for name in request.names
        if not _answer(name, options, output, request.overwrite)
    ]
    if request.readme:
        try:
            readme.write_tables(pathlib.Path(request.readme), output)
        except OSError as error:
            raise UserError(error) from None
    if failed:
        raise UserError(f"failed: {', '.join(failed)}")


def _answer(name, options, output, overwrite):
    """Answers one question; returns whether that went well."""
    module = question(name)
    settings = {"quick": options.quick, "batch": options.batch}
    path = output / f"{name}.json"
    if path.exists() and not overwrite:
        done = json.loads(path.read_text("utf-8"))
        if done["settings"] == settings:
            print(f"{name}: {path} is there already")
            return True
    print(f"{name}: {module.TITLE.lower()}", flush=True)
    start = time.perf_counter()
    try:
        found = module.answer(options)
        seconds = time.perf_counter() - start
        found.write(output, name, module.TITLE, settings, seconds)
    except NotHere as reason:
        print(f"{name}: left out, {reason}")
        return True
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return False
    except Exception:
        traceback.print_exc()
        return False
    for table in found.tables:
        print(f"\n{table.caption}\n\n{table.markdown()}")
    print(f"\n{name}: {seconds:.0f} s, {path}\n", flush=True)
    return True


# Not in the processes that are measured, which import this module, too.
if __name__ == "__main__":
    run(main, SETTINGS)
