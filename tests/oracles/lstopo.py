"""What hwloc's lstopo makes of a recorded machine."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

# On the machine's file system alone: nothing of the CPU that runs the test (no CPUID), nothing of its cgroup.
_ENVIRONMENT = {"HWLOC_THISSYSTEM": "0", "HWLOC_COMPONENTS": "linux,stop", "HWLOC_HIDE_ERRORS": "2"}
_COMMAND = ["lstopo-no-graphics", "--of", "xml", "--disallowed", "--whole-io", "--no-collapse", "-"]
_CACHE_TYPES = {"0": "Unified", "1": "Data", "2": "Instruction"}


class Cache(NamedTuple):
    """One cache."""

    level: int
    type: str
    size_bytes: int
    """0 where hwloc was not told."""
    cpus: CpuSet


class Node(NamedTuple):
    """One NUMA node."""

    memory_bytes: int
    near: CpuSet
    """The CPUs of the object that the node hangs on: its own, or those that hwloc infers for a node without any."""
    hugepages: dict[int, int]
    """The number of pages by their size, the normal one left out."""


class Machine(NamedTuple):
    """The parts of a machine that Bedplate tells too."""

    online: CpuSet
    packages: frozenset[tuple[int | None, CpuSet]]
    dies: frozenset[CpuSet]
    """Where a package has more than one."""
    cores: frozenset[CpuSet]
    caches: frozenset[Cache]
    nodes: dict[int, Node]
    distances: dict[int, dict[int, int]]
    kinds: frozenset[CpuSet]
    """None where all CPUs are of one."""
    memory_caches: dict[int, list[int]]
    """The sizes of the caches in front of each node's memory."""


def run(folder: Path) -> Machine | str:
    """Return what lstopo says of a machine, or why it says nothing."""
    document = _document(folder)
    return document if isinstance(document, str) else _machine(document)


def pci(folder: Path) -> dict[str, CpuSet] | str:
    """Return the CPUs that lstopo says are near to each PCI device, by address, or why it says nothing."""
    document = _document(folder)
    return document if isinstance(document, str) else dict(_devices(document, CpuSet()))


def _document(folder: Path) -> Element | str:
    environment = {**os.environ, **_ENVIRONMENT, "HWLOC_FSROOT": str(folder)}
    done = subprocess.run(_COMMAND, capture_output=True, env=environment, check=False)
    if done.returncode:
        return done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
    return ET.fromstring(done.stdout)


def _devices(above: Element, cpus: CpuSet) -> Iterator[tuple[str, CpuSet]]:
    """Yield the devices below an object; the nearest object with CPUs above a device is where it is."""
    for one in above.findall("object"):
        address = one.get("pci_busid")
        if address is not None:
            yield address, cpus
        yield from _devices(one, _cpus(one) if "cpuset" in one.attrib else cpus)


def _machine(root: Element) -> Machine:
    def objects(*types: str) -> Iterator[Element]:
        return (one for one in root.iter("object") if one.get("type") in types)

    caches = objects("L1Cache", "L2Cache", "L3Cache", "L4Cache", "L5Cache", "L1iCache", "L2iCache", "L3iCache")
    return Machine(
        online=CpuSet(int(one.attrib["os_index"]) for one in objects("PU")),
        packages=frozenset((_index(one), _cpus(one)) for one in objects("Package")),
        dies=frozenset(map(_cpus, objects("Die"))),
        cores=frozenset(map(_cpus, objects("Core"))),
        caches=frozenset(map(_cache, caches)),
        nodes={int(one.attrib["os_index"]): _node(one) for one in objects("NUMANode")},
        distances=_distances(root),
        kinds=frozenset(_set(one.attrib["cpuset"]) for one in root.iter("cpukind")) - {_cpus(next(objects("Machine")))},
        memory_caches=_memory_caches(objects("MemCache")),
    )


def _set(mask: str) -> CpuSet:
    """Return the set of a mask such as ``0xf...f,,0x3``: hwloc leaves out groups of zeros and repeats the 0x."""
    groups = [group.removeprefix("0x").zfill(8) for group in mask.split(",")]
    assert not mask.startswith("0xf...f"), mask
    return CpuSet.from_bits(int("".join(groups), 16))


def _cpus(one: Element) -> CpuSet:
    return _set(one.attrib["cpuset"])


def _index(one: Element) -> int | None:
    text = one.get("os_index")
    return None if text is None else int(text)


def _cache(one: Element) -> Cache:
    type_name = _CACHE_TYPES[one.attrib["cache_type"]]
    return Cache(int(one.attrib["depth"]), type_name, int(one.attrib["cache_size"]), _cpus(one))


def _node(one: Element) -> Node:
    pages = {int(page.attrib["size"]): int(page.attrib["count"]) for page in one.iter("page_type")}
    small = min(pages, default=0)
    hugepages = {size: count for size, count in pages.items() if size != small}
    return Node(int(one.get("local_memory", "0")), _cpus(one), hugepages)


def _distances(root: Element) -> dict[int, dict[int, int]]:
    for table in root.iter("distances2"):
        if table.get("name") == "NUMALatency":
            nodes = [int(word) for one in table.iter("indexes") for word in (one.text or "").split()]
            values = [int(word) for one in table.iter("u64values") for word in (one.text or "").split()]
            rows = [values[at : at + len(nodes)] for at in range(0, len(values), len(nodes))]
            return {node: dict(zip(nodes, row, strict=True)) for node, row in zip(nodes, rows, strict=True)}
    return {}


def _memory_caches(caches: Iterator[Element]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for cache in caches:
        for node in cache.iter("object"):
            if node.get("type") == "NUMANode":
                found.setdefault(int(node.attrib["os_index"]), []).append(int(cache.attrib["cache_size"]))
    return found
