"""How the package is built: what may import what, and how long files are."""

import ast
import collections
import pathlib

import pytest

from exprgan_tf.commands import exprgan

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = "exprgan_tf"
COMMANDS = (
    "train", "edit", "transfer", "generate", "evaluate", "export", "app",
    "serve",
)
IN_THE_ROOT = {
    "__init__", "__main__", *COMMANDS, "config", "config_presets",
    "config_rules", "config_motion", "codes", "intensities", "losses", "model",
    "motion_model", "errors",
}
# What all commands share; the dispatcher finds the commands by name.
FOR_COMMANDS = {f"{PACKAGE}.commands.running", f"{PACKAGE}.commands.flags"}
MOST_LINES = 300


def modules_below(root):
    """Files of a package by the name they are imported with."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(name, path, modules):
    """The modules of the package that a file imports, in functions, too."""
    own = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = own.split(".")[: len(own.split(".")) - node.level + 1]
                base = ".".join([*up, base]).rstrip(".")
            named = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for wanted in named:
            while wanted and wanted not in modules:
                wanted = wanted.rpartition(".")[0]
            if wanted and wanted != name:
                yield wanted


def imports_below(root):
    modules = modules_below(root)
    return {
        name: set(imported(name, path, modules))
        for name, path in modules.items()
    }


def room(module):
    """The first folder below the package, or a module of the root."""
    return module.split(".")[1] if "." in module else module


def rooms(graph):
    found = collections.defaultdict(set)
    for name, wanted in graph.items():
        for other in wanted:
            if room(name) != room(other):
                found[room(name)].add(room(other))
    return found


def cycles(graph):
    """Groups of names of which each leads to each: Tarjan's search."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(name):
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in number:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], number[other])
        if lowest[name] == number[name]:
            group = stack[stack.index(name):]
            del stack[-len(group):]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return found


def imports_of_commands(graph):
    """Pairs: a module, and the command that it imports."""
    inside = f"{PACKAGE}.commands."
    commands = {f"{PACKAGE}.{name}" for name in COMMANDS} | {
        name for name in graph
        if name.startswith(inside) and name not in FOR_COMMANDS
    }
    return sorted(
        (name, other) for name, wanted in graph.items()
        for other in wanted & commands
        # `python -m exprgan_tf` is the dispatcher.
        if (name, other) != (f"{PACKAGE}.__main__", f"{inside}exprgan")
    )


@pytest.fixture(scope="module")
def graph():
    return imports_below(ROOT)


def files(names):
    return [f"{name.replace('.', '/')}" for name in names]


def test_modules_do_not_import_each_other(graph):
    assert [files(group) for group in cycles(graph)] == []


def test_rooms_do_not_import_each_other(graph):
    found = cycles(rooms(graph))
    between = [
        (name, other) for group in found for name, wanted in graph.items()
        for other in sorted(wanted) if room(name) != room(other)
        and {room(name), room(other)} <= set(group)
    ]
    assert (found, between) == ([], [])


def test_nothing_imports_a_command(graph):
    assert imports_of_commands(graph) == []


def test_the_dispatcher_knows_the_commands():
    """So that those which nothing may import are all that there are."""
    inside = f"{PACKAGE}.commands."
    named = set(exprgan.COMMANDS.values())
    assert {f"{PACKAGE}.{name}" for name in COMMANDS} == {
        name for name in named if not name.startswith(inside)
    }
    assert {name for name in named if name.startswith(inside)} == {
        name for name in modules_below(ROOT) if name.startswith(inside)
    } - FOR_COMMANDS - {f"{inside}exprgan"}


def test_the_root_holds_what_it_may_hold():
    found = {path.stem for path in (ROOT / PACKAGE).glob("*.py")}
    assert found - IN_THE_ROOT == set()


@pytest.mark.parametrize("folder", [PACKAGE, "tools", "benchmarks"])
def test_files_are_short(folder):
    lines = {
        str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lines
    assert {
        name: count for name, count in lines.items() if count > MOST_LINES
    } == {}


# The tests above, on a package where each rule is broken.
def package(folder, **texts):
    for name, text in texts.items():
        path = folder / PACKAGE / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / PACKAGE / "__init__.py").touch()
    return imports_below(folder)


def test_a_circle_through_others_is_found(tmp_path):
    graph = package(
        tmp_path, a__x="from exprgan_tf.b import x\n",
        b__x="def f():\n    import exprgan_tf.c.x\n",
        c__x="from ..a import x\n", d__x="from exprgan_tf.a.x import f\n",
    )
    assert cycles(graph) == [
        ["exprgan_tf.a.x", "exprgan_tf.b.x", "exprgan_tf.c.x"]
    ]
    assert cycles(rooms(graph)) == [["a", "b", "c"]]


def test_a_circle_of_rooms_without_one_of_modules_is_found(tmp_path):
    graph = package(
        tmp_path, a__x="from exprgan_tf.b.x import f\n", a__y="", b__x="",
        b__y="from exprgan_tf.a import y\n",
    )
    assert cycles(graph) == []
    assert cycles(rooms(graph)) == [["a", "b"]]


def test_an_import_of_a_command_is_found(tmp_path):
    graph = package(
        tmp_path, edit="", commands__pack_model="", commands__running="",
        a__x="from exprgan_tf import edit\n",
        a__y="def f():\n    from exprgan_tf.commands.pack_model import main\n",
        a__z="from exprgan_tf.commands import running\n",
    )
    assert imports_of_commands(graph) == [
        ("exprgan_tf.a.x", "exprgan_tf.edit"),
        ("exprgan_tf.a.y", "exprgan_tf.commands.pack_model"),
    ]
