from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands
from tests.processes import every

from bedplate.errors import ParseError
from bedplate.parse.autogroup import Autogroup, parse_autogroup, render_autogroup

GROUPS = st.none() | st.builds(Autogroup, st.integers(0, 2**63 - 1), st.integers(-20, 19))


def test_every_process_here_is_in_one_or_in_none() -> None:
    groups = {parse_autogroup(raw) for _, raw in every("autogroup")}
    assert groups <= {None} or any(group is not None and group.nice == 0 for group in groups)


def test_a_new_session_is_a_group_of_its_own() -> None:
    ours, theirs = (
        parse_autogroup(
            subprocess.run(
                ["cat", "/proc/self/autogroup"], stdout=subprocess.PIPE, check=True, start_new_session=session
            ).stdout
        )
        for session in (False, True)
    )
    if theirs is None:
        pytest.skip("needs a kernel with CONFIG_SCHED_AUTOGROUP")
    assert ours != theirs


@given(GROUPS)
def test_a_rendered_group_is_parsed_to_itself(group: Autogroup | None) -> None:
    assert parse_autogroup(render_autogroup(group)) == group


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"/autogroup-10 nice 0",
        b"/autogroup-10 nice 20\n",
        b"/autogroup-10 nice -21\n",
        b"/autogroup--1 nice 0\n",
        b"/autogroup-10 nice\n",
        b"/autogroup-10 nice 0\n\n",
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_autogroup(raw)


@given(mangled(b"/autogroup-10 nice 0\n"))
def test_any_bytes_give_a_group_or_parse_error(raw: bytes) -> None:
    stands(parse_autogroup, raw)
