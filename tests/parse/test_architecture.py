from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.host.constants import architecture_name
from bedplate.parse.architecture import parse_cpuinfo_architecture, parse_release_architecture

X86 = b"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n%swp\t\t: yes\nflags\t\t: fpu lm\n\n"

CASES = {
    X86 % b"": "x86_64",
    X86 % b"fdiv_bug\t: no\n": "x86",
    b"processor : 0\nvendor : GenuineIntel\narch : IA-64\n": "ia64",
    b"Features\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\n": "aarch64",
    b"Features\t: half thumb neon\nCPU implementer\t: 0x41\nCPU architecture: 7\n": "arm",
    b"Features\t: half thumb neon\nCPU implementer\t: 0x41\nCPU architecture: 8\n": None,
    b"cpu\t\t: POWER7 (architected)\nrevision\t: 2.1 (pvr 003f 0201)\n": "ppc64",
    b"cpu\t\t: POWER8E (raw)\nrevision\t: 2.1 (pvr 004b 0201)\n": None,
    b"cpu\t\t: 740/750\nrevision\t: 3.1 (pvr 0008 0301)\n": "ppc",
    b"vendor_id       : IBM/S390\nfeatures\t: esan3 zarch stfle\n": "s390x",
    b"vendor_id       : IBM/S390\nfeatures\t: esan3\n": None,
    b"cpu\t\t\t: Alpha\ncpu model\t\t: EV68CB\n": "alpha",
    b"cpu\t\t: UltraSparc T1 (Niagara)\ntype\t\t: sun4v\n": "sparc64",
    b"processor\t: 0\nhart\t: 0\nisa\t\t: rv64imafdc\n": "riscv64",
    b"processor\t: 0\nhart\t: 0\nisa\t\t: rv32imac\n": None,
    b"CPU Family\t\t: Loongson-64bit\nISA\t\t\t: loongarch32 loongarch64\n": "loongarch64",
    b"": None,
}


@pytest.mark.parametrize("text", CASES)
def test_what_a_kernel_of_one_architecture_alone_prints(text: bytes) -> None:
    assert parse_cpuinfo_architecture(text) == CASES[text]


def test_this_kernel() -> None:
    machine = architecture_name(Path("/proc/sys/kernel/arch").read_text().strip())
    assert parse_cpuinfo_architecture(Path("/proc/cpuinfo").read_bytes()) in (machine, None)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        (b"6.1.0-13-amd64\n", "x86_64"),
        (b"5.14.0-427.el9_4.x86_64", "x86_64"),
        (b"4.18.0-305.el8.ppc64le", "ppc64le"),
        (b"6.6.0-arm64", "aarch64"),
        (b"6.18.44-fc-v657", None),
        (b"3.0-amd64x", None),
        (b"", None),
    ],
)
def test_releases(release: bytes, name: str | None) -> None:
    assert parse_release_architecture(release) == name


@given(st.binary() | st.text("cpu :\nwpfamily0x", max_size=200).map(str.encode))
def test_any_bytes_give_a_name_or_none(text: bytes) -> None:
    parse_cpuinfo_architecture(text)
    parse_release_architecture(text)


def test_hostile_lines_take_no_time() -> None:
    began = time.process_time()
    for text in (
        b" " * (1 << 20),
        b"a:" * (1 << 19),
        b"\n" * (1 << 20),
        b"cpu" + b"\t" * (1 << 20),
        b"-amd6" * 100_000,
    ):
        parse_cpuinfo_architecture(text)
        parse_release_architecture(text)
    assert time.process_time() - began < 2
