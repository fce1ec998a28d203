"""What util-linux's lscpu makes of a recorded machine."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = "CPU,CORE,SOCKET,NODE,ONLINE,CACHE"


class Machine(NamedTuple):
    """The parts of a machine that Bedplate tells too."""

    online: CpuSet
    cores: frozenset[CpuSet]
    sockets: frozenset[CpuSet]
    nodes: dict[int, CpuSet]
    caches: dict[str, frozenset[CpuSet]]
    """The CPUs that share each cache, by name: L1d, L1i, L2 …"""
    sizes: dict[str, int]
    """The bytes of one cache of each name."""


def run(folder: Path) -> Machine | str:
    """Return what lscpu says of a machine, or why it says nothing."""
    outputs: list[str] = []
    for arguments in (["-a", f"-p={_COLUMNS}"], ["-J"], ["-J", "-B", "-C=NAME,ONE-SIZE"]):
        command = ["lscpu", "--sysroot", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
        if done.returncode:
            return done.stderr.decode("utf-8", "replace").strip() or f"signal or status {done.returncode}"
        outputs.append(done.stdout.decode("utf-8", "replace"))
    return _machine(*outputs)


def _machine(table: str, summary: str, caches: str) -> Machine | str:
    lines = table.splitlines()
    header = next(line for line in reversed(lines) if line.startswith("# CPU,"))
    names = header.removeprefix("# ").split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines if not line.startswith("#")]
    if not all(row["CPU"] for row in rows):
        return "prints rows without the number of their CPU"
    online = [row for row in rows if row["Online"] != "N"]
    fields = {field["field"].rstrip(":"): field["data"] or "" for field in json.loads(summary)["lscpu"]}
    return Machine(
        online=CpuSet(int(row["CPU"]) for row in online),
        cores=_groups(online, "Core"),
        sockets=_groups(online, "Socket"),
        nodes={
            int(name.removeprefix("NUMA node").removesuffix(" CPU(s)")): CpuSet.from_list(text)
            for name, text in fields.items()
            if name.startswith("NUMA node") and name.endswith(" CPU(s)")
        },
        caches={name: _groups(online, name) for name in names if name.startswith("L") and name[1:2].isdigit()},
        sizes={
            cache["name"]: int(cache["one-size"])
            for cache in (json.loads(caches)["caches"] if caches.strip() else ())
            if cache["one-size"]
        },
    )


def _column(rows: list[dict[str, str]], name: str) -> dict[str, CpuSet]:
    groups: dict[str, list[int]] = {}
    for row in rows:
        if row.get(name):
            groups.setdefault(row[name], []).append(int(row["CPU"]))
    return {number: CpuSet(cpus) for number, cpus in groups.items()}


def _groups(rows: list[dict[str, str]], name: str) -> frozenset[CpuSet]:
    return frozenset(_column(rows, name).values())
