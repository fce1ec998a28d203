"""The repository itself: what must not be in it, and what its documents promise."""

from __future__ import annotations

import re
import subprocess
from functools import cache

import pytest
from tests.requires import NEEDS, REPOSITORY

# Spelled in pieces, so that this file does not hold what it looks for.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "crates" + ".io", " --index" + "-url")
LOCK_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json"}
MACHINE_PATHS = re.compile(rb"(?<![\w.$}~*])/(work/|tmp/wt/|tmp/hosts/|tmp/venv/|root/\.)\w")


@cache
def files() -> tuple[str, ...]:
    """The files of the repository, those that are not yet added too; in an export, all that is there."""
    command = ["git", "-C", str(REPOSITORY), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:
        names = [str(path.relative_to(REPOSITORY)) for path in REPOSITORY.rglob("*") if "__pycache__" not in path.parts]
    return tuple(sorted(name for name in names if (REPOSITORY / name).is_file()))


def test_no_file_holds_the_address_of_a_registry_or_a_path_of_one_machine() -> None:
    assert len(files()) > 20
    for name in files():
        content = (REPOSITORY / name).read_bytes()
        for address in REGISTRIES:
            assert address.encode() not in content, f"{name} holds {address}"
        place = MACHINE_PATHS.search(content)
        assert place is None, f"{name} holds {place[0]!r}"


def test_there_is_no_lock_file() -> None:
    names = {name.rpartition("/")[2] for name in files()}
    assert not names & LOCK_FILES
    assert not [name for name in names if name.startswith("pylock.")]


@pytest.mark.parametrize("name", ["run", "build", "test", "lint"])
def test_requirements_are_pinned_and_hashed(name: str) -> None:
    text = (REPOSITORY / "requirements" / f"{name}.txt").read_text()
    entries = text.replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+", entry), entry


def test_requirements_agree_with_each_other() -> None:
    pins: dict[str, str] = {}
    for path in sorted((REPOSITORY / "requirements").glob("*.txt")):
        for package, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE):
            assert pins.setdefault(package, version) == version, f"{path.name}: {package}"
    assert "click" in pins


def test_the_readme_has_one_line_to_run_and_one_to_test() -> None:
    lines = [line for line in (REPOSITORY / "README.md").read_text().splitlines() if line.startswith("sh ")]
    assert lines == [
        "sh tools/setup && .venv/bin/bedplate check",
        "sh tools/setup --tests && .venv/bin/python -m pytest -n 2",
    ]


def test_the_gate_demands_every_need() -> None:
    if not (REPOSITORY / ".ci" / "run").exists():  # an export without dot files
        return
    script = (REPOSITORY / ".ci" / "run").read_text()
    assert {word for line in re.findall(r'BEDPLATE_REQUIRE="([^"]*)"', script) for word in line.split()} == {
        *NEEDS,
        "$BEDPLATE_REQUIRE",
    }


@pytest.mark.parametrize("name", [name for name in files() if name.endswith(".md")])
def test_links_of_documents_lead_somewhere(name: str) -> None:
    page = REPOSITORY / name
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize(("shell", "name"), [("sh", "tools/setup"), ("sh", "tools/pin"), ("bash", ".ci/run")])
def test_scripts_are_well_formed(shell: str, name: str) -> None:
    checked = subprocess.run([shell, "-n", str(REPOSITORY / name)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("arguments", "python", "says"),
    [
        (["--bogus"], "python3", "unknown option --bogus"),
        (["--venv", "/dev/null/x"], "true", "true is not Python 3.11 or later"),
    ],
)
def test_setup_says_in_one_line_what_is_wrong(arguments: list[str], python: str, says: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": python}
    command = ["sh", str(REPOSITORY / "tools" / "setup"), *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1
