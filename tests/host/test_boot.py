"""The boot facts of this host, against the programs and files that tell the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.requires import requires

from bedplate.host.boot import read_boot
from bedplate.host.folder import RelocatedRoot
from bedplate.host.host import Host
from bedplate.host.root import LiveRoot
from bedplate.values.reading import Absent, Present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bedplate.host.root import Root


@pytest.fixture(scope="module")
def live() -> Iterator[Host]:
    with Host.live() as host:
        yield host


def test_this_host(live: Host) -> None:
    boot = live.boot
    assert isinstance(boot.cmdline, Present)
    assert boot.cmdline.value.text == Path("/proc/cmdline").read_text(errors="surrogateescape").rstrip("\n")
    assert boot.cmdline.source.path == "/proc/cmdline"
    clock = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    assert isinstance(boot.clocksource, Present)
    assert isinstance(boot.clocksources, Present)
    assert boot.clocksource.value == clock.read_text().strip()
    assert boot.clocksource.value in boot.clocksources.value


@requires("root")
def test_the_log_is_that_of_dmesg(live: Host) -> None:
    log = live.boot.log
    assert isinstance(log, Present)
    printed = subprocess.run(["dmesg", "--raw"], capture_output=True, check=True).stdout
    assert log.value.complete == (b"Linux version " in printed)
    assert (log.value.unknown_parameters is not None) == (b"Unknown kernel command line parameters" in printed)
    assert (log.value.offloaded is not None) == (b"Offload RCU callbacks from CPUs" in printed)


@pytest.mark.parametrize("root_of", [LiveRoot, lambda: RelocatedRoot("/")], ids=["live", "relocated"])
def test_the_log_is_read_to_its_end_and_no_further(root_of: Callable[[], Root]) -> None:
    with root_of() as root:
        try:
            text = root.read("/dev/kmsg")
        except PermissionError:
            pytest.skip("needs root: kernel.dmesg_restrict is set")
    records = [line for line in text.split(b"\n") if line and not line.startswith(b" ")]
    numbers = [int(line.split(b",", 2)[1]) for line in records]
    assert numbers == sorted(numbers)
    assert len(numbers) > 10


def test_the_configuration_is_that_of_this_kernel(live: Host) -> None:
    config = live.boot.kernel_config
    if isinstance(config, Absent):
        pytest.skip("needs a kernel that shows its configuration")
    assert isinstance(config, Present)
    assert config.value.enabled("CONFIG_PROC_FS")
    assert config.value.enabled("CONFIG_SMP") == ("SMP" in os.uname().version)


def test_idle_states_are_those_of_the_folders(live: Host) -> None:
    folders = list(Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpuidle/state[0-9]*"))
    states = live.boot.idle.states
    assert sum(len(state.cpus) for state in states) == len(folders)
    for state in states:
        assert (Path(state.source) / "name").read_text().strip() == state.name
        assert state.disabled <= state.cpus


def test_an_ordinary_user_gets_the_rest() -> None:
    """Everything but the log and the latency limit is readable by anyone; a child of another user tries it."""
    requires("root")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            with LiveRoot() as root:
                boot = read_boot(root, Host(root).constants)
            readings = (boot.cmdline, boot.idle.latency_limit_usec, boot.log)
            os.write(write, " ".join(type(reading).__name__ for reading in readings).encode())
        finally:
            os._exit(0)
    os.close(write)
    said = os.read(read, 1000).decode().split()
    os.close(read)
    os.waitpid(child, 0)
    assert said[:2] == ["Present", "Denied"]
    assert said[2] in ("Present", "Denied")
