"""The layers of docs/design.md, proved by walking the imports of every module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import bedplate

PACKAGE = Path(bedplate.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "errors": {"values"},
    "values": {"errors"},
    "policy": {"values", "errors"},
    "parse": {"values", "errors"},
    "kernel": {"values", "errors"},
    "facts": {"values", "parse", "errors"},
    "host": {"kernel", "parse", "facts", "values", "errors"},
    "memory": {"kernel", "parse", "facts", "values", "errors", "host.root", "host.knobs"},
    "files": {"kernel", "parse", "facts", "values", "errors", "host.root", "host.knobs"},
    "tasks": {"kernel", "parse", "facts", "values", "errors", "host.root", "host.knobs", "host.tasks"},
    "documents": {"policy", "plan.changes", "facts", "values", "errors"},
    "rules": {"facts", "policy", "values", "errors"},
    "plan": {"rules.rule", "facts", "policy", "values", "errors"},
    "apply": {
        "plan", "policy", "facts", "host", "kernel", "parse", "memory", "tasks", "documents", "values", "errors",
    },
    "render": {"rules.rule", "plan.changes", "facts", "values", "errors"},
}  # fmt: skip
EVERYTHING = {"cli", "__init__", "__main__", "verdict"}

THIRD_PARTY = {
    "click": {"cli"},
    "rich": {"cli", "render"},
    "cattrs": {"documents"},
    "attrs": {"documents"},
    "numpy": {"memory/pages", "memory/dirty"},
    "jinja2": {"render"},
    "duckdb": {"fleet"},
    "pyarrow": {"fleet"},
}
OPENERS = {
    "host/root",
    "host/held",
    "host/folder",
    "host/archive",
    "host/capture_files",
    "host/knobs",
    "kernel",
    "documents",
    "apply",
    "cli",
}
RULES_NEVER = {"os", "pathlib", "io", "subprocess", "socket", "shutil"}


def room(path: Path) -> str:
    """The first part of a module's name below the package: a layer, or a top-level module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def slashed(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            module = node.module or ""
            names.extend(f"{module}.{alias.name}" for alias in node.names)
    return names


def within(name: str, allowed: str) -> bool:
    return name == allowed or name.startswith(allowed + ".")


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here in EVERYTHING:
        return
    allowed = {f"bedplate.{name}" for name in MAY_IMPORT[here] | {here}}
    ours = [name for name in imports(path) if within(name, "bedplate")]
    wrong = [name for name in ours if not any(within(name, one) for one in allowed)]
    assert not wrong, f"{slashed(path)} must not import {wrong}"


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_ctypes_fcntl_and_mmap_stay_in_kernel(path: Path) -> None:
    if room(path) != "kernel":
        used = [name for name in imports(path) if name.split(".")[0] in {"ctypes", "fcntl", "mmap"}]
        assert not used, f"{slashed(path)} uses {used}"


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_rules_are_pure(path: Path) -> None:
    if room(path) == "rules":
        used = [name for name in imports(path) if name.split(".")[0] in RULES_NEVER]
        assert not used, f"{slashed(path)} uses {used}"


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_third_party_packages_stay_where_they_belong(path: Path) -> None:
    for name in imports(path):
        homes = THIRD_PARTY.get(name.split(".")[0])
        if homes is not None:
            assert any(slashed(path) == home or slashed(path).startswith(home + "/") for home in homes), name


OPENING_CALLS = {
    "open", "os.open", "os.fdopen", "io.open", "tarfile.open", "gzip.open", "lzma.open",
    "read_text", "read_bytes", "write_text", "write_bytes", "os.listdir", "os.scandir",
}  # fmt: skip


def called(node: ast.Call) -> set[str]:
    match node.func:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in {"os", "io", "tarfile", "gzip", "lzma"}:
            return {f"{owner}.{name}"}
        case ast.Attribute(attr=name) if name.startswith(("read_text", "read_bytes", "write_")):
            return {name}
        case _:
            return set()


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_files_are_opened_in_few_places(path: Path) -> None:
    if slashed(path) in OPENERS or room(path) in OPENERS:
        return
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    opening = {name for node in calls for name in called(node)} & OPENING_CALLS
    assert not opening, f"{slashed(path)} opens files itself: {opening}"


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_paths_of_proc_and_sys_stay_with_the_readers(path: Path) -> None:
    if room(path) in {"host", "tasks", "memory"} or slashed(path) == "facts/sysctls":
        return
    tree = ast.parse(path.read_bytes())
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]
    wrong = [text for text in texts if re.match(r"/(proc|sys)(/|$)", text)]
    assert not wrong, f"{slashed(path)} names {wrong}; a rule takes its path from the reading's source"


@pytest.mark.parametrize("path", MODULES, ids=slashed)
def test_only_the_command_line_prints(path: Path) -> None:
    if room(path) == "cli":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    assert not [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]


def test_every_room_is_known() -> None:
    rooms = {room(path) for path in MODULES} - EVERYTHING - {"profiles", "fleet"}
    assert rooms <= set(MAY_IMPORT)
