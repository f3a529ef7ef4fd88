"""Flag files as editors and spreadsheets of any system save them."""

import codecs
import re

from absl import flags


class FlagValues(flags.FlagValues):
    """absl's, whose flag files may start with a byte-order mark.

    A line is `--name=value`, the value in quotes where that is wanted; lines
    that start with # or // are comments.
    """

    def _get_flag_file_lines(self, filename, parsed_file_stack=None):
        """The lines of a file, and of those that it names, that hold flags.

        absl calls this for each `--flagfile` and passes nothing but the name.

        Raises:
            flags.Error: with the line that cannot be read.
        """
        stack = parsed_file_stack or []
        if not filename:
            return []
        if filename in stack:
            raise flags.Error(f"--flagfile={filename}: it names itself")
        found = []
        for number, line in enumerate(_lines(filename), 1):
            line = line.strip()
            if not line or line.startswith(("#", "//")):
                continue
            flag = _unquoted(line, f"--flagfile={filename}, line {number}")
            if self._is_flag_file_directive(flag):
                found += self._get_flag_file_lines(
                    self._extract_filename(flag), [*stack, filename]
                )
            else:
                found.append(flag)
        return found


def _lines(filename):
    try:
        with open(filename, "rb") as file:
            data = file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise flags.Error(f"--flagfile={filename}: {reason}") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise flags.Error(f"--flagfile={filename}: no text in UTF-8")
    return text.splitlines()


def _unquoted(line, place):
    name, equals, value = line.partition("=")
    if re.search(r"\s", name):
        raise flags.Error(f"{place}: write --name=value, not {line[:60]!r}")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    elif re.search(r"\s#", value):
        raise flags.Error(
            f"{place}: a comment has a line of its own (a value with # in it "
            "stands in quotes)"
        )
    return name + equals + value
