from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from tests import recorded
from tests.requires import hosts_folder, requires

from bedplate.host.constants import architecture_name, read_constants
from bedplate.host.folder import FolderRoot
from bedplate.host.open import captured_root
from bedplate.host.root import LiveRoot
from bedplate.values.constants import HostConstants


def constants_of(tmp_path: Path, files: dict[str, str]) -> HostConstants:
    (tmp_path / "proc").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with FolderRoot(str(tmp_path)) as root:
        return read_constants(root)


def told(machine: str) -> tuple[str | None, str | None]:
    """Return the architecture that the recorded machines' index tells, and where it has it from."""
    folder = hosts_folder()
    assert folder is not None
    rows = json.loads((folder / "index.json").read_text())["snapshots"]
    row = next(row for row in rows if row["file"] == f"{machine}.tar.xz")
    return row["architecture"], row["architecture_from"]


@recorded.each_machine
def test_recorded_machines_are_what_the_index_says(machine: str) -> None:
    with captured_root(str(recorded.archive(machine))) as root:
        constants = read_constants(root)
    architecture, source = told(machine)
    if source in ("recorded", "cpuinfo"):
        assert constants.architecture == architecture
    else:
        assert constants.architecture in (None, architecture)
    if constants.architecture == "x86_64":
        assert (constants.byte_order, constants.page_size_bytes, constants.ticks_per_second) == ("little", 4096, 100)
    if constants.architecture is None:
        assert constants.byte_order in (None, "little" if (architecture or "").startswith("x86") else None)


@requires("hosts")
def test_of_most_recorded_machines_the_architecture_is_known() -> None:
    known = 0
    for machine in recorded.MACHINES:
        with captured_root(str(recorded.archive(machine))) as root:
            known += read_constants(root).architecture is not None
    assert known >= 0.8 * len(recorded.MACHINES)


def test_the_live_host_is_what_other_tools_say() -> None:
    with LiveRoot() as root:
        constants = read_constants(root)
    assert constants.architecture == architecture_name(platform.machine())
    assert constants.kernel_release == Path("/proc/sys/kernel/osrelease").read_text().strip()
    asked = subprocess.run(["getconf", "PAGESIZE"], capture_output=True, check=True, text=True).stdout
    assert constants.page_size_bytes == int(asked)
    assert constants.ticks_per_second == os.sysconf("SC_CLK_TCK")
    assert constants.byte_order == sys.byteorder
    assert constants.cpu_limit is not None
    assert constants.cpu_limit >= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("x86_64", "x86_64"), ("i386", "x86"), ("i686", "x86"), ("armv7l", "arm"), ("armv8l", "arm"),
        ("aarch64", "aarch64"), ("ppc64le", "ppc64le"), ("s390x", "s390x"), ("mips64", "mips64"),
    ],
)  # fmt: skip
def test_architecture_names(machine: str, name: str) -> None:
    assert architecture_name(machine) == name


CASES: dict[str, tuple[dict[str, str], HostConstants]] = {
    "nothing": ({}, HostConstants()),
    "arch file": (
        {"proc/sys/kernel/arch": "aarch64\n", "sys/kernel/cpu_byteorder": "little\n"},
        HostConstants("aarch64", "little", None, None, 100),
    ),
    "64 kB pages": (
        {
            "proc/sys/kernel/arch": "aarch64\n",
            "sys/kernel/mm/transparent_hugepage/hpage_pmd_size": "536870912\n",
        },
        HostConstants("aarch64", "little", None, 65536, 100),
    ),
    "arm with a strange huge page": (
        {"proc/sys/kernel/arch": "aarch64\n", "sys/kernel/mm/transparent_hugepage/hpage_pmd_size": "1048576\n"},
        HostConstants("aarch64", "little", None, None, 100),
    ),
    "limits": (
        {"sys/devices/system/cpu/kernel_max": "8191\n\0", "sys/devices/system/node/possible": "0-1,8\n"},
        HostConstants(cpu_limit=8192, node_limit=9),
    ),
    "bad limits": (
        {"sys/devices/system/cpu/kernel_max": "-1\n", "sys/devices/system/node/possible": "0-14444444444\n"},
        HostConstants(),
    ),
    "release": (
        {"proc/version": "Linux version 6.1.0-13-amd64 (someone)", "proc/cpuinfo": ""},
        HostConstants("x86_64", "little", "6.1.0-13-amd64", 4096, 100),
    ),
    "release of ppc": (
        {
            "proc/sys/kernel/osrelease": "5.14.0-427.el9.ppc64le\n",
            "proc/cpuinfo": "processor : 0\ncpu : POWER9, altivec supported\nrevision : 2.3 (pvr 004e 1203)\n",
        },
        HostConstants("ppc64le", "little", "5.14.0-427.el9.ppc64le", None, 100),
    ),
    "power9": (
        {"proc/cpuinfo": "processor : 0\ncpu : POWER9, altivec supported\nrevision : 2.3 (pvr 004e 1203)\n"},
        HostConstants(),
    ),
    "x86 of either width": (
        {"sys/devices/system/cpu/modalias": "cpu:type:x86,ven0000fam0006mod0055:feature:,0000\n"},
        HostConstants(None, "little", None, 4096, 100),
    ),
    "modalias": (
        {"sys/devices/system/cpu/modalias": "cpu:type:aarch64:feature:,0000\n"},
        HostConstants("aarch64", "little", None, None, 100),
    ),
    "an escape in the release": ({"proc/sys/kernel/osrelease": "6.1\x1b[2J\n"}, HostConstants()),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_is_certain_is_told(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]
    assert constants_of(tmp_path, files) == expected
