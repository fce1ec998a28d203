from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.interrupts import Source, parse_interrupts, parse_source

SMALL = b"""            CPU0       CPU2       CPU5
   0:         49          0          0   IO-APIC   2-edge      timer
  24:          0          0          7   PCI-MSI 114688-edge      virtio5-config
 NMI:          1          2          3   Non-maskable interrupts
 ERR:          4
FIQ:              usb_fiq
"""


def test_columns_are_the_cpus_of_the_header() -> None:
    table = parse_interrupts(SMALL)
    assert table.cpus == (0, 2, 5)
    assert table.irqs[24].counts == (0, 0, 7)
    assert [(row.label, row.counts, row.text) for row in table.others] == [
        (b"NMI", (1, 2, 3), b"Non-maskable interrupts"),
        (b"ERR", (4,), b""),
        (b"FIQ", (), b"usb_fiq"),
    ]
    assert table.unknown == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"IO-APIC   2-edge      timer", Source(b"IO-APIC", 2, b"edge", (b"timer",))),
        (b"PCI-MSIX-0000:b1:00.0   1-edge  nvme0q1", Source(b"PCI-MSIX-0000:b1:00.0", 1, b"edge", (b"nvme0q1",))),
        (b"IR-PCI-MSI 124-edge     PCIe PME, pciehp", Source(b"IR-PCI-MSI", 124, b"edge", (b"PCIe PME", b"pciehp"))),
        (b"GICv3  30 Level     arch_timer", Source(b"GICv3", 30, b"Level", (b"arch_timer",))),
        (b"IO-APIC-edge      timer", Source(b"IO-APIC-edge", None, None, (b"timer",))),
        (b"XT-PIC  2", Source(b"XT-PIC", 2, None, ())),
        (b"IO-APIC   9-fasteoi   acpi", Source(b"IO-APIC", 9, b"fasteoi", (b"acpi",))),
        (b"intc  3-  x", Source(b"intc", 3, None, (b"x",))),
        (b"dummy  99999999999999999999-edge  x", Source(b"dummy", None, None, (b"99999999999999999999-edge  x",))),
        (b"GICv3  30  Levelled", Source(b"GICv3", 30, None, (b"Levelled",))),
        (b"", Source(None, None, None, ())),
        (b"-  edge", Source(None, None, None, (b"edge",))),
    ],
)
def test_what_stands_behind_the_counts(text: bytes, expected: Source) -> None:
    assert parse_source(text) == expected


def test_a_truncated_row_has_fewer_counts() -> None:
    assert parse_interrupts(SMALL[: SMALL.index(b"7   PCI")]).irqs[24].counts == (0, 0)


def test_a_row_of_more_counts_than_columns_keeps_them_as_text() -> None:
    assert parse_interrupts(b"CPU0\n 1: 2 3 4 chip\n").irqs[1] == (b"1", (2,), b"3 4 chip")


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"CPU\n", b"CPU0 CPU0\n", b"CPU99999\n", b"CPU0 x\n", b"CPU0\n1: " + b"9" * 21 + b"\n"]
)
def test_what_is_no_table(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_interrupts(text)


def test_a_line_without_a_label_is_kept() -> None:
    assert parse_interrupts(b"CPU0\nhello\n 1: 2\n: 3\n").unknown == (b"hello", b": 3")


def test_a_large_machine_is_parsed_fast() -> None:
    """512 CPUs and 2,000 IRQs; a bound that only a quadratic parser would miss."""
    cpus = range(512)
    row = b"".join(b"%11d" % (cpu * 7) for cpu in cpus)
    text = b" ".join(b"CPU%d" % cpu for cpu in cpus) + b"\n"
    text += b"".join(b"%4d:%s  IR-PCI-MSI %d-edge  eth%d\n" % (irq, row, irq, irq) for irq in range(2000))
    began = time.process_time()
    table = parse_interrupts(text)
    assert time.process_time() - began < 5
    assert len(table.irqs) == 2000
    assert sum(table.irqs[1999].counts) == sum(cpu * 7 for cpu in cpus)


def test_this_machine() -> None:
    table = parse_interrupts(Path("/proc/interrupts").read_bytes())
    assert not table.unknown
    online = Path("/sys/devices/system/cpu/online").read_text().strip()
    assert str(table.cpus[0]) == online.replace("-", ",").split(",")[0]
    for number, row in table.irqs.items():
        assert len(row.counts) == len(table.cpus)
        told = Path(f"/sys/kernel/irq/{number}")
        if told.is_dir():
            source = parse_source(row.text)
            assert b",".join(source.actions).decode() == (told / "actions").read_text().strip()
            assert source.chip is not None
            assert source.chip.decode() == (told / "chip_name").read_text().strip()
            assert str(source.hwirq) == (told / "hwirq").read_text().strip()


LINES = st.from_regex(rb"[ ]{0,3}[0-9A-Z]{0,4}:?[ 0-9]{0,20}[-a-zA-Z ,0-9]{0,20}", fullmatch=True) | st.binary(
    max_size=30
)


@given(cpus=st.integers(0, 4), lines=st.lists(LINES, max_size=8))
def test_any_bytes_give_a_value_or_a_parse_error(cpus: int, lines: list[bytes]) -> None:
    header = b" ".join(b"CPU%d" % cpu for cpu in range(cpus))
    try:
        table = parse_interrupts(b"\n".join([header, *lines]))
    except ParseError:
        return
    for row in (*table.irqs.values(), *table.others):
        assert len(row.counts) <= cpus
        parse_source(row.text)


@given(cpus=st.sets(st.integers(0, 600), min_size=1, max_size=6), data=st.data())
def test_what_is_written_is_read_again(cpus: set[int], data: st.DataObject) -> None:
    counts = st.lists(st.integers(0, 2**64 - 1), min_size=len(cpus), max_size=len(cpus))
    rows = data.draw(st.dictionaries(st.integers(0, 99999), counts, max_size=6))
    text = b" ".join(b"CPU%d" % cpu for cpu in sorted(cpus)) + b"\n"
    for number, values in rows.items():
        text += b"%3d: %s   IO-APIC   2-edge      timer\n" % (number, b" ".join(b"%10d" % value for value in values))
    table = parse_interrupts(text)
    assert {number: list(row.counts) for number, row in table.irqs.items()} == rows
    assert table.cpus == tuple(sorted(cpus))
