"""What is wrong with the NUMA map of a host, counted by brute force over the text of its files.

This shares no code with the readers and rules that it judges.
"""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import NamedTuple


class Wrong(NamedTuple):
    """The numbers of what is wrong; empty where nothing is."""

    lost: frozenset[int] = frozenset()
    """Online CPUs in no node, by map or by list."""
    doubled: frozenset[int] = frozenset()
    """CPUs in several nodes, by map or by list."""
    absent: frozenset[int] = frozenset()
    """CPUs of nodes that the host does not have."""
    apart: frozenset[int] = frozenset()
    """CPUs of cores that are spread over nodes."""
    rows: frozenset[int] = frozenset()
    """Nodes with a bad row of distances."""
    uneven: frozenset[tuple[int, int]] = frozenset()
    """Pairs of nodes that are not as far there as back."""
    views: frozenset[int] = frozenset()
    """Nodes whose list is not their map."""
    poor: frozenset[int] = frozenset()
    """Nodes without a CPU of their own."""
    odd: frozenset[int] = frozenset()
    """CPUs whose sibling files contradict each other, and the others of the pair where two CPUs do."""


def text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().replace(b"\0", b"").decode().strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def listed(text: str | None) -> set[int] | None:
    if text is None:
        return None
    found: set[int] = set()
    for part in text.split(",") if text else []:
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def masked(text: str | None) -> set[int] | None:
    if not text:
        return None
    digits = "".join(group if at == 0 else group.rjust(8, "0") for at, group in enumerate(text.split(",")))
    bits = bin(int(digits, 16))[2:][::-1]
    return {at for at, bit in enumerate(bits) if bit == "1"}


ENDS = (("", masked), ("_list", listed))


def numbered(folder: Path, prefix: str) -> list[int]:
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(found[1]) for name in names if (found := re.fullmatch(prefix + r"(\d+)", name)))


def online_of(cpu: Path) -> set[int]:
    known = listed(text_of(cpu / "online"))
    if known is not None:
        return known
    return {number for number in numbered(cpu, "cpu") if text_of(cpu / f"cpu{number}/online") != "0"}


def siblings_of(folder: Path) -> list[set[int]]:
    found = [read(text_of(folder / (name + end))) for name in ("core_cpus", "thread_siblings") for end, read in ENDS]
    return [cpus for cpus in found if cpus is not None]


def wrong_of(root: Path) -> Wrong:
    """Return what is wrong below a folder; nothing where it has no nodes."""
    cpu, node = root / "sys/devices/system/cpu", root / "sys/devices/system/node"
    nodes = numbered(node, "node")
    lists = {number: listed(text_of(node / f"node{number}/cpulist")) for number in nodes}
    maps = {number: masked(text_of(node / f"node{number}/cpumap")) for number in nodes}
    best: dict[int, set[int]] = {}
    for number in nodes:
        links = set(numbered(node / f"node{number}", "cpu"))
        by_map, by_list = maps[number], lists[number]
        best[number] = by_map if by_map is not None else by_list if by_list is not None else links
    odd = frozenset(odd_siblings(cpu, online_of(cpu)))
    if not nodes or any(maps[one] is None and lists[one] is None and not best[one] for one in nodes):
        return Wrong(odd=odd)
    online = online_of(cpu)
    there = listed(text_of(cpu / "present")) or listed(text_of(cpu / "possible"))
    lost, doubled, absent = set[int](), set[int](), set[int]()
    for view in (best, {one: listed_cpus if (listed_cpus := lists[one]) is not None else best[one] for one in nodes}):
        everyone = [number for cpus in view.values() for number in cpus]
        lost |= online - set(everyone)
        doubled |= {number for number in everyone if everyone.count(number) > 1}
        absent |= set(everyone) - there - online if there is not None else set()
    return Wrong(
        lost=frozenset(lost),
        doubled=frozenset(doubled),
        absent=frozenset(absent),
        apart=frozenset(apart(cpu, online, best)),
        rows=frozenset(bad_rows(node, nodes)),
        uneven=frozenset(uneven_pairs(node, nodes)),
        views=frozenset(
            one for one in nodes if lists[one] is not None and maps[one] is not None and lists[one] != maps[one]
        ),
        poor=frozenset(
            one
            for one in nodes
            if best[one] and all(any(number in best[other] for other in nodes if other != one) for number in best[one])
        ),
        odd=odd,
    )


def apart(cpu: Path, online: set[int], best: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    for number in online:
        for threads in siblings_of(cpu / f"cpu{number}/topology"):
            placed = {one for one in threads & online if any(one in cpus for cpus in best.values())}
            if placed and not any(placed <= cpus for cpus in best.values()):
                found |= threads & online
    return found


def odd_siblings(cpu: Path, online: set[int]) -> set[int]:
    views = {number: siblings_of(cpu / f"cpu{number}/topology") for number in online}
    first = {number: said[0] for number, said in views.items() if said}
    found = {number for number, said in views.items() for other in said if other != said[0]}
    found |= {number for number, said in first.items() if number not in said}
    for number, said in first.items():
        for other in said - {number}:
            if other in first and number not in first[other]:
                found |= {number, other}
    return found


def rows_of(node: Path, nodes: list[int]) -> dict[int, list[str]]:
    texts = {number: text_of(node / f"node{number}/distance") for number in nodes}
    return {number: text.split() for number, text in texts.items() if text}


def bad_rows(node: Path, nodes: list[int]) -> set[int]:
    found: set[int] = set()
    for number, row in rows_of(node, nodes).items():
        own = nodes.index(number)
        whole = len(row) == len(nodes) and all(re.fullmatch("[0-9]+", value) for value in row)
        if not whole or row[own] != "10" or any(not 10 < int(row[at]) < 255 for at in range(len(row)) if at != own):
            found.add(number)
    return found


def uneven_pairs(node: Path, nodes: list[int]) -> set[tuple[int, int]]:
    rows = {number: row for number, row in rows_of(node, nodes).items() if len(row) == len(nodes)}
    return {
        (one, other)
        for one, other in combinations(rows, 2)
        if rows[one][nodes.index(other)] != rows[other][nodes.index(one)]
    }


def small_nodes(root: Path) -> set[int]:
    """Return the nodes with CPUs that have less than 90 % of the memory of the largest of them."""
    folder = root / "sys/devices/system/node"
    sizes: dict[int, int] = {}
    for number in numbered(folder, "node"):
        node = folder / f"node{number}"
        total = re.search(r"MemTotal:\s+(\d+)", text_of(node / "meminfo") or "")
        if total is not None and (masked(text_of(node / "cpumap")) or listed(text_of(node / "cpulist"))):
            sizes[number] = int(total[1])
    return {number for number, size in sizes.items() if size * 10 < max(sizes.values()) * 9}
