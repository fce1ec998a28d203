"""Reads which CPUs there are and which of them are on line, isolated or free of ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.host.root import CPUINFO_LIMIT_BYTES
from bedplate.parse.sysfs_number import parse_number, parse_word
from bedplate.values.idset import NUMBER_LIMIT, CpuSet
from bedplate.values.reading import Absent, Present, Source, value_of

if TYPE_CHECKING:
    from bedplate.host.attributes import Attributes
    from bedplate.parse.cpuinfo import Processor
    from bedplate.values.reading import Reading

CPU = "/sys/devices/system/cpu"
_CPUINFO = "/proc/cpuinfo"
# 2 KiB a CPU, and more where the flags are many.


class Cpus(NamedTuple):
    """The sets of CPUs of a host; see the fields of the same names of facts.topology.Topology."""

    possible: Reading[CpuSet]
    present: Reading[CpuSet]
    online: CpuSet
    online_source: str
    offline: CpuSet
    isolated: Reading[CpuSet]
    nohz_full: Reading[CpuSet]
    smt_control: Reading[str]
    folders: CpuSet
    """The CPUs that have a cpuN folder."""


def read_cpus(files: Attributes) -> Cpus:
    """Return the sets of CPUs."""
    folders = CpuSet(number for number in files.root.numbered(CPU, "cpu") if number < NUMBER_LIMIT)
    online, source = _online(files, folders)
    told = _cpus(files, "present")
    _note_strangers(files, online, value_of(told), folders)
    # A CPU with a folder is one that the kernel has registered, and one on line is present whatever its folder.
    present = _where_absent(told, folders, folders | online)
    there = value_of(present) or CpuSet()
    possible = _where_absent(_cpus(files, "possible"), folders, folders | online | there)
    isolated = _cpus(files, "isolated", "a kernel older than 4.2, which does not tell")
    _note_beyond(files, isolated, possible)
    _note_offline(files, online, value_of(told), folders)
    return Cpus(
        possible=possible,
        present=present,
        online=online,
        online_source=source,
        offline=there - online,
        isolated=isolated,
        nohz_full=_cpus(files, "nohz_full", "a kernel built without CONFIG_NO_HZ_FULL"),
        smt_control=files.reading(f"{CPU}/smt/control", parse_word, "a kernel older than 4.19, or without hotplug"),
        folders=folders,
    )


def read_processors(files: Attributes) -> tuple[Processor, ...]:
    """Return the CPUs of /proc/cpuinfo, which lists those on line; none where it is missing or does not list them."""
    from bedplate.parse.cpuinfo import parse_cpuinfo

    return files.value(_CPUINFO, parse_cpuinfo, CPUINFO_LIMIT_BYTES) or ()


def _cpus(files: Attributes, name: str, absent: str = "") -> Reading[CpuSet]:
    return files.reading(f"{CPU}/{name}", CpuSet.from_list, absent)


def _where_absent(reading: Reading[CpuSet], folders: CpuSet, known: CpuSet) -> Reading[CpuSet]:
    """Return what is known by the folders of CPUs, where there are any, in place of a file that is not there."""
    return Present(known, Source(CPU)) if isinstance(reading, Absent) and folders else reading


def _online(files: Attributes, folders: CpuSet) -> tuple[CpuSet, str]:
    """Return the CPUs on line, and the path that says so.

    cpu/online came with 2.6.26 and is not in every capture.  Without it, /proc/cpuinfo lists CPUs on line, but not on
    every architecture, and the captures of some hosts were edited; the cpuN folders list all that are present, but
    not in every capture.  So both count, less those that an ``online`` file of their own or cpu/offline excepts.
    """
    path = f"{CPU}/online"
    online = files.value(path, CpuSet.from_list)
    if online:
        return online, path
    listed = CpuSet(processor.number for processor in read_processors(files))
    off = CpuSet(number for number in folders if files.value(f"{CPU}/cpu{number}/online", parse_number) == 0)
    off |= files.value(f"{CPU}/offline", CpuSet.from_list) or CpuSet()
    return (folders | listed) - off, CPU if folders else _CPUINFO


def _note_strangers(files: Attributes, online: CpuSet, present: CpuSet | None, folders: CpuSet) -> None:
    if present is not None and not online <= present:
        files.note(f"{CPU}/present", f"lacks the CPUs {online - present}, which are on line")
    if folders and not online <= folders:
        files.note(CPU, f"has no folder of the CPUs {online - folders}, which are on line")


def _note_beyond(files: Attributes, isolated: Reading[CpuSet], possible: Reading[CpuSet]) -> None:
    told = isinstance(possible, Present) and possible.source.path == f"{CPU}/possible"
    beyond = (value_of(isolated) or CpuSet()) - (value_of(possible) or CpuSet()) if told else CpuSet()
    if beyond:
        files.note(isolated.source.path, f"names the CPUs {beyond}, which possible lacks")


def _note_offline(files: Attributes, online: CpuSet, present: CpuSet | None, folders: CpuSet) -> None:
    """Note what cpu/offline contradicts; that it names CPUs which are possible and not there is as it should be."""
    path = f"{CPU}/offline"
    off = value_of(_cpus(files, "offline")) or CpuSet()
    if both := off & online:
        files.note(path, f"names the CPUs {both}, which online names too")
    if present is not None and (strange := (off & folders) - present):
        files.note(path, f"names the CPUs {strange}, which have a folder, and present lacks them")
