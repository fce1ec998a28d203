"""The boot facts of this host, against the programs and files that tell the same."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.requires import requires
from tests.trees import plant

from bedplate.host.boot import read_boot
from bedplate.host.folder import RelocatedRoot
from bedplate.host.host import Host
from bedplate.host.root import LiveRoot
from bedplate.values.constants import HostConstants
from bedplate.values.reading import Absent, Malformed, Present, value_of

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


CPU = "/sys/devices/system/cpu"
CLOCK = "/sys/devices/system/clocksource/clocksource0"
SMALL = HostConstants(architecture="x86_64", byte_order="little", kernel_release="6.12.0")


def state(cpu: int, number: int, name: bytes, latency: bytes, disable: bytes = b"0\n") -> dict[str, bytes]:
    folder = f"{CPU}/cpu{cpu}/cpuidle/state{number}"
    return {f"{folder}/name": name, f"{folder}/latency": latency, f"{folder}/disable": disable}


def test_idle_states_of_different_cores_are_apart(tmp_path: Path) -> None:
    files = {
        **state(0, 0, b"POLL\n", b"0\n"),
        **state(0, 1, b"C6\n", b"170\n", b"1\n"),
        **state(1, 1, b"C6\n", b"170\n"),
        **state(2, 1, b"C6\n", b"310\n"),
        **state(3, 1, b"", b"many\n", b"x"),
        f"{CPU}/cpu4/cpuidle": b"not a folder",
        f"{CPU}/cpu99999999/cpuidle/state0/name": b"POLL\n",
    }
    states = read_boot(plant(tmp_path, files), SMALL).idle.states
    assert [(one.name, one.latency_usec, str(one.cpus), str(one.disabled)) for one in states] == [
        ("POLL", 0, "0", ""),
        ("C6", 170, "0-1", "0"),
        ("C6", 310, "2", ""),
        ("state1", None, "3", ""),
    ]


@pytest.mark.parametrize(
    ("order", "data", "limit"),
    [
        ("little", b"\x14\0\0\0", 20),
        ("big", b"\0\0\0\x14", 20),
        ("little", b"\xff\xff\xff\xff", -1),
        (None, b"\x14\0\0\0", None),
        ("little", b"20\n", None),
    ],
)
def test_the_latency_limit_is_in_the_hosts_byte_order(
    tmp_path: Path, order: str | None, data: bytes, limit: int | None
) -> None:
    root = plant(tmp_path, {"/dev/cpu_dma_latency": data})
    reading = read_boot(root, replace(SMALL, byte_order=order)).idle.latency_limit_usec
    assert value_of(reading) == limit
    assert isinstance(reading, Present if limit is not None else Malformed)


def test_the_configuration_is_looked_for_where_distributions_put_it(tmp_path: Path) -> None:
    files = {
        "/boot/config-6.11.0": b"CONFIG_OLD=y\n",
        "/lib/modules/6.12.0/config": b"CONFIG_NEW=y\n",
        "/etc/passwd": b"CONFIG_EVIL=y\n",
    }
    config = read_boot(plant(tmp_path, files), SMALL).kernel_config
    assert isinstance(config, Present)
    assert config.source.path == "/lib/modules/6.12.0/config"
    for release in ("../../etc/passwd", "..", ".", "", None, "x/../../../etc/passwd"):
        reading = read_boot(plant(tmp_path, {}), replace(SMALL, kernel_release=release)).kernel_config
        assert isinstance(reading, Absent)
        assert not reading.certain


def test_the_log_of_a_capture_may_be_that_of_dmesg(tmp_path: Path) -> None:
    line = b'[    0.1] Unknown kernel command line parameters "isolcpu=2", will be passed to user space.\n'
    log = read_boot(plant(tmp_path, {"/var/log/dmesg": b"[    0.0] Linux version 6.12\n" + line}), SMALL).log
    assert isinstance(log, Present)
    assert (log.value.complete, log.value.unknown_parameters) == (True, "isolcpu=2")
    assert log.source.path == "/var/log/dmesg"


READ = (
    "/proc/cmdline", "/proc/config.gz", "/dev/kmsg", f"{CLOCK}/current_clocksource", f"{CLOCK}/available_clocksource",
    f"{CPU}/cpuidle/current_driver", f"{CPU}/cpuidle/current_governor", "/dev/cpu_dma_latency", "/sys/kernel/realtime",
    "/sys/kernel/debug/sched/preempt", "/sys/kernel/rcu_normal", "/proc/cpuinfo", "/etc/default/grub",
    "/boot/grub/grub.cfg", "/boot/grub2/grubenv", "/boot/loader/entries/a.conf", "/etc/kernel/cmdline",
    "/boot/cmdline.txt", f"{CPU}/cpu0/cpuidle/state0/name", f"{CPU}/cpu0/cpuidle/state0/latency",
)  # fmt: skip


@pytest.mark.parametrize(
    "noise", [b"", b"\0", b"\xff\xfe\n\n\x1b[2J", b'nogbpages "', b"9" * 5000, b"\x1f\x8b\x08garbage"]
)
def test_noise_in_every_file(tmp_path: Path, noise: bytes) -> None:
    boot = read_boot(plant(tmp_path, dict.fromkeys(READ, noise)), SMALL)
    assert isinstance(boot.cmdline, Present)
    assert boot.idle.states
    assert isinstance(boot.realtime, Malformed)


def test_folders_and_loops_where_files_should_be(tmp_path: Path) -> None:
    folders = {f"{path}/x": b"" for path in READ if "loader" not in path}
    boot = read_boot(plant(tmp_path / "folders", folders), SMALL)
    assert isinstance(boot.cmdline, Malformed)
    loops: dict[str, bytes | str] = dict.fromkeys(READ, "/proc/cmdline")
    boot = read_boot(plant(tmp_path / "loops", {**loops, "/proc/self": b""}), SMALL)
    assert isinstance(boot.cmdline, Malformed)
