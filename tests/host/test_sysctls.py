"""The settings of this kernel, read as root, as nobody and in namespaces of their own, against sysctl(8)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.requires import requires

from bedplate.facts.sysctl_key import Kind
from bedplate.facts.sysctls import CATALOGUE, Sysctls, Value, path_of
from bedplate.host.root import LiveRoot, Root
from bedplate.host.sysctls import read_sysctls
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Malformed, Present


@pytest.fixture
def root() -> Iterator[Root]:
    with LiveRoot() as live:
        yield live


@pytest.fixture
def settings(root: Root) -> Sysctls:
    return read_sysctls(root)


def as_sysctl_prints(value: Value) -> str:
    if isinstance(value, tuple):
        return "\t".join(map(str, value))
    return str(value)


@requires("oracles")
def test_every_setting_is_what_sysctl_prints(settings: Sysctls) -> None:
    done = subprocess.run(["sysctl", "-a"], capture_output=True, text=True, check=False)
    printed = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    compared = 0
    for name in settings:
        reading = settings[name]
        if isinstance(reading, Present) and reading.source.path == path_of(name):
            mask = CATALOGUE[name].kind is Kind.CPU_MASK
            theirs = str(CpuSet.from_mask(printed[name])) if mask else printed[name]
            assert as_sysctl_prints(reading.value) == theirs, name
            compared += 1
        elif isinstance(reading, Absent):
            assert name not in printed, name
    assert compared > 80, "a kernel has most of the catalogue"


def test_every_value_is_in_its_range(settings: Sysctls) -> None:
    for name, key in CATALOGUE.items():
        reading = settings[name]
        if isinstance(reading, Present) and isinstance(reading.value, int):
            assert key.accepts(reading.value) or reading.value == key.default, name


def test_what_only_acts_is_not_opened(settings: Sysctls, root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = LiveRoot.read

    def read(self: LiveRoot, path: str, limit: int = 0) -> bytes:
        opened.append(path)
        return real(self, path)

    monkeypatch.setattr(LiveRoot, "read", read)
    read_sysctls(root)
    actions = [path_of(name) for name, key in CATALOGUE.items() if key.write_only]
    assert len(opened) >= len(CATALOGUE) - len(actions)
    assert not set(opened) & set(actions)
    assert isinstance(settings["vm.drop_caches"], Absent)


def test_a_value_of_a_namespace_names_it(settings: Sysctls) -> None:
    reading = settings["kernel.shmmax"]
    assert reading.source.namespace == os.readlink("/proc/self/ns/ipc")
    assert settings["vm.swappiness"].source.namespace is None


# The interpreter may stand in a folder that is root's alone: the child imports before it drops its rights.
IMPORTS = """
import json, os, sys
from bedplate.host.root import LiveRoot
from bedplate.host.sysctls import read_sysctls
with LiveRoot() as root:
    read_sysctls(root)
"""
DROP = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
IN_A_CHILD = """
settings = read_sysctls(LiveRoot())
shown = {name: [type(settings[name]).__name__, str(getattr(settings[name], "value", "")),
                settings[name].source.namespace] for name in settings}
