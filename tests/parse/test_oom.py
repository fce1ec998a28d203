from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands
from tests.processes import every, read, zombie

from bedplate.errors import ParseError
from bedplate.parse.oom import (
    OOM_SCORE_ADJ_MAX,
    OOM_SCORE_ADJ_MIN,
    oom_adj_of,
    parse_oom_adj,
    parse_oom_score,
    parse_oom_score_adj,
    render_oom_score_adj,
)


def test_every_process_here_has_a_score_and_the_old_adjustment_that_follows_from_the_new() -> None:
    for pid, raw in every("oom_score_adj"):
        old, score = read(pid, "oom_adj"), read(pid, "oom_score")
        if old is not None and score is not None:
            assert parse_oom_adj(old) == oom_adj_of(parse_oom_score_adj(raw))
            assert 0 <= parse_oom_score(score) <= 2000


def test_the_kernel_scales_every_adjustment_so() -> None:
    # Lowering it takes CAP_SYS_RESOURCE, which root in a container may lack: what is refused is not shown.
    wanted = [-1000, -999, -942, -500, -1, 0, 1, 58, 59, 500, 941, 942, 999, 1000]
    script = "for adj; do echo $adj 2>/dev/null >/proc/self/oom_score_adj && echo $adj `cat /proc/self/oom_adj`; done"
    argv = ["sh", "-c", script, "sh", *map(str, wanted)]
    shown = subprocess.run(argv, capture_output=True, check=False).stdout.splitlines()
    assert len(shown) >= 9
    for line in shown:
        score_adj, adj = map(int, line.split())
        assert oom_adj_of(score_adj) == adj


def test_a_zombie_has_a_score_of_zero_like_all_without_an_address_space() -> None:
    with zombie() as pid:
        raw = read(pid, "oom_score")
    assert raw is not None
    assert parse_oom_score(raw) == 0


@given(st.integers(OOM_SCORE_ADJ_MIN, OOM_SCORE_ADJ_MAX))
def test_a_rendered_adjustment_is_parsed_to_itself(score_adj: int) -> None:
    assert parse_oom_score_adj(render_oom_score_adj(score_adj)) == score_adj
    assert -17 <= oom_adj_of(score_adj) <= 15


@pytest.mark.parametrize("score_adj", [-1001, 1001, 10**30])
def test_an_adjustment_outside_of_the_range_is_not_rendered(score_adj: int) -> None:
    with pytest.raises(ParseError):
        render_oom_score_adj(score_adj)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"0",
        b"-\n",
        b"--1\n",
        b"+1\n",
        b"1_0\n",
        b" 1\n",
        b"1001\n",
        b"-1001\n",
        b"1 2\n",
        b"9" * 30 + b"\n",
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_oom_score_adj(raw)
    with pytest.raises(ParseError):
        parse_oom_adj(raw)


@pytest.mark.parametrize("raw", [b"", b"\n", b"0", b"-1\n", b"9" * 30 + b"\n"])
def test_a_score_is_a_number_from_zero(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_oom_score(raw)


@given(mangled(b"666\n", b"-1000\n"))
def test_any_bytes_give_a_number_or_parse_error(raw: bytes) -> None:
    for parse in (parse_oom_score, parse_oom_score_adj, parse_oom_adj):
        stands(parse, raw)
