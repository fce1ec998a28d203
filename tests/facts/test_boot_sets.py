"""The CPU sets of command lines, as Linux 6.1 took them on a machine of four CPUs (0-3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.facts.boot_sets import boot_cpu, boot_sets, cpu_list_uses
from bedplate.parse.cmdline import parse_cmdline
from bedplate.values.idset import CpuSet

FOUR = CpuSet(range(4))

# The line; cpu/isolated; "NO_HZ: Full dynticks CPUs" and what CPU 0 was taken from; "Offload RCU callbacks from CPUs".
# Each was booted; NO_HZ_FULL, RCU_NOCB_CPU and CPUMASK_OFFSTACK were on.
SEEN = [
    ("isolcpus=managed_irq,domain,1-3 nohz_full=1-3", "1-3", "1-3", "1-3"),
    ("isolcpus=all", "", "", ""),
    ("isolcpus=0-N", "0-3", "", ""),
    ("nohz_full=all", "", "0-3", "0-3"),
    ("isolcpus=2-9 nohz_full=2-9 rcu_nocbs=2-9 irqaffinity=0-9", "", "", "0-3"),
    ("rcu_nocbs=bad irqaffinity=bad isolcpus=bad,2", "2", "", "0-3"),
    ("rcu_nocbs", "", "", ""),
    ("rcu_nocbs=all isolcpus=1 isolcpus=2", "1", "", "0-3"),
    ("nohz_full=1 nohz_full=2-3 isolcpus=nohz,domain,3", "", "1", "1"),
    ("isolcpus=1-2 nohz_full=2-3 rcu_nocbs=1", "1-2", "2-3", "1-3"),
    ("isolcpus=0-3:1/2 nohz_full=1-N:1/2 rcu_nocbs=ALL", "0,2", "1,3", "0-3"),
    ("nohz_full=", "", "", ""),
    ("isolcpus=3:1/2", "", "", ""),
]


@pytest.mark.parametrize(("line", "isolated", "nohz_full", "offloaded"), SEEN)
def test_as_a_kernel_took_it(line: str, isolated: str, nohz_full: str, offloaded: str) -> None:
    # What the kernel then takes from a set for its boot CPU (0-N gave 1-3) is not the line's doing.
    sets = boot_sets(parse_cmdline(line.encode()), FOUR)
    assert sets.domain == CpuSet.from_list(isolated)
    assert sets.nohz_full == CpuSet.from_list(nohz_full)
    assert sets.offloaded == CpuSet.from_list(offloaded)
    assert sets.undecided == ""


def test_what_is_dropped_is_told() -> None:
    sets = boot_sets(parse_cmdline(b"isolcpus=1 isolcpus=2"), FOUR)
    assert [(str(parameter), why) for parameter, why in sets.dropped] == [
        ("isolcpus=2", "isolcpus=1 came before and says otherwise")
    ]
    assert str(sets.source("domain")) == "isolcpus=1"


def test_flags_of_different_kinds_do_not_contend() -> None:
    sets = boot_sets(parse_cmdline(b"isolcpus=managed_irq,1-3 isolcpus=domain,2-3"), FOUR)
    assert (sets.managed_irq, sets.domain) == (CpuSet([1, 2, 3]), CpuSet([2, 3]))
    assert sets.dropped == ()


def test_without_the_number_of_cpus_some_cannot_be_told() -> None:
    sets = boot_sets(parse_cmdline(b"nohz_full=2-N isolcpus=2-3"), None)
    assert sets.undecided == "nohz_full=2-N: it depends on the number of CPUs, which is not known here"
    assert sets.domain == CpuSet([2, 3])
    (use, _) = cpu_list_uses(parse_cmdline(b"nohz_full=2-N isolcpus=2-3"), None)
    assert use.cpus is None
    assert use.refused == ""


def test_the_boot_cpu() -> None:
    assert boot_cpu("x86_64") == 0
    assert boot_cpu("ppc64le") is None
    assert boot_cpu(None) is None


@given(st.text("isolcpus=nohz_full=rcu_nocbs= 0123-,N:/alldomain,", max_size=60))
def test_any_line(text: str) -> None:
    sets = boot_sets(parse_cmdline(text.encode()), FOUR)
    assert sets.domain | sets.offloaded | sets.managed_irq <= FOUR
