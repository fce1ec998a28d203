"""The CPU lists of the command line: what the kernel takes, and what it refuses."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.boot_cpu_lists import needs_last_cpu, parse_boot_cpu_list, parse_isolcpus
from bedplate.values.idset import CpuSet


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("2-3", "2-3"),
        ("1,2,10-12", "1-2,10-12"),
        ("", ""),
        (",,3,", "3"),
        ("0-11:2/4", "0-1,4-5,8-9"),
        ("0-N:1/2", "0,2,4,6"),
        ("0-7:1/N", "0,7"),
        ("N", "7"),
        ("all", "0-7"),
        ("ALL", "0-7"),
        ("all:1/2", "0,2,4,6"),
        ("4-N", "4-7"),
    ],
)
def test_what_the_kernel_takes(text: str, cpus: str) -> None:
    assert parse_boot_cpu_list(text, 7) == CpuSet.from_list(cpus)


@pytest.mark.parametrize(
    "text", ["3-1", "a", "2-", "-2", "0x3", "1;2", "0-8:2", "3:1/2", "0-3:3/2", "0-3:1/0", "n", "'2-3'"]
)
def test_what_the_kernel_refuses(text: str) -> None:
    with pytest.raises(ParseError):
        parse_boot_cpu_list(text, 7)


def test_the_last_cpu_must_be_known_where_the_list_names_it() -> None:
    assert [needs_last_cpu(text) for text in ("2-3", "2-N", "ALL", "small")] == [False, True, True, False]
    with pytest.raises(ParseError, match="not known here"):
        parse_boot_cpu_list("2-N", None)


def test_flags_of_isolcpus() -> None:
    # An unknown flag, among them managed_irq, once ended the program.
    assert parse_isolcpus("nohz,domain,managed_irq,2-3", 7)[:2] == (("nohz", "domain", "managed_irq"), ())
    assert parse_isolcpus("2-3", 7) == (("domain",), (), CpuSet([2, 3]))
    assert parse_isolcpus("managed_irq,2-3", 7).flags == ("managed_irq",)
    assert parse_isolcpus("sparkling,nohz,2", 7) == (("nohz",), ("sparkling",), CpuSet([2]))


@pytest.mark.parametrize("text", ["all", "N", "domain", "managed_irq", "no3hz,2", "domain,all", "2-3,domain"])
def test_isolcpus_takes_letters_for_flags(text: str) -> None:
    with pytest.raises(ParseError):
        parse_isolcpus(text, 7)


def test_isolcpus_without_a_list_isolates_nothing() -> None:
    assert parse_isolcpus("", 7).cpus == CpuSet()
    assert parse_isolcpus("domain,", 7).cpus == CpuSet()


@given(st.text('0123-,:/N all_domainzq="', max_size=30))
def test_any_text(text: str) -> None:
    for parse in (parse_boot_cpu_list, parse_isolcpus):
        for last in (None, 7):
            with contextlib.suppress(ParseError):
                parse(text, last)
