"""What the documents say of commands, files and each other holds."""

import importlib
import pathlib
import re
import shlex
import subprocess

import pytest
from absl import flags

from exprgan_tf.commands.exprgan import COMMANDS
from exprgan_tf.commands.flags import SettingsFlags

ROOT = pathlib.Path(__file__).parents[1]
# Rooms that a path in a document may start in, beside the root.
PLACES = (ROOT, ROOT / "exprgan_tf", ROOT / "tests", ROOT / "docs")
MOST_WORDS = 1300


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch):
    """Commands are shown as they are given there."""
    monkeypatch.chdir(ROOT)


def tracked(*patterns):
    """Files of the project, in a checkout or in what was unpacked of it."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True,
        text=True,
    )
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.splitlines()
        return sorted(
            ROOT / name for name in names if (ROOT / name).exists()
        )
    return sorted(
        path for pattern in patterns for path in ROOT.rglob(pattern)
    )


DOCUMENTS = [
    path for path in tracked("*.md")
    if path.relative_to(ROOT).parts[0] != "tests"
]


def anchors(path):
    """The anchors of a document's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(
            r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE
        )
    }


def wrong_links(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = path.parent / name if name else path
        if not found.exists() or (anchor and anchor not in anchors(found)):
            yield target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    assert list(wrong_links(path)) == []


def flag_values(module):
    """absl's flags of a command's module."""
    values = flags.FlagValues()
    for part in module.SETTINGS:
        part = SettingsFlags(part) if isinstance(part, type) else part
        part.define(values)
    for name in ("help", "helpfull"):
        flags.DEFINE_bool(name, False, "", flag_values=values)
    return values


def known_flags(module):
    """The flags of a command's module, by name."""
    return {*flag_values(module), "flagfile"}


def shown_commands(text):
    """Lines that start a command of the project, continued ones joined."""
    text = re.sub(r"\\\n[# ]*", " ", text)
    # The same commands, from a checkout.
    text = re.sub(
        r"python -m (?:exprgan_tf[. ]|tools\.)(\w+)",
        lambda match: f"exprgan {match[1].replace('_', '-')}", text,
    )
    # Arguments in brackets go on in the next line.
    text = re.sub(r"\n[# ]*(\[?--)", r" \1", text)
    for line in text.splitlines():
        match = re.search(
            r"(?:^[# ]*|`|&& |bin/|run |=\w+ )(exprgan ([a-z][a-z-]+)(.*)|"
            r"python -m benchmarks\.run(.*))", line,
        )
        if match and not line.lstrip("# ").startswith("exprgan 0"):
            yield match[2], (match[3] or match[4] or "").split("`")[0]


def flags_in(arguments):
    return re.findall(r"--(\w+)", arguments.split("   ")[0])


def wrong_commands(text):
    """What is shown of commands and does not exist."""
    for name, arguments in shown_commands(text):
        if name and name not in COMMANDS:
            yield name
            continue
        module = importlib.import_module(
            COMMANDS[name] if name else "benchmarks.run"
        )
        for flag in flags_in(arguments):
            known = known_flags(module)
            if flag not in known and flag.removeprefix("no") not in known:
                yield f"{name} --{flag}"
                break
        else:
            yield from wrong_values(module, name, arguments)


def wrong_values(module, name, arguments):
    """What a command that is shown with all it needs would refuse."""
    arguments = re.split(r" #|&&|   ", arguments)[0]
    # Placeholders and what may be left out are for people.
    if re.search(r"[][|]|\.\.\.|=[A-Z]\b", arguments):
        return
    try:
        flag_values(module)(["exprgan", *shlex.split(arguments)])
    except (flags.Error, OSError) as error:
        yield f"{name}: {error}"


def told():
    """Documents, heads of flag files, and the helps of commands."""
    for path in (*DOCUMENTS, *tracked("flags/*.cfg")):
        yield path.name, path.read_text("utf-8")
    for name, module in COMMANDS.items():
        yield f"help of {name}", importlib.import_module(module).__doc__
    for name in ("run", "measure_pasting"):
        path = ROOT / "benchmarks" / f"{name}.py"
        yield f"help of {name}", path.read_text("utf-8").split('"""')[1]


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, text in told()]
)
def test_commands_that_are_shown_exist(text):
    assert list(wrong_commands(text)) == []


def test_commands_are_found_in_texts():
    text = (
        "    exprgan train --stage=1 \\\n        --no_such=3\n"
        "`exprgan edti`\n    exprgan edit [--model=M]\n        [--paste]\n"
        "    python -m benchmarks.run --alll\n"
        "    python -m exprgan_tf.edit --inptu=x\n"
        "`bin/python -m tools.pack_model --in=x`\n"
        "    python -m tools.measure_pasting --model=M\n"
    )
    assert list(wrong_commands(text)) == [
        "train --no_such", "edti", "edit --paste", "None --alll",
        "edit --inptu", "pack-model --in", "measure-pasting",
    ]


