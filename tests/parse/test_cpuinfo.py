from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.cpuinfo import Processor, parse_cpuinfo

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
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(row.number >= 0 for row in parse_cpuinfo(text))
