from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands
from tests.processes import HOSTILE_NAMES, calling_itself, every, read

from bedplate.errors import ParseError
from bedplate.parse.comm import escape_name, parse_comm, render_comm, unescape_name
from bedplate.parse.pid_status import parse_pid_status


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_trap_02_a_name_is_the_bytes_that_the_task_chose(name: bytes) -> None:
    with calling_itself(name) as pid:
        raw = read(pid, "comm")
        assert raw is not None
        assert parse_comm(raw) == name[:15]


def test_trap_03_names_longer_than_15_bytes_are_read() -> None:
    assert max(len(parse_comm(raw)) for _, raw in every("comm")) > 15
    assert len(parse_comm(b"x" * 63 + b"\n")) == 63


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_trap_04_status_escapes_what_comm_does_not(name: bytes) -> None:
    with calling_itself(name) as pid:
        comm, status = read(pid, "comm"), read(pid, "status")
    assert comm is not None
    assert status is not None
    line = status.partition(b"\n")[0].removeprefix(b"Name:\t")
    assert unescape_name(line) == parse_comm(comm) == parse_pid_status(status).name
    assert escape_name(name[:15]) == line


def test_trap_04_the_two_forms_differ() -> None:
    assert escape_name(b"a\\n\nb") == b"a\\\\n\\nb"
    assert unescape_name(b"a\\\\n\\nb") == b"a\\n\nb"
    assert unescape_name(b"a\\x\\") == b"a\\x\\"


@given(st.binary())
def test_a_name_comes_back_from_its_escaped_form(name: bytes) -> None:
    assert unescape_name(escape_name(name)) == name
    assert b"\n" not in escape_name(name)


@given(st.binary(max_size=64))
def test_a_rendered_name_is_parsed_to_itself(name: bytes) -> None:
    assert parse_comm(render_comm(name)) == name


@pytest.mark.parametrize("raw", [b"", b"cat", b"x" * 5000 + b"\n"])
def test_what_is_cut_off_or_too_long_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_comm(raw)


@given(mangled(b"cat\n", b"a\nb\n"))
def test_any_bytes_give_a_name_or_parse_error(raw: bytes) -> None:
    stands(parse_comm, raw)


def test_this_process_agrees_with_itself() -> None:
    assert parse_comm(Path("/proc/self/comm").read_bytes()) == parse_comm(
        Path("/proc/thread-self/comm").read_bytes()
    ), "the first thread runs the tests"
