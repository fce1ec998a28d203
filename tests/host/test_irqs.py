"""The interrupts: of this machine, of the recorded ones, and of trees that are not as they should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.requires import requires
from tests.trees import FolderRoot, plant

from bedplate.facts.irqs import Irq
from bedplate.host.host import Host
from bedplate.host.irqs import read_irqs
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of

HEADER = b"           CPU0       CPU1\n"


def test_this_machine() -> None:
    with Host.live() as host:
        irqs = host.irqs
    there = sorted(int(name) for name in os.listdir("/proc/irq") if name.isdecimal())
    assert [irq.number for irq in irqs.irqs] == there
    assert value_of(irqs.default_affinity) == CpuSet.from_mask(Path("/proc/irq/default_smp_affinity").read_text())
    for irq in irqs.irqs:
        assert isinstance(irq.wished, Present)
        if isinstance(irq.effective, Present) and irq.effective.value:
            assert irq.effective.value <= irq.wished.value
        # The folder of a handler bears its name; /proc/interrupts tells the same names.
        handlers = {name for name in os.listdir(irq.path) if os.path.isdir(f"{irq.path}/{name}")}
        assert handlers <= set(irq.actions or ())
    assert not irqs.problems
    assert {"LOC", "NMI"} <= {summary.label for summary in irqs.summaries} or os.uname().machine != "x86_64"


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    irqs = read_irqs(FolderRoot(folder))
    there = [path for path in folder.glob("proc/irq/*") if path.name.isdecimal()]
    assert len(irqs.irqs) == len(there)
    for irq in irqs.irqs:
        assert isinstance(irq.wished, Present), irq
        assert isinstance(irq.effective, Present), irq
        assert irq.actions is not None
        assert irq.device is None or (irq.chip is not None and irq.chip.endswith(irq.device))
    if (folder / "proc/interrupts").exists():
        assert isinstance(irqs.interrupts, Present)
        assert irqs.counted_cpus
        assert not irqs.problems
    else:
        assert isinstance(irqs.interrupts, Absent)
        assert not irqs.interrupts.certain


def test_every_irq_that_came_is_in_the_folder_of_a_recorded_machine() -> None:
    irqs = read_irqs(FolderRoot(recorded.folder("cnto--master.internal")))
    assert len(irqs.irqs) == 1874
    assert len(irqs.counted_cpus) == 112
    numbers = {irq.number for irq in irqs.irqs}
    assert isinstance(irqs.interrupts, Present)
    assert sum(irq.counts is not None for irq in irqs.irqs) == irqs.interrupts.value
    assert len(numbers) == 1874


def only(tmp_path: Path, files: dict[str, bytes | str]) -> Irq:
    (irq,) = read_irqs(plant(tmp_path, files)).irqs
    return irq


def test_the_mask_where_there_is_no_list(tmp_path: Path) -> None:
    irq = only(tmp_path, {"/proc/irq/9/smp_affinity": b"0000,0000000c\n", "/proc/irq/9/effective_affinity": b"4\n\0"})
    assert value_of(irq.wished) == CpuSet([2, 3])
    assert value_of(irq.effective) == CpuSet([2])


def test_a_malformed_list_does_not_hide_behind_the_mask(tmp_path: Path) -> None:
    irq = only(tmp_path, {"/proc/irq/9/smp_affinity": b"c\n", "/proc/irq/9/smp_affinity_list": b"2-1444444444444\n"})
    assert isinstance(irq.wished, Malformed)


def test_an_irq_without_a_row_has_no_handler(tmp_path: Path) -> None:
    irq = only(tmp_path, {"/proc/irq/9/node": b"-1\n", "/proc/interrupts": HEADER})
    assert irq.actions == ()
    assert irq.node == Present(None, irq.node.source)


def test_handlers_come_from_sysfs_where_the_table_is_missing(tmp_path: Path) -> None:
    irq = only(
        tmp_path,
        {
            "/proc/irq/9/node": b"0\n",
            "/sys/kernel/irq/9/actions": b"a,b\n",
            "/sys/kernel/irq/9/chip_name": b"PCI-MSIX-10000:e1:00.0\n",
            "/sys/kernel/irq/9/hwirq": b"7\n",
            "/sys/kernel/irq/9/name": b"edge\n",
        },
    )
    assert (irq.actions, irq.chip, irq.hwirq, irq.flow) == (("a", "b"), "PCI-MSIX-10000:e1:00.0", 7, "edge")
    assert irq.device == "10000:e1:00.0"


def test_an_irq_of_which_nothing_tells_has_unknown_handlers(tmp_path: Path) -> None:
    assert only(tmp_path, {"/proc/irq/9/node": b"0\n"}).actions is None


def test_debugfs_tells_what_is_managed(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {f"/proc/irq/{number}/smp_affinity_list": b"0-1\n" for number in (8, 9)}
    files["/sys/kernel/debug/irq/irqs/8"] = b"handler:  handle_edge_irq\ndstate:   0x1\n            IRQD_ACTIVATED\n"
    files["/sys/kernel/debug/irq/irqs/9"] = b"dstate:   0x1\n            IRQD_AFFINITY_MANAGED\n"
    managed = [value_of(irq.managed) for irq in read_irqs(plant(tmp_path, files)).irqs]
    assert managed == [False, True]


def test_strange_numbers_are_told_and_left_out(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "/proc/irq/9/node": b"0\n",
        "/proc/irq/99999/node": b"0\n",
        "/proc/irq/9\x1b[31m/node": b"0\n",
        "/proc/interrupts": HEADER + b"no row\n" * 20,
    }
    irqs = read_irqs(plant(tmp_path, files))
    assert [irq.number for irq in irqs.irqs] == [9]
    assert [problem.text for problem in irqs.problems] == [
        "not a row: no row",
        "12 more lines are not rows",
        "IRQs from 65536 on are left out: 1",
    ]


def test_a_host_without_irqs(tmp_path: Path) -> None:
    irqs = read_irqs(plant(tmp_path, {}))
    assert irqs.irqs == ()
    assert isinstance(irqs.folder, Absent)


@requires("root")
def test_what_is_denied_says_what_it_needs(tmp_path: Path) -> None:
    class Guarded(FolderRoot):
        def read(self, path: str, limit: int = 1 << 20) -> bytes:
            assert limit > 0
            raise PermissionError(13, "Permission denied", path)

    plant(tmp_path, {"/proc/irq/9/smp_affinity_list": b"0\n"})
    (irq,) = read_irqs(Guarded(tmp_path)).irqs
    assert isinstance(irq.wished, Denied)
    assert irq.wished.needs


KNOWN = [b"0-3\n", b"-1\n", HEADER, HEADER + b" 9: 1 2 chip 3-edge x, y\n"]
TEXTS = st.binary(max_size=20) | st.sampled_from(KNOWN)
OF_IRQ = ["smp_affinity", "smp_affinity_list", "node", "effective_affinity_list"]
NAMES = st.sampled_from(["interrupts", "irq/default_smp_affinity", *(f"irq/9/{name}" for name in OF_IRQ)])


@given(files=st.dictionaries(NAMES, TEXTS, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_tree_makes_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    irqs = read_irqs(plant(tmp_path_factory.mktemp("tree"), {f"/proc/{name}": text for name, text in files.items()}))
    assert {irq.number for irq in irqs.irqs} == ({9} if any("irq/9" in name for name in files) else set())