@pytest.mark.parametrize("words, error", [
    ("--stage=4", "stage"), ("--stage=1 --seed=x", "seed"),
    ("--flagfile=flags/no_such.cfg", "no_such"),
])
def test_values_that_are_shown_are_taken(words, error):
    (found,) = wrong_commands(f"    exprgan train {words}\n")
    assert error in found


@pytest.mark.parametrize(
    "path", tracked("flags/*.cfg"), ids=lambda path: path.name
)
def test_flag_files_are_read(path):
    module = importlib.import_module(COMMANDS["train"])
    values = flag_values(module)
    values(["exprgan", "--stage=all", f"--flagfile={path}"])
    for part in module.SETTINGS:
        part = SettingsFlags(part) if isinstance(part, type) else part
        part.read(values)


def unknown_flags(text):
    """Flags that a text names by themselves and no command has."""
    modules = [*COMMANDS.values(), "benchmarks.run"]
    known = {"version", "project", "region", "temp_location"}.union(
        *(known_flags(importlib.import_module(name)) for name in modules)
    )
    for quoted in re.findall(r"`(--[^`]+)`", text):
        # Not those that are a flag's value.
        for flag in re.findall(r"(?<![\w=,-])--(\w+)", quoted):
            if flag not in known and flag.removeprefix("no") not in known:
                yield flag


@pytest.mark.parametrize("path", [
    # The changelog names what is gone, too.
    path for path in DOCUMENTS if path.name != "CHANGELOG.md"
], ids=lambda path: path.name)
def test_flags_that_are_named_exist(path):
    assert list(unknown_flags(path.read_text("utf-8"))) == []


def test_unknown_flags_are_found():
    assert list(unknown_flags("`--refine=full`, `--refnie` `--noopen`")) == [
        "refnie"
    ]


def paths_in(text):
    """What looks like a file or folder of the project, in backquotes."""
    for quoted in re.findall(r"`([\w./-]+)`", text):
        suffix = pathlib.PurePath(quoted).suffix
        if "/" in quoted and (quoted.endswith("/") or suffix in (
            ".py", ".md", ".cfg", ".txt", ".toml"
        )) and not quoted.startswith(("runs/", "photos/", "/", "moved/")):
            yield quoted


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(path):
    # Those that a command writes for its user are no files of the project.
    made = {"images/", "motions/", "pictures/", "tensorboard/", "data/both/"}
    missing = [
        name for name in paths_in(path.read_text("utf-8"))
        if name not in made
        and not any(
            (place / name).exists() for place in (*PLACES, path.parent)
        )
    ]
    assert missing == []


# Files of the project, wherever a text names them.
NAMED = re.compile(
    r"(?:exprgan_tf|tests|tools|benchmarks|docs|flags)/[\w/]+\.(?:py|md|cfg)"
    r"|requirements[-/]\w+\.txt|(?:\w+/)*\b[A-Z_]{4,}\.md"
)


def gone(text, places):
    """What a text names as a file of the project, and is none."""
    return sorted(
        name for name in set(NAMED.findall(text))
        if not any((place / name).exists() for place in places)
    )


def test_nothing_names_a_file_that_is_gone():
    paths = [*DOCUMENTS, *tracked(
        "exprgan_tf/*.py", "tools/*.py", "benchmarks/*.py", "flags/*.cfg",
        "requirements*", ".ci/*", "*.toml",
    )]
    found = {
        str(path.relative_to(ROOT)): gone(
            path.read_text("utf-8"), (ROOT, path.parent)
        ) for path in paths if path.is_file()
    }
    assert found
    assert {path: names for path, names in found.items() if names} == {}


def test_files_that_are_gone_are_found():
    text = "README.md FIDELITY.md exprgan_tf/editing.py requirements-gpu.txt"
    assert gone(text, [ROOT]) == [
        "FIDELITY.md", "exprgan_tf/editing.py", "requirements-gpu.txt",
    ]


def test_tests_that_are_named_exist():
    text = (ROOT / "docs" / "fidelity.md").read_text("utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    assert named
    assert [
        (name, test) for name, test in named
        if f"def {test}(" not in (ROOT / "tests" / name).read_text("utf-8")
    ] == []


def test_every_page_is_linked():
    linked = {
        (path.parent / target.partition("#")[0]).resolve()
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    }
    assert [
        path.name for path in tracked("docs/*.md") if path not in linked
    ] == []


def test_the_readme_and_the_pages_are_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
    for path in tracked("docs/*.md"):
        # What is decided grows with the project, and is looked up.
        if path.name != "decisions.md":
            words = path.read_text("utf-8").split()
            assert len(words) <= MOST_WORDS, path.name


def test_the_readme_tests_as_ci_does():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "python -m pytest" in text
    ci = ROOT / ".ci" / "run"
    if ci.exists():
        assert shlex.split("python -m pytest") == shlex.split(
            ci.read_text("utf-8").splitlines()[-1]
        )


def test_nothing_is_left_to_be_filled_in():
    for path in DOCUMENTS:
        assert "@@" not in path.read_text("utf-8"), path.name
