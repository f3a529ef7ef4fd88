"""Imports run one way, and every file is one that can be read at once."""

import ast
import pathlib

import pytest
from command_line import ROOT

COMMANDS = {
    "train", "edit", "transfer", "generate", "evaluate", "export", "app",
    "serve",
}
# What the root of the package holds beside the commands and the rooms.
ROOT_MODULES = {
    "__init__", "__main__", "codes", "config", "config_presets",
    "config_rules", "errors", "losses", "model",
}
PACKAGE = "exprgan_tf"
MOST_LINES = {"exprgan_tf": 300, "tools": 300, "benchmarks": 300}
# `commands/` is a room of commands and of these two, which make commands.
MAKE_COMMANDS = {f"{PACKAGE}.commands.{name}" for name in ("running", "flags")}


def modules_of(root):
    """{name: path} of all modules of the package below a folder."""
    return {
        ".".join(
            path.relative_to(root).with_suffix("").parts
        ).removesuffix(".__init__"): path
        for path in sorted((root / PACKAGE).rglob("*.py"))
    }


def imports_of(name, path, modules):
    """The modules of the package that one imports, in functions too."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            texts = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                above = package.split(".")[:1 - node.level or None]
                start = ".".join([*above, *filter(None, [node.module])])
            texts = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        for text in texts:
            while text and text not in modules:
                text = text.rpartition(".")[0]
            # `from exprgan_tf import room` is an import of the room; the
            # package itself holds what its modules may ask it, its version.
            if text and text not in (name, PACKAGE):
                found.add(text)
    return found


def imports(root):
    modules = modules_of(root)
    return {
        name: imports_of(name, path, modules)
        for name, path in modules.items()
    }


def room(name):
    """The first folder below the package; a root module is its own."""
    return name.split(".")[1] if "." in name else name


def between_rooms(graph):
    """{room: {other room: (module, imported module)}}."""
    found = {}
    for name, others in graph.items():
        for other in others:
            if room(name) != room(other):
                found.setdefault(room(name), {})[room(other)] = name, other
    return found


def circle(graph):
    """Names of which each imports the next and the last the first, or []."""
    done = set()

    def visit(name, path):
        if name in path:
            return path[path.index(name):]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            found = visit(other, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    for name in sorted(graph):
        found = visit(name, [])
        if found:
            return found
    return []


def is_command(name):
    if name in MAKE_COMMANDS:
        return False
    parts = name.split(".")[1:]
    return (parts[:1] == ["commands"] and len(parts) > 1) or (
        len(parts) == 1 and parts[0] in COMMANDS
    )


@pytest.fixture(scope="module")
def graph():
    return imports(ROOT)


def told(names):
    return " imports ".join([*names, *names[:1]])


def test_modules_import_one_way(graph):
    # The package's own __init__ takes what it offers from its modules.
    names = circle({
        name: others for name, others in graph.items() if name != PACKAGE
    })
    assert not names, told(names)


def test_rooms_import_one_way(graph):
    rooms = between_rooms(graph)
    names = circle(rooms)
    assert not names, "; ".join(
        "{} imports {}".format(*rooms[one][other])
        for one, other in zip(names, [*names[1:], *names[:1]], strict=True)
    )


def test_nothing_imports_a_command(graph):
    wrong = [
        f"{name} imports {other}" for name, others in graph.items()
        for other in sorted(others) if is_command(other)
        # The list of commands is asked for by `python -m exprgan_tf` alone.
        and (name, other) != (
            f"{PACKAGE}.__main__", f"{PACKAGE}.commands.exprgan"
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_the_root_holds_what_belongs_to_no_room():
    found = {path.stem for path in (ROOT / PACKAGE).glob("*.py")}
    assert found == ROOT_MODULES | COMMANDS


@pytest.mark.parametrize("folder, most", MOST_LINES.items())
def test_no_file_is_too_long(folder, most):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lengths
    too_long = {
        name: length for name, length in lengths.items() if length > most
    }
    assert not too_long, too_long


@pytest.fixture
def built(tmp_path):
    """Builds a package of files and reads its imports."""
    def build(files):
        for name, text in files.items():
            path = tmp_path / PACKAGE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            (path.parent / "__init__.py").touch()
        return imports(pathlib.Path(tmp_path))

    return build


def test_circles_are_found_wherever_they_are(built):
    """Through a third module, in a function, by relative imports."""
    graph = built({
        "a/one.py": "from exprgan_tf.b import two\n",
        "b/two.py": "def f():\n    import exprgan_tf.c.three\n",
        "c/three.py": "from ..a.one import f\n",
        "d/four.py": "from . import five\n",
        "d/five.py": "x = 1\n",
    })
    assert circle(graph) == [
        f"{PACKAGE}.{name}" for name in ("a.one", "b.two", "c.three")
    ]
    assert circle(between_rooms(graph)) == ["a", "b", "c"]
    assert graph[f"{PACKAGE}.d.four"] == {f"{PACKAGE}.d.five"}


def test_rooms_may_circle_where_modules_do_not(built):
    graph = built({
        "a/one.py": "from exprgan_tf.b.two import x\n",
        "a/other.py": "", "b/two.py": "",
        "b/second.py": "from exprgan_tf.a.other import y\n",
        "b/run.py": "import exprgan_tf.train\n", "train.py": "",
    })
    assert circle(graph) == []
    assert circle(between_rooms(graph)) == ["a", "b"]
    assert is_command(*graph[f"{PACKAGE}.b.run"])
