"""Reads the caches from cpu/cpuN/cache, each once for all the CPUs that share it.

A cache shows in the folder of every CPU that it serves, as cache/indexN.  What is read of one of them is not read
again of another, on two grounds: the map of index N of an earlier CPU holds this CPU, so this CPU's index N is the
same cache, for the kernel fills both maps when it finds both to be leaf N of one cache (cache_leaves_are_shared() in
drivers/base/cacheinfo.c compares equal leaf numbers); and a thread whose core's first thread shares all its caches
with it has no others, so its folder is not listed.  Everything else is looked at: another core of the same package
may have other caches or sizes, as on machines with several kinds of cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.topology import Cache
from bedplate.host.cpus import CPU
from bedplate.parse.sysfs_number import parse_count, parse_word
from bedplate.values.idset import CpuSet
from bedplate.values.sizes import parse_kib

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.facts.topology import Core
    from bedplate.host.attributes import Attributes

_MAPS = ("shared_cpu_map",)
# 4 indexes are usual, 5 the most seen; a hostile capture may hold any number of folders.
_INDEX_LIMIT = 32


class _Key(NamedTuple):
    """What makes a cache: kernels repeat their cache ids."""

    level: int
    type: str
    cpus: int


class _Caches:
    """The caches found so far."""

    def __init__(self, files: Attributes, threads: dict[int, CpuSet]) -> None:
        self._files = files
        self._threads = threads
        self._served: dict[int, int] = {}
        """By index, the CPUs (as bits) whose cache with that index is known."""
        self._complete = 0
        """The CPUs (as bits) all of whose caches are known."""
        self._caches: dict[_Key, Cache] = {}
        self._held: dict[tuple[int, str], int] = {}
        """By level and type, the CPUs (as bits) of the caches found."""

    def look(self, cpu: int) -> None:
        """Read those caches of a CPU that no earlier CPU told of."""
        bit = 1 << cpu
        if self._complete & bit:
            return
        folder = f"{CPU}/cpu{cpu}/cache"
        common = self._threads_of(cpu).bits
        for index in self._files.root.numbered(folder, "index")[:_INDEX_LIMIT]:
            if not self._served.get(index, 0) & bit:
                self._read(cpu, index, f"{folder}/index{index}")
            common &= self._served.get(index, 0)
        self._complete |= common

    def sorted(self) -> tuple[Cache, ...]:
        """Return the caches by level, type and first CPU."""
        ordered = sorted(self._caches, key=lambda key: (key.level, key.type, key.cpus & -key.cpus))
        return tuple(self._caches[key] for key in ordered)

    def _read(self, cpu: int, index: int, folder: str) -> None:
        cpus = self._shared(cpu, folder)
        self._served[index] = self._served.get(index, 0) | cpus.bits
        level = self._files.value(f"{folder}/level", parse_count)
        if level is None:
            self._files.note(folder, "a cache that does not tell its level is left out")
            return
        kind = self._files.value(f"{folder}/type", parse_word)
        size = self._files.value(f"{folder}/size", parse_kib)
        cache = Cache(level, kind, size, cpus)
        key = _Key(level, kind or "", cpus.bits)
        if key not in self._caches and kind is not None:
            self._note_overlap(folder, key)
        before = self._caches.setdefault(key, cache)
        if before.size_bytes != size:
            self._files.note(f"{folder}/size", f"differs from that of the same cache elsewhere: {before.size_bytes}")

    def _note_overlap(self, folder: str, key: _Key) -> None:
        """Note a cache that shares CPUs with another one of its level and type: a CPU has one of each."""
        held = self._held.get((key.level, key.type), 0)
        self._held[key.level, key.type] = held | key.cpus
        if twice := held & key.cpus:
            cpus = CpuSet.from_bits(twice)
            self._files.note(f"{folder}/{_MAPS[0]}", f"names the CPUs {cpus}, whose own maps lack some of these CPUs")

    def _shared(self, cpu: int, folder: str) -> CpuSet:
        """Return the CPUs that share a cache.

        ia64 leaves the map of its outer caches empty.  A cache serves all threads of the core that shows it.
        """
        shared = self._files.cpus(folder, _MAPS)
        if shared is not None and cpu in shared.value:
            return shared.value
        text = "is missing" if shared is None else "does not hold the CPU that it is the map of"
        self._files.note(f"{folder}/{_MAPS[0]}", f"{text}; the cache is taken for that of the core alone")
        return self._threads_of(cpu)

    def _threads_of(self, cpu: int) -> CpuSet:
        return self._threads.get(cpu) or CpuSet([cpu])


def read_caches(files: Attributes, online: CpuSet, cores: Iterable[Core]) -> tuple[Cache, ...]:
    """Return the caches of CPUs that have a folder and are on line, by level, type and first CPU."""
    caches = _Caches(files, {cpu: core.threads for core in cores for cpu in core.threads})
    for cpu in online:
        caches.look(cpu)
    return caches.sorted()
