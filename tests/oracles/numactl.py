"""What numactl -H makes of a recorded machine, whose node and cpu folders are laid over this machine's for it alone."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from pathlib import Path

# numactl has no other root.  The mounts are in a namespace of the child's own and end with it.
_SCRIPT = """
mount --bind "$0/sys/devices/system/node" /sys/devices/system/node &&
mount --bind "$0/sys/devices/system/cpu" /sys/devices/system/cpu &&
exec numactl -H
"""
_CPUS = re.compile(r"^node (\d+) cpus:([\d ]*)$", re.MULTILINE)
_SIZE = re.compile(r"^node (\d+) (size|free): (\d+) MB$", re.MULTILINE)
_COLUMNS = re.compile(r"^node ([\d ]+)$", re.MULTILINE)
_BLIND = re.compile(r"Cannot parse cpumap|/sys not mounted or invalid")
_ROW = re.compile(r"^ *(\d+): ([\d ]+)$", re.MULTILINE)


class Machine(NamedTuple):
    """The parts of a machine that Bedplate tells too."""

    cpus: dict[int, CpuSet] | None
    """None where it warns that it cannot read the maps, as where they are wider than those of this machine's kernel."""
    size_mib: dict[int, int]
    free_mib: dict[int, int]
    distances: dict[int, dict[int, int]]


def run(folder: Path) -> Machine | str:
    """Return what numactl says of a machine, or why it says nothing."""
    command = ["unshare", "--mount", "sh", "-c", _SCRIPT, str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    text, complaints = done.stdout.decode(), done.stderr.decode("utf-8", "replace").strip()
    if done.returncode or "available:" not in text:
        return complaints or text.strip() or f"signal or status {done.returncode}"
    sizes = [(int(node), what, int(number)) for node, what, number in _SIZE.findall(text)]
    columns = [int(word) for line in _COLUMNS.findall(text) for word in line.split()]
    rows = {int(node): [int(word) for word in row.split()] for node, row in _ROW.findall(text)}
    return Machine(
        cpus=None
        if _BLIND.search(complaints)
        else {int(n): CpuSet(map(int, c.split())) for n, c in _CPUS.findall(text)},
        size_mib={node: number for node, what, number in sizes if what == "size"},
        free_mib={node: number for node, what, number in sizes if what == "free"},
        distances={node: dict(zip(columns, row, strict=True)) for node, row in rows.items()},
    )
