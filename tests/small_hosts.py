"""Small hosts in memory: their sysfs as a mapping of paths, to be changed by a test and read."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, TypeAlias

from bedplate.host.root import READ_LIMIT_BYTES, Entry, Root
from bedplate.host.topology import read_topology
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.facts.topology import Topology

Files: TypeAlias = "dict[str, bytes | int]"
"""What reading a path gives: its bytes, or an errno."""

CPU = "/sys/devices/system/cpu"
NODE = "/sys/devices/system/node"


class MemoryRoot(Root):
    """Files as bytes; an int in place of a file is the errno that reading it gives."""

    live = False

    def __init__(self, files: Mapping[str, bytes | int]) -> None:
        self.where = "memory"
        self.read_paths: list[str] = []
        self._files = files
        self._folders: dict[str, dict[str, str]] = {}
        for path in files:
            folder, kind = path, "file"
            while folder != "":
                folder, _, name = folder.rpartition("/")
                self._folders.setdefault(folder, {}).setdefault(name, kind)
                kind = "folder"

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        self.read_paths.append(path)
        content = self._files.get(path, errno.EISDIR if path in self._folders else errno.ENOENT)
        if isinstance(content, bytes) and len(content) > limit:
            content = errno.EFBIG
        if isinstance(content, int):
            raise OSError(content, os.strerror(content), path)
        return content

    def entries(self, path: str) -> list[Entry]:
        if path not in self._folders:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return sorted(Entry(name, kind) for name, kind in self._folders[path].items())

    def link(self, path: str) -> str:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)

    def close(self) -> None:
        pass


def two_packages() -> Files:
    """Return a well-formed host: CPUs 0-7, two packages and nodes of two cores, two threads a core, three caches."""
    return {path: f"{text}\n".encode() for path, text in _lines()}


def _lines() -> Iterator[tuple[str, str]]:
    yield from ((f"{CPU}/{name}", "0-7") for name in ("online", "possible", "present"))
    yield from ((f"{CPU}/{name}", "") for name in ("isolated", "nohz_full", "offline"))
    yield f"{CPU}/smt/control", "on"
    for cpu in range(8):
        first, core, package = cpu & ~3, cpu & ~1, cpu // 4
        pair, whole = f"{3 << core:02x}", f"{15 << first:02x}"
        topology = f"{CPU}/cpu{cpu}/topology"
        yield from ((f"{topology}/{name}", pair) for name in ("core_cpus", "thread_siblings"))
        yield from ((f"{topology}/{name}", whole) for name in ("package_cpus", "core_siblings", "die_cpus"))
        yield f"{topology}/core_cpus_list", f"{core}-{core + 1}"
        yield f"{topology}/package_cpus_list", f"{first}-{first + 3}"
        for name, number in (("physical_package_id", package), ("die_id", 0), ("core_id", core % 4 // 2)):
            yield f"{topology}/{name}", str(number)
        yield from _caches(f"{CPU}/cpu{cpu}/cache", pair, whole)
    for node in (0, 1):
        yield from _node(node)
    yield from ((f"{NODE}/{name}", "0-1") for name in ("online", "possible"))


def _caches(folder: str, pair: str, whole: str) -> Iterator[tuple[str, str]]:
    caches = (("1", "Data", "32K", pair), ("1", "Instruction", "32K", pair), ("3", "Unified", "16384K", whole))
    for index, (level, kind, size, mask) in enumerate(caches):
        yield f"{folder}/index{index}/id", "0"
        yield f"{folder}/index{index}/level", level
        yield f"{folder}/index{index}/type", kind
        yield f"{folder}/index{index}/size", size
        yield f"{folder}/index{index}/shared_cpu_map", mask


def _node(number: int) -> Iterator[tuple[str, str]]:
    folder = f"{NODE}/node{number}"
    yield f"{folder}/cpumap", ("0f", "f0")[number]
    yield f"{folder}/cpulist", ("0-3", "4-7")[number]
    yield f"{folder}/distance", ("10 21", "21 10")[number]
    yield f"{folder}/meminfo", f"Node {number} MemTotal: 1048576 kB\nNode {number} MemFree: 524288 kB"
    for name, count in (("nr", 8), ("free", 6), ("surplus", 0)):
        yield f"{folder}/hugepages/hugepages-2048kB/{name}_hugepages", str(count)


def without(files: Mapping[str, bytes | int], *parts: str) -> Files:
    """Return the files whose paths hold none of ``parts``."""
    return {path: content for path, content in files.items() if not any(part in path for part in parts)}


def topology_of(files: Mapping[str, bytes | int]) -> Topology:
    """Return the topology that the files tell."""
    return read_topology(MemoryRoot(files), HostConstants())


def cpus(text: str) -> CpuSet:
    """Return a set from its list text."""
    return CpuSet.from_list(text)
