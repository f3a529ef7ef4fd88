"""How every command runs: flags in, one call, a clear ending."""

import contextlib
import io
import os
import select
import signal
import sys

from absl import flags

from exprgan_tf.commands.flags import SettingsFlags, help_text
from exprgan_tf.errors import UserError
from exprgan_tf.support.flag_files import FlagValues
from exprgan_tf.support.quiet import import_backend
from exprgan_tf.support.stopping import Stopped, stopping


def run(
    main, settings, arguments=None, only_on_command_line=(), backend=True
):
    """Parses flags, calls `main` with what they say, and ends the process.

    A `UserError` and a wrong flag end it with one line on stderr and exit
    code 1 and 2; Ctrl-C with 130, SIGTERM with 143 and SIGHUP with 129, when
    what is half written is removed. A count that `main` returns, of what
    failed, ends it with 1.

    Where nobody reads what it prints any more, it ends without a word.

    Args:
        main: a function of as many values as there are settings. The text
            of its module is what `--help` prints.
        settings: dataclasses of settings, or what has `define`, `read` and
            `words` as `SettingsFlags` has.
        arguments: a list of texts; None: those of the process.
        only_on_command_line: names of flags that no flag file may set.
        backend: whether Keras is started first; one that does not start
            ends the command.
    """
    _open_streams()
    require_texts()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    with output():
        _run(
            main, settings, arguments, only_on_command_line, backend
        )


def _run(main, settings, arguments, only_on_command_line, backend):
    _print_any_name()
    parts = [
        SettingsFlags(part) if isinstance(part, type) else part
        for part in settings
    ]
    values = FlagValues()
    for part in parts:
        part.define(values)
    for name in ("help", "helpfull"):
        flags.DEFINE_bool(
            name, False, "print this text", flag_values=values
        )
    words = _parsed(values, arguments, sum(part.words for part in parts))
    if values["help"].value or values["helpfull"].value:
        print(help_text(values, sys.modules[main.__module__].__doc__))
        sys.exit(0)
    try:
        for name in only_on_command_line:
            _require_own_flag(values, arguments, name)
        given = [part.read(values, words) for part in parts]
        if backend:
            import_backend()
        with stopping():
            failed = main(*given)
    except UserError as error:
        _fail(error, 1)
    except ModuleNotFoundError as error:
        if error.name.split(".")[0] != "tensorflow":
            raise
        _fail(
            "this command needs TensorFlow, which is not installed: pip "
            "install tensorflow", 1,
        )
    except UnicodeEncodeError as error:
        _fail(
            f"a name or text is not UTF-8 ({error.object[:200]!r}): rename "
            "it", 1,
        )
    except Stopped as error:
        _fail("stopped", error.code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    sys.exit(1 if failed else 0)


@contextlib.contextmanager
def output():
    """What is printed inside has left the process behind it, or ends it.

    `exprgan edit ... | head -1` ends as `cat` does: without a word, with the
    code of a process that SIGPIPE has ended. Any other output that takes
    nothing, such as a full disk, is an error.
    """
    try:
        yield
    # What no writer or reader has told in its own words.
    except OSError as error:
        _flush()
        _fail(" ".join(str(error).split()), 1)
    finally:
        _flush()


def _flush():
    """Ends the process where stdout takes nothing; else writes what waits."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        _require_reader(sys.stdout)
    except OSError as error:
        # Python would try again at its end, and say that it failed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(128 + signal.SIGPIPE)
        _fail(f"stdout: {error.strerror}", 1)


def _require_reader(stream):
    """The same error where nothing waits: with `python -u`."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
    # No file, as in a notebook; Windows has no poll.
    except (AttributeError, io.UnsupportedOperation):
        return
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        raise BrokenPipeError


def _open_streams():
    """Where a process was started without one (`2>&-`), it is /dev/null.

    Else a file that is written would get its number, and with it what
    libraries say.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"),
                               (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _print_any_name():
    """Names of files may hold bytes that no encoding explains."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def require_texts():
    """Ends a process whose Python has dropped the texts of its modules."""
    if sys.flags.optimize >= 2:
        _fail(
            "python -OO (PYTHONOPTIMIZE=2) drops texts that scikit-image is "
            "made of: run without it", 1,
        )


def _parsed(values, arguments, most_words):
    """Parses the flags; returns the words beside them."""
    try:
        _, *words = values(["exprgan", *arguments])
    except flags.Error as error:
        _fail(" ".join(str(error).split()), 2)
    if len(words) > most_words:
        _fail(
            f"unexpected argument {words[most_words]!r}: write --flag=value",
            2,
        )
    return words


def _require_own_flag(values, arguments, name):
    """Refuses a flag that a flag file sets: absl lets the later one win."""
    def count(texts):
        return sum(
            text.lstrip("-").split("=")[0] == name for text in texts
        )

    if count(values.read_flags_from_files(arguments)) > count(arguments):
        raise UserError(
            f"--flagfile sets --{name}, which belongs on the command line: "
            "take it out of the file"
        )


def _fail(message, code):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)
