"""The names of kernel parameters, and which typo is meant for which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bedplate.facts.kernel_parameters import (
    cumulative_parameters,
    field_parameters,
    known_parameters,
    near_parameter,
    user_space_words,
)
from bedplate.parse.cmdline import parse_cmdline


def test_names_are_as_the_kernel_compares_them() -> None:
    for names in (field_parameters(), known_parameters(), user_space_words(), cumulative_parameters()):
        assert not [name for name in names if "-" in name or not re.fullmatch(r"[A-Za-z][\w.]*", name)]
    assert field_parameters() < known_parameters()


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("isolcpu", "isolcpus"),
        ("isol_cpus", "isolcpus"),
        ("nohzfull", "nohz_full"),
        ("rcu_nocb", "rcu_nocbs"),
        ("hugepages_z", "hugepagesz"),
        ("default_hugepages", "default_hugepagesz"),
        ("transparent_hugepages", "transparent_hugepage"),
        ("numa_balance", "numa_balancing"),
        ("skewtick", "skew_tick"),
        ("intel_idle.max_cstates", "intel_idle.max_cstate"),
    ],
)
def test_typos(typo: str, meant: str) -> None:
    assert near_parameter(typo) == meant


@pytest.mark.parametrize("name", ["rhgb", "splash", "BOOT_IMAGE", "LANG", "deferred_init", "nested_pvm", "mem", "xyz"])
def test_what_is_no_typo(name: str) -> None:
    assert near_parameter(name) is None


def test_no_known_name_is_a_typo_of_another() -> None:
    assert not [name for name in known_parameters() | user_space_words() if near_parameter(name)]


def test_this_hosts_words_are_no_typos() -> None:
    line = parse_cmdline(Path("/proc/cmdline").read_bytes())
    assert not [one.raw_name for one in line.parameters if near_parameter(one.name)]


@pytest.mark.parametrize(("name", "near"), [("ISOLCPUS", "isolcpus"), ("Nohz_Full", "nohz_full"), ("LANG", None)])
def test_names_in_the_wrong_case(name: str, near: str | None) -> None:
    assert near_parameter(name) == near
