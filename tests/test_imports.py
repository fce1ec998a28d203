"""What the verbs load: start-up is a feature, for ``check`` runs from cron on every host."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

# What each verb may load from elsewhere, with all that these load themselves.  A new one is a deliberate choice:
# python -X importtime says what it costs, and benchmarks/ what it does to the whole.
# zlib: a kernel shows the options that it was built with packed (/proc/config.gz).
# fnmatch: keys of sysctl.d are patterns.
COMMON = "click, locale, dataclasses, enum, re, typing, zlib, fnmatch"
MAY_LOAD: dict[tuple[str, ...], str] = {
    ("--help",): "click, locale, shutil, textwrap",
    ("--version",): "click, locale",
    ("check",): COMMON,
    ("check", "--format", "json"): f"{COMMON}, json",
    ("explain", "NUMA001"): f"{COMMON}, textwrap",
    ("show", "topology"): f"{COMMON}, textwrap",
    ("show", "topology", "--format", "json"): f"{COMMON}, json",
}
# Rooms and modules of ours that a verb on the live host has no use for.
NEVER = (
    "documents",
    "memory",
    "files",
    "tasks",
    "plan",
    "apply",
    "fleet",
    "host.knobs",
    "host.capture",
    "host.archive",
)

# What a child says at its end; json itself comes after the question.
AFTER = "\nimport sys; have = sorted(sys.modules); import json; sys.__stderr__.write('\\n' + json.dumps(have))"


def loaded(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has after running some code."""
    ended = subprocess.run([sys.executable, "-c", code + AFTER], capture_output=True, text=True, check=True)
    return set(json.loads(ended.stderr.splitlines()[-1]))


@cache
def loaded_by(verb: tuple[str, ...]) -> set[str]:
    return loaded(f"from bedplate.cli.main import run\nrun({list(verb)!r})")


def ours(modules: set[str]) -> set[str]:
    return {name.removeprefix("bedplate.") for name in modules if name.startswith("bedplate.")}


@pytest.mark.parametrize("verb", MAY_LOAD, ids=" ".join)
def test_a_verb_loads_what_it_needs_of_elsewhere(verb: tuple[str, ...]) -> None:
    allowed = loaded(f"import {MAY_LOAD[verb]}, click._textwrap")
    foreign = {name for name in loaded_by(verb) - allowed if name.split(".")[0] != "bedplate"}
    assert not foreign


@pytest.mark.parametrize("verb", MAY_LOAD, ids=" ".join)
def test_heavy_packages_stay_away(verb: tuple[str, ...]) -> None:
    heavy = {
        "rich", "cattrs", "attr", "attrs", "numpy", "asyncio", "email", "http", "urllib.request", "ssl", "logging",
        "subprocess", "tempfile", "tomllib", "tarfile", "importlib.metadata", "importlib.resources", "difflib",
        "multiprocessing", "concurrent", "xml", "unittest", "ctypes",
    }  # fmt: skip
    assert not heavy & loaded_by(verb)


@pytest.mark.parametrize("verb", MAY_LOAD, ids=" ".join)
def test_a_verb_loads_none_of_the_other_rooms(verb: tuple[str, ...]) -> None:
    found = {name for name in ours(loaded_by(verb)) for room in NEVER if name == room or name.startswith(room + ".")}
    assert not found


@pytest.mark.parametrize("verb", ["--help", "--version"])
def test_help_loads_nothing_but_the_command_line(verb: str) -> None:
    assert ours(loaded_by((verb,))) == {"cli", "cli.exits", "cli.main", "errors", "values", "values.escape"}


def test_text_and_json_load_their_own_renderer_alone() -> None:
    assert "render.report_json" not in ours(loaded_by(("check",)))
    assert "render.report_text" not in ours(loaded_by(("check", "--format", "json")))
    assert {"json", "json.decoder"}.isdisjoint(loaded_by(("check",)))


def test_the_face_is_loaded_lazily() -> None:
    assert ours(loaded("import bedplate")) == set()
    assert "click" not in loaded("import bedplate; bedplate.Host.live().topology")
