"""Reads what CPUs do when idle: cpuidle's driver, governor and states, and the latency limit in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.boot import Idle, IdleState
from bedplate.parse.word import parse_number, parse_word
from bedplate.values.idset import NUMBER_LIMIT, CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source, value_of

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

_CPU = "/sys/devices/system/cpu"
_LATENCY = "/dev/cpu_dma_latency"
_STATE_LIMIT = 64  # CPUIDLE_STATE_MAX is 10


class _Key(NamedTuple):
    number: int
    name: str
    latency_usec: int | None


def read_idle(root: Root, constants: HostConstants) -> Idle:
    """Return the idle states of all CPUs; what cannot be read of one leaves the rest as it is."""
    driver = root.reading(
        f"{_CPU}/cpuidle/current_driver", parse_word, absent="the kernel is built without CONFIG_CPU_IDLE"
    )
    return Idle(driver, _governor(root), tuple(_states(root)), _latency_limit(root, constants))


def _governor(root: Root) -> Reading[str]:
    for name in ("current_governor", "current_governor_ro"):
        reading = root.reading(f"{_CPU}/cpuidle/{name}", parse_word)
        if not isinstance(reading, Absent):
            return reading
    return root.reading(
        f"{_CPU}/cpuidle/current_governor", parse_word, absent="the kernel is built without CONFIG_CPU_IDLE"
    )


def _states(root: Root) -> list[IdleState]:
    cpus_of: dict[_Key, list[int]] = {}
    disabled_of: dict[_Key, list[int]] = {}
    for cpu in root.numbered(_CPU, "cpu"):
        if cpu >= NUMBER_LIMIT:
            continue
        folder = f"{_CPU}/cpu{cpu}/cpuidle"
        for number in root.numbered(folder, "state")[:_STATE_LIMIT]:
            key = _key(root, f"{folder}/state{number}", number)
            cpus_of.setdefault(key, []).append(cpu)
            if value_of(root.reading(f"{folder}/state{number}/disable", parse_number)):
                disabled_of.setdefault(key, []).append(cpu)
    return [
        IdleState(
            key.name, key.latency_usec, CpuSet(cpus), CpuSet(disabled_of.get(key, ())), _folder(cpus[0], key.number)
        )
        for key, cpus in sorted(cpus_of.items(), key=lambda item: (item[0].number, item[1][0]))
    ]


def _folder(cpu: int, number: int) -> str:
    return f"{_CPU}/cpu{cpu}/cpuidle/state{number}"


def _key(root: Root, folder: str, number: int) -> _Key:
    name = value_of(root.reading(f"{folder}/name", parse_word))
    return _Key(number, name or f"state{number}", value_of(root.reading(f"{folder}/latency", parse_number)))


def _latency_limit(root: Root, constants: HostConstants) -> Reading[int]:
    """Return what /dev/cpu_dma_latency gives: four bytes of the host's order (kernel/power/qos.c)."""
    try:
        data = root.read(_LATENCY)
    except OSError as error:
        return root.missing(_LATENCY, error, needs="root", absent="the kernel is built without CONFIG_CPU_IDLE")
    if len(data) != 4:
        return Malformed(Source(_LATENCY), data[:16], "not four bytes")
    if constants.byte_order == "little":
        value = int.from_bytes(data, "little", signed=True)
    elif constants.byte_order == "big":
        value = int.from_bytes(data, "big", signed=True)
    else:
        return Malformed(Source(_LATENCY), data, "the byte order of this host is not known")
    return Present(value, Source(_LATENCY))
