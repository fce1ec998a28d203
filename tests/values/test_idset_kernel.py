"""The kernel's own spelling of sets: what it wrote as mask and as list must be one set, and ours must read alike."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import recorded
from tests.recorded import each_machine
from tests.requires import requires
from tests.values.strategies import small_sets

from bedplate.errors import ParseError
from bedplate.values.idset import CpuSet, IdSet, NodeSet

if TYPE_CHECKING:
    from collections.abc import Iterator

# The file with a mask, and the one that lists the same set.
PAIRS = {
    "thread_siblings": "thread_siblings_list",
    "core_siblings": "core_siblings_list",
    "core_cpus": "core_cpus_list",
    "package_cpus": "package_cpus_list",
    "die_cpus": "die_cpus_list",
    "cluster_cpus": "cluster_cpus_list",
    "shared_cpu_map": "shared_cpu_list",
    "cpumap": "cpulist",
    "local_cpus": "local_cpulist",
    "smp_affinity": "smp_affinity_list",
    "effective_affinity": "effective_affinity_list",
}
FOLDERS = (
    "sys/devices/system/cpu/cpu*/topology",
    "sys/devices/system/cpu/cpu*/cache/index*",
    "sys/devices/system/node/node*",
    "sys/bus/pci/devices/*",
    "proc/irq/*",
)


def pairs(root: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield a file with a mask, the mask, and the list that the kernel wrote of the same set."""
    for pattern in FOLDERS:
        for folder in root.glob(pattern):
            for mask, listed in PAIRS.items():
                try:
                    yield folder / mask, text_of(folder / mask), text_of(folder / listed)
                except OSError:
                    continue


def text_of(path: Path) -> str:
    return path.read_bytes().decode("ascii", "replace").strip("\n\0 ")


def agree(path: Path, mask: str, listed: str) -> str | None:
    """Return what is wrong with a pair; None where we read both alike and write the same texts."""
    try:
        by_mask, by_list = CpuSet.from_mask(mask), CpuSet.from_list(listed)
    except ParseError as error:
        return f"{path}: {error}"
    if by_mask != by_list:
        return f"{path}: {by_mask} is not {by_list}"
    if str(by_list) != listed:
        return f"{path}: {by_list} was {listed}"
    digits = len(mask.replace(",", ""))
    return None if by_mask.to_mask(digits * 4) == mask else f"{path}: {by_mask.to_mask(digits * 4)} was {mask}"


def test_this_kernel_writes_as_we_do() -> None:
    found = [agree(*pair) for pair in pairs(Path("/"))]
    assert len(found) > 5
    assert not [problem for problem in found if problem]


@pytest.mark.parametrize(("prefix", "kind"), [("Cpus_allowed", CpuSet), ("Mems_allowed", NodeSet)])
def test_the_kernel_writes_a_task_s_sets_as_we_do(prefix: str, kind: type[IdSet]) -> None:
    lines = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if "_allowed" in line)
    mask, listed = lines[prefix], lines[f"{prefix}_list"]
    made = kind.from_mask(mask)
    assert made == kind.from_list(listed)
    assert str(made) == listed
    assert made.to_mask(4 * len(mask.replace(",", ""))) == mask
    if kind is CpuSet:
        assert set(made) >= os.sched_getaffinity(0)


@pytest.mark.parametrize("text", ["0", "0-0", "0-1:2", "0-100:2", "0,2-3", "0-0:5", "00"])
def test_taskset_reads_a_list_as_we_do(text: str) -> None:
    requires("oracles")
    if 0 not in os.sched_getaffinity(0):
        pytest.skip("CPU 0 is not for us")
    show = ["taskset", "-c", text, "grep", "Cpus_allowed_list", "/proc/self/status"]
    shown = subprocess.run(show, capture_output=True, text=True, check=True).stdout.split(":")[1]
    possible = CpuSet.from_list(Path("/sys/devices/system/cpu/possible").read_bytes())
    assert CpuSet.from_list(shown) == CpuSet.from_list(text) & possible


@requires("oracles")
@given(small_sets.filter(bool))
def test_hwloc_reads_our_masks_as_sets(model: frozenset[int]) -> None:
    made = CpuSet(model)
    said = hwloc("--physical", "--intersect", "pu", "0x" + made.to_mask().replace(",", ",0x"))
    assert CpuSet.from_list(said) == made
    assert CpuSet.from_mask(hwloc("--taskset", *(f"pu:{number}" for number in model))) == made


def hwloc(*arguments: str) -> str:
    command = ["hwloc-calc", "--input", "pu:301", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@requires("root", "namespaces")
@given(st.frozensets(st.integers(1, 65535), min_size=1, max_size=30))
def test_the_kernel_joins_numbers_as_we_do(model: frozenset[int]) -> None:
    """A bitmap of 65,536 bits that takes and gives lists: the reserved ports, in a network namespace of the child."""
    knob = "/proc/sys/net/ipv4/ip_local_reserved_ports"
    text = ",".join(map(str, sorted(model, reverse=True)))
    child = ["unshare", "--net", "sh", "-c", f"echo {text} > {knob} && cat {knob}"]
    said = subprocess.run(child, capture_output=True, text=True, check=True).stdout
    assert str(IdSet(model)) == said.strip()
    assert IdSet.from_list(said) == IdSet(model)


# Recordings whose mask and list do not name one set, as they were edited or made by hand: how many such pairs.
ODD = {"hwloc--16amd64-8n2c-cpusets": 1, "hwloc--64amd64-4s2n4ca2co": 128, "hwloc--64fake-4n2s2ca2c2t": 244}


@each_machine
def test_recorded_kernels_write_as_we_do(machine: str) -> None:
    problems = [problem for pair in pairs(recorded.folder(machine)) if (problem := agree(*pair))]
    assert len(problems) == ODD.get(machine, 0), problems[:5]
