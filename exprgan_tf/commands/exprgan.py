"""The command `exprgan`: `exprgan edit ...` is `python -m exprgan_tf.edit ...`.
"""

import ast
import difflib
import importlib
import importlib.util
import pathlib
import sys

import exprgan_tf
from exprgan_tf.commands.running import output, require_texts, run

VERSION = exprgan_tf.__version__
# Each is a module with `main` and `SETTINGS`, see `running.run`.
COMMANDS = {
    **{name: f"exprgan_tf.{name}" for name in (
        "edit", "app", "transfer", "generate", "train", "evaluate", "export",
        "serve",
    )},
    **{name: f"exprgan_tf.commands.{name.replace('-', '_')}" for name in (
        "make-tfrecords", "check-tfrecords", "merge-tfrecords",
        "export-images", "render-faces", "animate-photos",
        "reduce-face-model", "learn-glasses", "pack-model",
        "convert-vgg-face", "import-authors-checkpoint", "doctor",
    )},
}


def main(arguments=None):
    """Runs the command that the first word names; ends the process.

    Args:
        arguments: a list of texts; None: those of the process.
    """
    require_texts()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    name, *rest = arguments or ["--help"]
    if name in ("--help", "-h", "help"):
        with output():
            print(overview())
    elif name == "--version":
        with output():
            print(f"exprgan {VERSION}")
    elif name in COMMANDS:
        module = importlib.import_module(COMMANDS[name])
        run(
            module.main, module.SETTINGS, rest,
            getattr(module, "ONLY_ON_COMMAND_LINE", ()),
            getattr(module, "STARTS_KERAS", True),
        )
    else:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        print(
            f"error: there is no command {name!r}"
            + (f": did you mean {near[0]}?" if near else
               "; exprgan alone lists them"),
            file=sys.stderr,
        )
        sys.exit(2)


def overview():
    """All commands, a line each."""
    width = max(map(len, COMMANDS)) + 2
    return "\n".join([
        exprgan_tf.__doc__.strip(),
        f"    exprgan COMMAND --flag=value ...   (exprgan {VERSION})", "",
        *(f"  {name:{width}}{_headline(module)}"
          for name, module in COMMANDS.items()),
        "exprgan COMMAND --help tells its flags.",
    ])


def _headline(module):
    """The first line of a module's text, which is not imported for it."""
    path = pathlib.Path(importlib.util.find_spec(module).origin)
    text = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    return text.splitlines()[0].rstrip(".")
