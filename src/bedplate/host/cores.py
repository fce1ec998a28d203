"""Reads packages and cores from cpu/cpuN/topology.

What one CPU's map of siblings says holds for all CPUs of the map: the kernel prints the same mask for each.  So a map
and the numbers that go with it are read at the first of its CPUs, the others are not looked at again.  The one number
that is read of every CPU is core_id, because threads of one core are known to differ in it (see _core_id).
A map that lacks the CPU that it was read of, or overlaps another one, is a problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.topology import Core, Package
from bedplate.host.cpus import CPU, read_processors
from bedplate.parse.sysfs_number import parse_id
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Hashable

    from bedplate.host.attributes import Attributes
    from bedplate.values.reading import Present

# The first names came with 5.3 and mean the same; captures may hold either of them, with or without the _list.
_CORE_MAPS = ("core_cpus", "thread_siblings")
_PACKAGE_MAPS = ("package_cpus", "core_siblings")


class Cores(NamedTuple):
    """Packages and cores, each in the order of its first CPU."""

    packages: tuple[Package, ...]
    cores: tuple[Core, ...]


def read_cores(files: Attributes, online: CpuSet, folders: CpuSet) -> Cores:
    """Return the packages and cores of the online CPUs, as far as the folders of CPUs tell them."""
    packages = _Packages(files, online)
    cores: dict[Hashable, Core] = {}
    known: set[int] = set()
    for cpu in online & folders:
        if cpu not in known:
            siblings = _siblings(files, f"{CPU}/cpu{cpu}/topology", cpu, _CORE_MAPS)
            threads = siblings.value & online if siblings is not None else CpuSet([cpu])
            core = _core(files, packages.of(cpu), cpu, threads, folders)
            if siblings is not None:
                _note_overlap(files, siblings.source.path, threads, known)
                cores[threads] = core._replace(source=siblings.source)
            elif core.id is not None:
                _add_numbered(cores, core)
            known.update(threads)
    if not cores and not packages.found():
        return _from_cpuinfo(files, online)
    return Cores(packages.found(), tuple(cores.values()))


def _core(files: Attributes, package: int | None, cpu: int, threads: CpuSet, folders: CpuSet) -> Core:
    """Return the core that has these threads, by the numbers of its first one."""
    folder = f"{CPU}/cpu{cpu}/topology"
    return Core(
        package=package,
        die=files.value(f"{folder}/die_id", parse_id),
        cluster=files.value(f"{folder}/cluster_id", _cluster_number),
        id=_core_id(files, threads & folders),
        threads=threads,
        book=files.value(f"{folder}/book_id", parse_id),
        drawer=files.value(f"{folder}/drawer_id", parse_id),
    )


# x86 numbers clusters by the APIC id that their L2 cache has in common, and keeps BAD_APICID, of 16 bits in this place,
# where CPUID does not tell: seen in a guest of 6.18, whose clusters are then single CPUs.
_NO_CLUSTER = 0xFFFF


def _cluster_number(text: bytes) -> int | None:
    number = parse_id(text)
    return None if number == _NO_CLUSTER else number


def _add_numbered(cores: dict[Hashable, Core], core: Core) -> None:
    """Add a CPU of which no map tells the siblings: those with all its numbers are threads of its core."""
    key = core._replace(threads=CpuSet()) if core.package is not None else core
    before = cores.get(key)
    cores[key] = core._replace(threads=before.threads | core.threads) if before else core


def _siblings(files: Attributes, folder: str, cpu: int, maps: tuple[str, ...]) -> Present[CpuSet] | None:
    """Return the map of a CPU's siblings; None, with a problem, where it is not one of this CPU."""
    siblings = files.cpus(folder, maps)
    if siblings is not None and cpu not in siblings.value:
        files.note(siblings.source.path, "does not hold the CPU that it is the map of")
        return None
    return siblings


def _core_id(files: Attributes, threads: CpuSet) -> int | None:
    """Return the core number of threads, None where they have none or differ.

    AMD family 15h puts two integer cores into a compute unit.  The kernel gives each its own core_id, and calls the
    two thread siblings all the same (match_smt() in arch/x86/kernel/smpboot.c compares the unit).  The map is what
    the scheduler goes by, so it makes the core, and there is no number that is right for it.
    """
    told = {files.value(f"{CPU}/cpu{cpu}/topology/core_id", parse_id) for cpu in threads}
    numbers = [number for number in told if number is not None]
    if len(numbers) > 1:
        text = "thread siblings have different core ids: one core to the scheduler, several to the hardware"
        files.note(f"{CPU}/cpu{threads.first}/topology/core_id", text)
        return None
    return numbers[0] if numbers else None


def _note_overlap(files: Attributes, path: str, threads: CpuSet, known: set[int]) -> None:
    twice = CpuSet(known.intersection(threads))
    if twice:
        files.note(path, f"holds the CPUs {twice}, which are threads of another core too")


class _Packages:
    """The packages, each read at the first of its CPUs."""

    def __init__(self, files: Attributes, online: CpuSet) -> None:
        self._files = files
        self._online = online
        self._packages: dict[Hashable, Package] = {}
        self._ids: dict[int, int | None] = {}

    def of(self, cpu: int) -> int | None:
        """Return the number of a CPU's package, None where it is not told."""
        if cpu not in self._ids:
            self._read(cpu)
        return self._ids[cpu]

    def found(self) -> tuple[Package, ...]:
        """Return the packages seen so far."""
        return tuple(sorted(self._packages.values(), key=lambda package: package.cpus.first))

    def _read(self, cpu: int) -> None:
        folder = f"{CPU}/cpu{cpu}/topology"
        number = self._ids[cpu] = self._files.value(f"{folder}/physical_package_id", parse_id)
        siblings = _siblings(self._files, folder, cpu, _PACKAGE_MAPS)
        if siblings is not None:
            self._add(siblings.value, number, siblings.value & self._online)
        elif number is not None:
            before = self._packages.get(number)
            self._add(number, number, CpuSet([cpu]) | before.cpus if before else CpuSet([cpu]))

    def _add(self, key: Hashable, number: int | None, cpus: CpuSet) -> None:
        self._packages[key] = Package(number, cpus)
        for cpu in cpus:
            self._ids.setdefault(cpu, number)


def _from_cpuinfo(files: Attributes, online: CpuSet) -> Cores:
    """Return what ``physical id`` and ``core id`` of /proc/cpuinfo tell, for kernels before 2.6.16 and captures."""
    rows = [row for row in read_processors(files) if row.number in online and row.physical_id is not None]
    packages: dict[int | None, CpuSet] = {}
    threads: dict[tuple[int | None, int], CpuSet] = {}
    for row in rows:
        one = CpuSet([row.number])
        packages[row.physical_id] = packages.get(row.physical_id, one) | one
        if row.core_id is not None:
            key = (row.physical_id, row.core_id)
            threads[key] = threads.get(key, one) | one
    return Cores(
        tuple(Package(number, cpus) for number, cpus in packages.items()),
        tuple(Core(package, None, None, core, cpus) for (package, core), cpus in threads.items()),
    )
