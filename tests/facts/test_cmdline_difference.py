"""How command lines differ in what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.facts.cmdline_difference import Difference, cmdline_difference
from bedplate.parse.cmdline import parse_cmdline
from bedplate.values.idset import CpuSet

EIGHT = CpuSet(range(8))


def difference(first: str, second: str, built_in: str | None = None) -> Difference:
    given = None if built_in is None else parse_cmdline(built_in.encode())
    return cmdline_difference(parse_cmdline(first.encode()), parse_cmdline(second.encode()), EIGHT, given)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a b=1", "b=1 a"),
        ("isolcpus=2,3", "isolcpus=2-3"),
        ("isolcpus=2-3", "isolcpus=domain,2-3"),
        ("isolcpus=nohz,domain,4-N", "isolcpus=domain,nohz,4-7"),
        ("nohz-full=2-3", "nohz_full=2,3"),
        ('a="b"', "a=b"),
        ("BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet", "quiet"),
        ("hugepagesz=2M hugepages=4 quiet", "quiet hugepagesz=2M hugepages=4"),
    ],
)
def test_alike(first: str, second: str) -> None:
    assert not difference(first, second)
    assert not difference(second, first)


def test_different() -> None:
    assert difference("a b=1 c", "a b=2") == Difference(("b=1", "c"), ("b=2",))
    assert difference("isolcpus=2-4", "isolcpus=2-3") == Difference(("isolcpus=2-4",), ("isolcpus=2-3",))
    assert difference("a a", "a") == Difference(("a",), ())


def test_huge_pages_are_pairs_in_order() -> None:
    first, second = "hugepagesz=2M hugepages=4 hugepagesz=1G hugepages=1", "hugepagesz=1G hugepages=4 hugepages=1"
    assert difference(first, second) == Difference((first,), (second,))


def test_what_the_kernel_was_built_with_may_be_in_either() -> None:
    assert not difference("mitigations=auto quiet", "quiet", "mitigations=auto")
    assert difference("mitigations=off quiet", "quiet", "mitigations=auto").only_first == ("mitigations=off",)


@given(st.text('ab =-_isolcpus0,"', max_size=30))
def test_a_line_is_like_itself(text: str) -> None:
    assert not difference(text, text)
