"""How long the topology of a large host takes, beside lstopo, and how that grows with the number of CPUs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import BARE, BEDPLATE, Command, Cost, Line, costs, table

if TYPE_CHECKING:
    from collections.abc import Iterator

LSTOPO = "lstopo-no-graphics"
# The largest of the recorded machines: 144 CPUs and 33,499 files; 112 CPUs and 300 PCI devices; 256 CPUs.
LARGEST = ("nri--4-socket-server-nosnc", "cnto--master.internal", "hwloc--256ppc-8n8s4t")
SIZES = (4, 16, 64, 256)
TIMES_LSTOPO = 6
# Noise of one run; twice as much work for twice as many CPUs is 1.
LINEAR = 1.15


def measure(rounds: int) -> tuple[str, list[Line]]:
    """Return the tables of this subject, and its figures with their targets."""
    with tempfile.TemporaryDirectory(prefix="bedplate-benchmark-") as folder:
        recorded, grown = _beside_lstopo(Path(folder), rounds), _growth(Path(folder), rounds)
    return f"{recorded[0]}\n\n{grown[0]}", recorded[1] + grown[1]


def _show(name: str, folder: Path) -> Command:
    arguments = ("show", "topology", "--format", "json", "--root", str(folder))
    return Command(name, (BEDPLATE, *arguments))


def _beside_lstopo(folder: Path, rounds: int) -> tuple[str, list[Line]]:
    title = "Topology of recorded machines as JSON, less a bare start, to lstopo --of xml on the same folder"
    archives = _archives()
    if shutil.which(LSTOPO) is None or not archives:
        return f"{title}\n  not measured: {'no recorded machines' if not archives else f'no {LSTOPO}'} here", []
    commands = [Command("python -c pass", BARE)]
    for archive in archives:
        place = folder / archive.name.removesuffix(".tar.xz")
        place.mkdir()
        # By tar, not in this process: what it holds in memory would count as that of every child.
        subprocess.run(["tar", "-xJf", str(archive), "-C", str(place)], check=True)
        commands += [_lstopo(place), _show(f"bedplate, {place.name}", place)]
    bare, *measured = costs(commands, rounds)
    shown = [table(title, [bare, *measured], bare.name)]
    lines: list[Line] = []
    for theirs, ours in zip(measured[::2], measured[1::2], strict=True):
        ratio = (ours.median_s - bare.median_s) / theirs.median_s
        name = ours.name.removeprefix("bedplate, ")
        lines.append(Line(f"show topology of {name}, to lstopo", ratio, TIMES_LSTOPO))
    return "\n".join(shown), lines


def _archives() -> list[Path]:
    named = os.environ.get("BEDPLATE_HOSTS")
    hosts = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "hosts"
    found = [hosts / f"{name}.tar.xz" for name in LARGEST]
    return [archive for archive in found if archive.is_file()]


def _lstopo(place: Path) -> Command:
    environment = {"HWLOC_FSROOT": str(place), "HWLOC_THISSYSTEM": "0", "HWLOC_COMPONENTS": "linux,stop"}
    return Command(f"lstopo, {place.name}", (LSTOPO, "--of", "xml", "-"), environment)


def _growth(folder: Path, rounds: int) -> tuple[str, list[Line]]:
    commands = [Command("python -c pass", BARE)]
    for size in SIZES:
        place = folder / f"made-{size}"
        _plant(place, size)
        commands.append(_show(f"bedplate, {size} CPUs", place))
    bare, *measured = costs(commands, rounds)
    shown = table("Topology of made-up machines as JSON", [bare, *measured], bare.name)
    return shown, [
        Line("show topology of 256 CPUs to that of 4, less a bare start", _ratio(measured, -1, 0, bare), 256 / 4),
        Line("growth from 4 to 256 CPUs beside that to 64, to a linear one", _excess(measured), LINEAR),
    ]


def _ratio(measured: list[Cost], one: int, other: int, bare: Cost) -> float:
    return (measured[one].least_s - bare.least_s) / (measured[other].least_s - bare.least_s)


def _excess(measured: list[Cost]) -> float:
    """Return what the last size costs more than the first, to what that would be if the last but one told it."""
    first, *_, before, last = (cost.least_s for cost in measured)
    return (last - first) / (before - first) * (SIZES[-2] - SIZES[0]) / (SIZES[-1] - SIZES[0])


def _plant(place: Path, cpus: int) -> None:
    """Make the sysfs of a machine with two threads a core, 64 CPUs a package and a node, and four caches a core."""
    for path, text in _files(cpus):
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")


def _files(cpus: int) -> Iterator[tuple[str, str]]:
    cpu, node = "sys/devices/system/cpu", "sys/devices/system/node"
    nodes = range(0, cpus, 64)
    for name in ("online", "possible", "present"):
        yield f"{cpu}/{name}", f"0-{cpus - 1}"
    yield f"{node}/online", f"0-{len(nodes) - 1}"
    for number in range(cpus):
        core, package = number & ~1, number // 64
        pair, whole = _mask(core, 2, cpus), _mask(package * 64, min(64, cpus), cpus)
        topology = f"{cpu}/cpu{number}/topology"
        yield f"{topology}/physical_package_id", str(package)
        yield f"{topology}/die_id", "0"
        yield f"{topology}/core_id", str(core // 2)
        for name, mask in (("core_cpus", pair), ("thread_siblings", pair), ("package_cpus", whole)):
            yield f"{topology}/{name}", mask
        for index, (level, kind, size, mask) in enumerate(
            ((1, "Data", "32K", pair), (1, "Instruction", "32K", pair), (2, "Unified", "1024K", pair),
             (3, "Unified", "32768K", whole))
        ):  # fmt: skip
            cache = f"{cpu}/cpu{number}/cache/index{index}"
            yield from ((f"{cache}/level", str(level)), (f"{cache}/type", kind), (f"{cache}/size", size))
            yield f"{cache}/shared_cpu_map", mask
    for number, first in enumerate(nodes):
        yield f"{node}/node{number}/cpumap", _mask(first, min(64, cpus), cpus)
        yield f"{node}/node{number}/cpulist", f"{first}-{first + min(64, cpus) - 1}"
        yield f"{node}/node{number}/distance", " ".join("10" if first == to else "20" for to in nodes)
        yield f"{node}/node{number}/meminfo", f"Node {number} MemTotal: 67108864 kB\nNode {number} MemFree: 1024 kB"


def _mask(first: int, count: int, cpus: int) -> str:
    digits = f"{((1 << count) - 1) << first:0{-(-cpus // 32) * 8}x}"
    return ",".join(digits[at : at + 8] for at in range(0, len(digits), 8))
