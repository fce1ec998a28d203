"""What a test needs beyond Python: named, so that a skip says what is missing and a gate can forbid it.

``requires("root")`` inside a test or a fixture acts at once; at import it is a mark for a function, a class, a
parameter or ``pytestmark``.  A need that is missing skips the test, naming what is missing and how to get it, or
fails it where ``BEDPLATE_REQUIRE`` (names with commas or spaces between them) holds its name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DEMANDS = "BEDPLATE_REQUIRE"
HOSTS = "BEDPLATE_HOSTS"
REPOSITORY = Path(__file__).resolve().parent.parent

# The programs that answers are compared with, and the Debian packages of each.
ORACLES = {
    "lstopo-no-graphics": "hwloc-nox",
    "hwloc-calc": "hwloc-nox",
    "lscpu": "util-linux",
    "lsmem": "util-linux",
    "taskset": "util-linux",
    "unshare": "util-linux",
    "findmnt": "util-linux",
    "ipcs": "util-linux",
    "swapon": "mount",
    "free": "procps",
    "vmstat": "procps",
    "numactl": "numactl",
    "sysctl": "procps",
}
COMPILER = {"cc": "gcc libc6-dev"}
# Debian leaves /usr/sbin out of the PATH of ordinary users, and has programs there that they may run.
os.environ["PATH"] = ":".join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def hosts_folder() -> Path | None:
    """Return the folder of the recorded machines, None where there is none."""
    named = os.environ.get(HOSTS)
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "hosts"
    return folder if folder.is_dir() else None


def _no_root() -> str | None:
    return None if os.geteuid() == 0 else "root: run the tests as root"


def lacking_packages(programs: dict[str, str]) -> list[str]:
    """Return the Debian packages of those programs that are missing."""
    return sorted({packages for program, packages in programs.items() if shutil.which(program) is None})


def _without(programs: dict[str, str]) -> str | None:
    lacking = [program for program in programs if shutil.which(program) is None]
    return f"{', '.join(lacking)}: apt-get install {' '.join(lacking_packages(programs))}" if lacking else None


def _no_oracles() -> str | None:
    return _without(ORACLES)


def _no_compiler() -> str | None:
    """Say whether C programs can be built; tests ask the compiler for what the kernel's headers say."""
    return _without(COMPILER)


def _no_hosts() -> str | None:
    if hosts_folder() is not None:
        return None
    return f"the recorded machines: put them into ../shared/hosts, or name their folder in {HOSTS}"


def _no_namespaces() -> str | None:
    """Say whether a child may mount in a namespace of its own; some containers forbid it even to root."""
    if shutil.which("unshare") is None:
        return _without(ORACLES)
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return f"mount namespaces: {tried.stderr.decode().strip()}" if tried.returncode else None


NEEDS: dict[str, Callable[[], str | None]] = {
    "root": _no_root,
    "oracles": _no_oracles,
    "hosts": _no_hosts,
    "namespaces": _no_namespaces,
    "compiler": _no_compiler,
}


def requires(*names: str) -> pytest.MarkDecorator:
    """Skip, or fail where it is demanded, unless all that is named is there; see the module's docstring."""
    for name in names:
        _known(name)
    # pytest sets this while a test or one of its fixtures runs, and not while it collects.
    if "PYTEST_CURRENT_TEST" in os.environ:
        enforce(names)
    return pytest.mark.requires(*names)


def enforce(names: tuple[str, ...]) -> None:
    """End the running test unless all that is named is there."""
    for name in names:
        lacking = missing(name)
        if lacking is not None and name in demanded():
            pytest.fail(f"{DEMANDS} names {name!r}, and here is no {lacking}", pytrace=False)
        if lacking is not None:
            pytest.skip(f"needs {lacking}")


@cache
def missing(name: str) -> str | None:
    """Return what is missing of a need and how to get it; None where it is there."""
    return NEEDS[_known(name)]()


def demanded() -> frozenset[str]:
    """Return the needs whose lack is a failure; UsageError where one is unknown."""
    return frozenset(_known(name) for name in os.environ.get(DEMANDS, "").replace(",", " ").split())


def _known(name: str) -> str:
    if name not in NEEDS:
        raise pytest.UsageError(f"no need is called {name!r}; known ones are {', '.join(NEEDS)}")
    return name


if __name__ == "__main__":
    sys.stdout.write(" ".join(lacking_packages(ORACLES | COMPILER)))
