from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.cpuinfo import Processor, parse_cpuinfo, parse_cpuinfo_fields

X86 = b"""processor\t: 16
model name\t: A processor : 99
physical id\t: 1
core id\t\t: 0
apicid\t\t: 16

processor\t: 17
physical id\t: 1
core id\t\t: 3

"""
ARM = b"Processor\t: ARMv7 rev 4\nprocessor\t: 0\nBogoMIPS\t: 1.0\n\nprocessor\t: 1\n\nHardware\t: X\n"
S390 = b"# processors    : 2\nprocessor 0: version = FF,  machine = 2097\nprocessor 1: version = FF\n"
ALPHA = b"cpu\t\t\t: Alpha\ncpus detected\t\t: 3\n"


def test_each_architecture_lists_its_processors_in_its_way() -> None:
    assert parse_cpuinfo(X86) == (Processor(16, 1, 0), Processor(17, 1, 3))
    assert parse_cpuinfo(ARM) == (Processor(0, None, None), Processor(1, None, None))
    assert parse_cpuinfo(S390) == (Processor(0, None, None), Processor(1, None, None))
    assert parse_cpuinfo(ALPHA) == ()


def test_a_number_is_of_its_own_processor_only() -> None:
    text = b"processor : 0\n\nprocessor : 1\nphysical id : 4\n"
    assert parse_cpuinfo(text) == (Processor(0, None, None), Processor(1, 4, None))


@pytest.mark.parametrize("text", [b"processor : 65536", b"processor : 99999999999999999999999"])
def test_a_number_that_no_processor_has_is_refused(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_cpuinfo(text)


pieces = st.sampled_from([*X86.splitlines(), *S390.splitlines(), b"", b"processor : x", b"\xff\0"])


@given(st.binary(max_size=80) | st.lists(pieces, max_size=12).map(b"\n".join))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(row.number >= 0 for row in parse_cpuinfo(text))


LOONGARCH = b"system type\t: generic\n\nprocessor\t\t: 0\npackage\t\t\t: 0\nFeatures\t: lam ual\n\n"
PPC = b"processor\t: 0\ncpu\t\t: POWER7\n\nprocessor\t: 9\ncpu\t: X\n\ntimebase\t: 512\nmachine\t: CHRP IBM,9\n"
NEW_S390 = S390 + b"\ncpu number      : 0\ncpu MHz dynamic : 5000\n\ncpu number      : 1\ncpu MHz dynamic : 5001\n"
IA64 = b"processor  : 3\ncpu number : 7\ncpu regs   : 4\n"
SPARC = (
    b"cpu\t\t: UltraSparc T1\nCpu0ClkTck\t: 3b9aca00\nCpu12ClkTck\t: 3b9aca00\nState:\nCPU0:\tonline\nCPU12:\tonline\n"
)


def test_all_fields_are_of_their_processor_or_of_the_machine() -> None:
    info = parse_cpuinfo_fields(X86)
    assert info.machine == {}
    assert info.processors[16]["model name"] == "A processor : 99"
    assert info.processors[17] == {"physical id": "1", "core id": "3"}
    info = parse_cpuinfo_fields(ARM)
    assert info.machine == {"Processor": "ARMv7 rev 4", "Hardware": "X"}
    assert info.processors == {0: {"BogoMIPS": "1.0"}, 1: {}}
    info = parse_cpuinfo_fields(LOONGARCH)
    assert info.machine == {"system type": "generic"}
    assert info.processors == {0: {"package": "0", "Features": "lam ual"}}
    info = parse_cpuinfo_fields(PPC)
    assert info.machine == {"timebase": "512", "machine": "CHRP IBM,9"}
    assert list(info.processors) == [0, 9]
    assert parse_cpuinfo_fields(ALPHA).machine == {"cpu": "Alpha", "cpus detected": "3"}


def test_a_key_can_name_its_processor() -> None:
    info = parse_cpuinfo_fields(NEW_S390)
    assert info.machine == {"# processors": "2"}
    assert info.processors[0] == {"version": "FF", "machine": "2097", "cpu MHz dynamic": "5000"}
    assert info.processors[1] == {"version": "FF", "cpu MHz dynamic": "5001"}
    info = parse_cpuinfo_fields(SPARC)
    assert info.processors == {
        0: {"ClkTck": "3b9aca00", "state": "online"},
        12: {"ClkTck": "3b9aca00", "state": "online"},
    }
    assert info.machine == {"cpu": "UltraSparc T1", "State": ""}


def test_a_cpu_number_of_ia64_is_a_field_like_others() -> None:
    assert parse_cpuinfo_fields(IA64).processors == {3: {"cpu number": "7", "cpu regs": "4"}}


@given(hostile.like(X86 + NEW_S390 + SPARC))
@settings(deadline=None)
def test_any_bytes_give_fields_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(number >= 0 for number in parse_cpuinfo_fields(text).processors)


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_cpuinfo, X86)
    hostile.assert_bounded(parse_cpuinfo_fields, X86)


@recorded.each_machine
def test_every_recorded_file_is_understood_and_lists_the_same_processors(machine: str) -> None:
    path = recorded.folder(machine) / "proc/cpuinfo"
    if path.is_file():
        text = path.read_bytes()
        info = parse_cpuinfo_fields(text)
        listed = [processor.number for processor in parse_cpuinfo(text)]
        assert info.unknown == ()
        assert list(info.processors) == listed or not listed
        assert len(info.processors) == int(info.machine.get("ncpus active", len(info.processors)))
