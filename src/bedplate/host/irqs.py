"""Reads the interrupts of a host from /proc/irq and /proc/interrupts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bedplate.facts.irqs import Irq, Irqs, Summary
from bedplate.host.attributes import Attributes
from bedplate.parse.interrupts import Interrupts, Row, parse_interrupts, parse_source
from bedplate.parse.pci import parse_node
from bedplate.values.escape import decoded
from bedplate.values.idset import NUMBER_LIMIT, CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

_IRQ = "/proc/irq"
_INTERRUPTS = "/proc/interrupts"
# A row has 11 bytes for each CPU: 2,900 rows of 1,024 CPUs.
_INTERRUPTS_LIMIT_BYTES = 32 << 20
_KERNEL_IRQ = "/sys/kernel/irq"
_DEBUG = "/sys/kernel/debug/irq/irqs"
_NO_EFFECTIVE = "the interrupt controller of this architecture does not tell (CONFIG_GENERIC_IRQ_EFFECTIVE_AFF_MASK)"
_NO_DEBUG = "debugfs does not hold it (CONFIG_GENERIC_IRQ_DEBUGFS is off, or debugfs is not mounted)"
_DEBUG_NEEDS = "root (debugfs)"
_SHOWN_LINES, _SHOWN_BYTES = 8, 200
# Since "PCI/MSI: Provide IMS and per device domains" (Linux 6.2) the chip of an MSI names its device.
_CHIP_DEVICE = re.compile(r"-([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])$", re.ASCII)

_from_mask = lru_cache(1024)(CpuSet.from_mask)
_from_list = lru_cache(1024)(CpuSet.from_list)


def read_irqs(root: Root) -> Irqs:
    """Return the interrupts; what an ordinary user may not read is denied, and the rest goes on."""
    table = root.reading(_INTERRUPTS, parse_interrupts, limit=_INTERRUPTS_LIMIT_BYTES)
    rows = table.value if isinstance(table, Present) else None
    numbers = root.numbered(_IRQ, "")
    shown = [number for number in numbers if number < NUMBER_LIMIT]
    debug = _debug_folder(root)
    files = Attributes(root)
    irqs = tuple(_irq(files, number, rows, debug) for number in shown)
    _note_table(files, table)
    if len(shown) < len(numbers):
        files.note(_IRQ, f"IRQs from {NUMBER_LIMIT} on are left out: {len(numbers) - len(shown)}")
    return Irqs(
        default_affinity=files.reading(f"{_IRQ}/default_smp_affinity", CpuSet.from_mask, keep=True),
        folder=_folder(root),
        irqs=irqs,
        interrupts=table if not isinstance(table, Present) else Present(len(table.value.irqs), table.source),
        counted_cpus=rows.cpus if rows else (),
        summaries=tuple(_summary(row) for row in rows.others) if rows else (),
        problems=files.problems(),
    )


def _note_table(files: Attributes, table: Reading[Interrupts]) -> None:
    """Note what is wrong with /proc/interrupts, however much that is in few lines."""
    if isinstance(table, Malformed):
        files.note(_INTERRUPTS, table.error)
    elif isinstance(table, Present):
        strange = table.value.unknown
        for line in strange[:_SHOWN_LINES]:
            files.note(_INTERRUPTS, f"not a row: {decoded(line[:_SHOWN_BYTES])}")
        if len(strange) > _SHOWN_LINES:
            files.note(_INTERRUPTS, f"{len(strange) - _SHOWN_LINES} more lines are not rows")


def _folder(root: Root) -> Reading[str]:
    try:
        root.entries(_IRQ)
    except OSError as error:
        return root.missing(_IRQ, error, absent="this kernel shows no IRQs")
    return Present(_IRQ, Source(_IRQ))


def _debug_folder(root: Root) -> Reading[bool] | None:
    """Return why debugfs tells nothing of IRQs, None where it does."""
    try:
        root.entries(_DEBUG)
    except OSError as error:
        return root.missing(_DEBUG, error, absent=_NO_DEBUG, needs=_DEBUG_NEEDS)
    return None


def _irq(files: Attributes, number: int, rows: Interrupts | None, debug: Reading[bool] | None) -> Irq:
    folder = f"{_IRQ}/{number}"
    row = rows.irqs.get(number) if rows else None
    chip, hwirq, flow, actions = _source(files.root, number, rows, row)
    device = _CHIP_DEVICE.search(chip) if chip else None
    return Irq(
        number,
        folder,
        wished=_cpus(files, f"{folder}/smp_affinity", ""),
        effective=_cpus(files, f"{folder}/effective_affinity", _NO_EFFECTIVE),
        node=files.reading(f"{folder}/node", parse_node, absent="CONFIG_NUMA is off"),
        managed=debug or files.root.reading(f"{_DEBUG}/{number}", _is_managed, needs=_DEBUG_NEEDS),
        chip=chip,
        hwirq=hwirq,
        flow=flow,
        actions=actions,
        counts=row.counts if row else None,
        device=device[1] if device else None,
    )


def _cpus(files: Attributes, path: str, absent: str) -> Reading[CpuSet]:
    """Return the set of ``<path>_list``; where there is no such file that of the mask."""
    listed = files.reading(f"{path}_list", _from_list, absent=absent)
    if not isinstance(listed, Absent):
        return listed
    mask = files.reading(path, _from_mask, absent=absent, keep=True)
    return listed if isinstance(mask, Absent) else mask


_Described = tuple[str | None, int | None, str | None, tuple[str, ...] | None]


def _source(root: Root, number: int, rows: Interrupts | None, row: Row | None) -> _Described:
    """Return chip, hwirq, flow and handlers; /proc/interrupts leaves out what has no handler and never came."""
    if row is not None:
        told = parse_source(row.text)
        chip, flow = (None if text is None else decoded(text) for text in (told.chip, told.flow))
        return chip, told.hwirq, flow, tuple(map(decoded, told.actions))
    if rows is not None:
        return None, None, None, ()
    return _from_sysfs(root, f"{_KERNEL_IRQ}/{number}")


def _from_sysfs(root: Root, folder: str) -> _Described:
    """Return the same from /sys/kernel/irq (Linux 4.9), where /proc/interrupts may not be read."""
    texts = [root.reading(f"{folder}/{name}", _line) for name in ("chip_name", "hwirq", "name", "actions")]
    chip, hwirq, flow, actions = (text.value if isinstance(text, Present) else None for text in texts)
    number = int(hwirq) if hwirq and hwirq.isascii() and hwirq.isdecimal() and len(hwirq) < 19 else None
    names = None if actions is None else tuple(name for name in actions.split(",") if name)
    return chip or None, number, flow or None, names


def _line(text: bytes) -> str:
    return decoded(text[:4096]).strip(" \n\0")


def _is_managed(text: bytes) -> bool:
    return b"IRQD_AFFINITY_MANAGED" in text


def _summary(row: Row) -> Summary:
    return Summary(decoded(row.label), decoded(row.text.strip()), row.counts)
