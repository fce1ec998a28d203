"""Files of sysctl.d, line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.sysctl_conf import Assignment, dotted, parse_sysctl_conf


def assigned(text: bytes) -> list[tuple[str, str | None]]:
    return [(one.key, one.value) for one in parse_sysctl_conf(text).assignments]


def test_a_file() -> None:
    text = b"# comment\n; another\n\n  vm.swappiness=10\nkernel/sysrq = 1 \r\n-kernel.core_pattern = |/x %p = 1\n"
    found = parse_sysctl_conf(text)
    assert found.assignments == (
        Assignment("vm.swappiness", "10", 4, (21, 39), False),
        Assignment("kernel.sysrq", "1", 5, (40, 58), False),
        Assignment("kernel.core_pattern", "|/x %p = 1", 6, (59, 92), True),
    )
    assert not found.broken
    assert [text[slice(*one.span)].strip().split()[0] for one in found.assignments] == [
        b"vm.swappiness=10", b"kernel/sysrq", b"-kernel.core_pattern",
    ]  # fmt: skip


def test_only_a_whole_line_is_a_comment() -> None:
    assert assigned(b"vm.swappiness = 10 # low\n") == [("vm.swappiness", "10 # low")]


def test_an_exception_from_patterns() -> None:
    (star, hole) = parse_sysctl_conf(b"net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n").assignments
    assert star.pattern
    assert (hole.key, hole.value, hole.optional, hole.pattern) == ("net.ipv4.conf.all.rp_filter", None, True, False)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("vm.swappiness", "vm.swappiness"),
        ("vm/swappiness", "vm.swappiness"),
        ("net.ipv4.conf.enp3s0/200.forwarding", "net.ipv4.conf.enp3s0/200.forwarding"),
        ("net/ipv4/conf/enp3s0.200/forwarding", "net.ipv4.conf.enp3s0/200.forwarding"),
        ("/vm/swappiness", "vm.swappiness"),
        ("word", "word"),
    ],
)
def test_dots_and_slashes(written: str, key: str) -> None:
    """The examples are those of sysctl.d(5)."""
    assert dotted(written) == key
    assert assigned(f"{written}=1".encode()) == [(key, "1")]


@pytest.mark.parametrize("text", [b"vm.swappiness", b"= 1", b"-", b"-=1", b"what is this"])
def test_a_line_that_sets_nothing(text: bytes) -> None:
    found = parse_sysctl_conf(b"\n" + text + b"\nvm.swappiness=1\n")
    assert [one.line for one in found.broken] == [2]
    assert assigned(text + b"\nvm.swappiness=1\n") == [("vm.swappiness", "1")]


def test_an_empty_value_is_a_value() -> None:
    assert assigned(b"kernel.modprobe =\n") == [("kernel.modprobe", "")]


def test_bounded() -> None:
    with pytest.raises(ParseError):
        parse_sysctl_conf(b"#" * ((1 << 20) + 1))


@given(st.binary(max_size=400) | st.text("ab./-=*# \n", max_size=60).map(str.encode))
def test_any_bytes_are_lines(data: bytes) -> None:
    found = parse_sysctl_conf(data)
    lines = [one.line for one in found.assignments] + [one.line for one in found.broken]
    assert len(lines) == len(set(lines))
    for one in found.assignments:
        assert one.key
        assert data.split(b"\n")[one.line - 1] == data[slice(*one.span)]
        assert one.value is None or "\n" not in one.value


PARTS = st.text("abcxyz_-0", min_size=1, max_size=6).filter(lambda part: not part.startswith("-"))


@given(st.lists(st.tuples(st.lists(PARTS, min_size=2, max_size=4), st.integers()), max_size=6), st.sampled_from("./"))
def test_what_was_written_comes_back(settings: list[tuple[list[str], int]], separator: str) -> None:
    text = "".join(f"{separator.join(parts)} = {value}\n" for parts, value in settings)
    assert assigned(text.encode()) == [(".".join(parts), str(value)) for parts, value in settings]
