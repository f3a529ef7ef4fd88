"""Which of the packages that the project names are there, and which not."""

import collections
import importlib.metadata
import pathlib
import re

from packaging.requirements import Requirement

# Those of a checkout; what `pip install` brings has them as metadata.
_FILES = pathlib.Path(__file__).parents[2] / "requirements"
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
# What is needed in any case, and what is an extra.
NEEDED = ("core", "tensorflow")
MISSING = "is missing"


def required():
    """`{file or extra: [Requirement]}`; what is no extra is "core".

    Raises:
        importlib.metadata.PackageNotFoundError: where there is neither a
            checkout nor an installed package.
    """
    found = collections.defaultdict(list)
    if _FILES.is_dir():
        for path in sorted(_FILES.glob("*.txt")):
            for line in path.read_text("utf-8").splitlines():
                if text := line.partition("#")[0].strip():
                    found[path.stem].append(Requirement(text))
        return found
    for text in importlib.metadata.requires("exprgan_tf") or ():
        extra = _EXTRA.search(text)
        found[extra[1] if extra else "core"].append(Requirement(text))
    return found


def state(requirement):
    """A package's name and version, and what is wrong with it."""
    name = requirement.name
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} {MISSING}"
    if requirement.specifier.contains(version, prereleases=True):
        return f"{name} {version}"
    return f"{name} {version} (tried with {requirement.specifier})"