print(json.dumps(shown))
"""


def in_a_child(*command: str, first: str = "") -> dict[str, tuple[str, str, str | None]]:
    code = [*command, sys.executable, "-c", f"{IMPORTS}{first}{IN_A_CHILD}"]
    done = subprocess.run(code, capture_output=True, text=True, timeout=60, check=True)
    return {name: tuple(shown) for name, shown in json.loads(done.stdout).items()}


@requires("root", "namespaces")
def test_in_namespaces_of_its_own(settings: Sysctls) -> None:
    inside = in_a_child(
        "unshare", "--net", "--ipc", "sh", "-c", 'echo 1234567 > /proc/sys/kernel/shmmax; exec "$0" "$@"'
    )
    kind, value, namespace = inside["kernel.shmmax"]
    assert (kind, value) == ("Present", "1234567")
    assert namespace is not None
    assert namespace.startswith("ipc:[")
    assert namespace != settings["kernel.shmmax"].source.namespace
    outside = settings.integer("kernel.shmmax")
    assert isinstance(outside, Present)
    assert outside.value != 1234567
    mask = inside["net.core.rps_default_mask"]
    assert mask[2] != settings["net.core.rps_default_mask"].source.namespace


@requires("root")
def test_without_root_everything_readable_is_read() -> None:
    allowed = in_a_child(first=DROP)
    whole = in_a_child()
    for name, (kind, value, _) in allowed.items():
        if kind == "Denied":
            assert Path(path_of(name)).stat().st_mode & 0o004 == 0
        elif whole[name][0] == "Present":
            assert value == whole[name][1]
    assert allowed["vm.mmap_rnd_bits"][0] in ("Denied", "Absent")
    assert "Malformed" not in {kind for kind, _, _ in allowed.values()}


class Folder(LiveRoot):
    """A folder as a root."""

    def __init__(self, folder: Path, whole: bool = True) -> None:
        super().__init__()
        os.close(self._folder)
        self._folder = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        self.live = whole


def made(folder: Path, files: dict[str, bytes], whole: bool = True) -> Sysctls:
    for path, text in files.items():
        (folder / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (folder / path.lstrip("/")).write_bytes(text)
    (folder / "proc").mkdir(exist_ok=True)
    (folder / "proc/self").unlink(missing_ok=True)
    (folder / "proc/self").symlink_to("1")  # by which a running host's /proc is known to be there
    with Folder(folder, whole) as root:
        return read_sysctls(root)


SCAN = "/sys/kernel/debug/sched/numa_balancing/scan_delay_ms"
DELAY = "kernel.numa_balancing_scan_delay_ms"


def test_a_moved_setting_is_read_where_the_kernel_has_it(tmp_path: Path) -> None:
    old = made(tmp_path / "old", {path_of(DELAY): b"1000\n", "/sys/kernel/debug/x": b""})[DELAY]
    assert (getattr(old, "value", None), old.source.path) == (1000, path_of(DELAY))
    new = made(tmp_path / "new", {SCAN: b"500\n"})[DELAY]
    assert (getattr(new, "value", None), new.source.path) == (500, SCAN)
    none = made(tmp_path / "none", {"/sys/kernel/debug/x": b""})[DELAY]
    assert isinstance(none, Absent)
    assert "CONFIG_NUMA_BALANCING" in none.reason
    hidden = made(tmp_path / "hidden", {"/proc/sys/x": b""})[DELAY]
    assert isinstance(hidden, Absent)
    assert not hidden.certain
    assert "debugfs" in hidden.reason


def test_what_is_absent_says_why_and_a_partial_capture_does_not_know(tmp_path: Path) -> None:
    bare = made(tmp_path, {"/proc/sys/vm/swappiness": b"60\n"})
    absent = bare["kernel.kexec_load_disabled"]
    assert isinstance(absent, Absent)
    assert absent.reason == "needs CONFIG_KEXEC_CORE and Linux 3.14 or later"
    gone = bare["vm.percpu_pagelist_fraction"]
    assert isinstance(gone, Absent)
    assert gone.reason == "gone since Linux 5.14"
    for name in (DELAY, "vm.drop_caches", "kernel.shmmax"):
        reading = made(tmp_path, {}, whole=False)[name]
        assert isinstance(reading, Absent)
        assert not reading.certain


def test_garbage_in_one_file_is_malformed_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = {path_of(name): b"\x1b[31m\xff\n" for name, key in CATALOGUE.items() if not key.write_only}
    files[path_of("vm.swappiness")] = b"60\n"
    settings = made(tmp_path, files)
    for name, key in CATALOGUE.items():
        if key.write_only or name == "vm.swappiness":
            continue
        assert isinstance(settings[name], Malformed), name
    assert isinstance(settings["vm.swappiness"], Present)


def test_an_empty_file_is_malformed_but_for_the_one_that_may_be(tmp_path: Path) -> None:
    settings = made(tmp_path, {path_of(name): b"" for name, key in CATALOGUE.items() if not key.write_only})
    assert isinstance(settings["kernel.sched_energy_aware"], Absent)
    assert isinstance(settings["vm.swappiness"], Malformed)
    # An empty list of CPUs is what the kernel prints for no CPU.
    cpus = settings.cpus("kernel.watchdog_cpumask")
    assert isinstance(cpus, Present)
    assert not cpus.value


def test_a_file_that_cannot_be_read_is_denied(tmp_path: Path) -> None:
    requires("root")
    (tmp_path / "proc/sys/vm").mkdir(parents=True)
    (tmp_path / "proc/sys/vm/swappiness").write_bytes(b"60\n")
    (tmp_path / "proc/sys/vm/swappiness").chmod(0)
    tmp_path.chmod(0o755)
    with Folder(tmp_path) as root:
        os.seteuid(65534)
        try:
            reading = read_sysctls(root)["vm.swappiness"]
        finally:
            os.seteuid(0)
    assert isinstance(reading, Denied)
