from __future__ import annotations

import resource
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import every, read, sleeping
from tests.recorded import folder

from bedplate.errors import ParseError
from bedplate.parse.pid_limits import UNLIMITED, Limit, parse_pid_limits

SAMPLE = (
    b"Limit                     Soft Limit           Hard Limit           Units     \n"
    b"Max cpu time              unlimited            unlimited            seconds   \n"
    b"Max locked memory         18446744073708503040 18446744073708503041 bytes     \n"
    b"Max open files            1024                 unlimited            files     \n"
    b"Max nice priority         0                    0                    \n"
)


def test_the_columns() -> None:
    limits = parse_pid_limits(SAMPLE)
    assert limits.cpu == Limit("Max cpu time", UNLIMITED, UNLIMITED, "seconds")
    assert limits.memlock == Limit("Max locked memory", 18446744073708503040, 18446744073708503041, "bytes")
    assert limits.nofile == Limit("Max open files", 1024, UNLIMITED, "files")
    assert limits.nice == Limit("Max nice priority", 0, 0, "")
    assert limits.rttime is None
    assert [limit.name for limit in limits][1:3] == ["Max locked memory", "Max open files"]


def test_a_limit_of_a_later_kernel_is_kept() -> None:
    later = parse_pid_limits(
        SAMPLE + b"Max patience              3                    4                    days      \n"
    )
    assert list(later)[-1] == later.limit("Max patience") == Limit("Max patience", 3, 4, "days")


def test_no_limit_is_no_number() -> None:
    limits = parse_pid_limits(SAMPLE)
    assert limits.cpu is not None
    assert not isinstance(limits.cpu.soft, int)


def test_this_process_agrees_with_getrlimit() -> None:
    limits = parse_pid_limits(Path("/proc/self/limits").read_bytes())
    kinds = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    names = {"as": "address_space", "ofile": "nofile"}
    agreed = 0
    for kind in kinds:
        short = kind.removeprefix("RLIMIT_").lower()
        limit = getattr(limits, names.get(short, short), None)
        if limit is not None:
            bounds = resource.getrlimit(getattr(resource, kind))
            assert bounds == tuple(-1 if bound is UNLIMITED else bound for bound in (limit.soft, limit.hard))
            agreed += 1
    assert agreed >= 12


def test_a_process_agrees_with_psutil() -> None:
    with sleeping() as pid:
        raw = read(pid, "limits")
        assert raw is not None
        limit = parse_pid_limits(raw).nofile
        assert limit is not None
        shown = psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE)
    assert shown == tuple(-1 if bound is UNLIMITED else bound for bound in (limit.soft, limit.hard))


def test_every_process_here_has_the_sixteen_limits() -> None:
    for _, raw in every("limits"):
        limits = parse_pid_limits(raw)
        assert len(list(limits)) == 16
        assert None not in (limits.cpu, limits.nice, limits.rtprio, limits.rttime, limits.sigpending)


def test_the_recorded_fixtures_without_white_space_at_the_ends() -> None:
    limits = parse_pid_limits((folder("procfs--fixtures") / "proc/26231/limits").read_bytes())
    assert limits.memlock == Limit("Max locked memory", 18446744073708503040, 18446744073708503040, "bytes")
    assert limits.rtprio == Limit("Max realtime priority", 0, 0, "")


@pytest.mark.parametrize("raw", [b"", b"\n", SAMPLE[:-1], SAMPLE[:80], SAMPLE[79:], b"x" * 79 + b"\n"])
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        list(parse_pid_limits(raw))


@pytest.mark.parametrize("text", [b"-1  ", b"    ", b"1_0 ", b"unl ", b"0x10"])
def test_a_bound_that_is_none_is_refused_when_it_is_asked_for(text: bytes) -> None:
    limits = parse_pid_limits(SAMPLE.replace(b"1024", text))
    assert limits.cpu is not None
    with pytest.raises(ParseError):
        _ = limits.nofile


@given(mangled(SAMPLE))
def test_any_bytes_give_limits_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_limits, raw)
