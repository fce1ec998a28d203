"""Lists that name CPUs which cannot be there, as kernels with wide and with narrow masks take them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.boot import Boot
from bedplate.facts.boot_masks import PossibleCpus, possible_cpus_of
from bedplate.facts.boot_sets import boot_sets, cpu_list_uses
from bedplate.facts.specimen import CONSTANTS, specimen_topology
from bedplate.facts.specimen_boot import specimen_boot, specimen_config
from bedplate.parse.cmdline import parse_cmdline
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Source

SIXTEEN = CpuSet(range(16))
ISOLATED = CpuSet(range(2, 16))
NONE = CpuSet()


def known(
    bits: int | None, limit: int | None = 64, isolated: CpuSet | None = None, nohz_full: CpuSet | None = None
) -> PossibleCpus:
    reported = {"domain": isolated, "nohz_full": nohz_full}
    return PossibleCpus(SIXTEEN, bits, limit, {name: cpus for name, cpus in reported.items() if cpus is not None})


# Linux 5.4 with CONFIG_NR_CPUS=64 takes isolcpus=2-63 on a host of 16 possible CPUs and reports 2-15.
@pytest.mark.parametrize("bits", [64, 16, None])
def test_what_the_kernel_reports_it_took(bits: int | None) -> None:
    sets = boot_sets(parse_cmdline(b"isolcpus=2-63 nohz_full=2-63"), known(bits, 64, ISOLATED, ISOLATED))
    assert (sets.domain, sets.nohz_full, sets.undecided) == (ISOLATED, ISOLATED, "")


@pytest.mark.parametrize("bits", [64, 16, None])
def test_what_the_kernel_reports_it_dropped(bits: int | None) -> None:
    (use,) = cpu_list_uses(parse_cmdline(b"isolcpus=2-63"), known(bits, 64, NONE))
    assert (use.cpus, use.refused) == (None, "it names CPU 63, and the last one is 15")


def test_no_mask_goes_beyond_the_limit() -> None:
    (use,) = cpu_list_uses(parse_cmdline(b"isolcpus=2-64"), known(None, 64, ISOLATED))
    assert use.refused == "it names CPU 64, and the last one is 15"


def test_the_cpu_that_boots_may_be_missing() -> None:
    (use,) = cpu_list_uses(parse_cmdline(b"nohz_full=0-63"), known(None, 64, None, SIXTEEN - CpuSet([0])))
    assert (use.cpus, use.beyond) == (SIXTEEN, CpuSet(range(16, 64)))


@pytest.mark.parametrize(
    ("bits", "cpus", "refused", "undecided"),
    [(64, ISOLATED, False, False), (16, None, True, False), (None, None, False, True)],
)
def test_where_the_kernel_reports_nothing(
    bits: int | None, cpus: CpuSet | None, refused: bool, undecided: bool
) -> None:
    (use,) = cpu_list_uses(parse_cmdline(b"rcu_nocbs=2-63"), known(bits))
    assert (use.cpus, bool(use.refused), bool(use.undecided)) == (cpus, refused, undecided)


def test_a_list_that_was_not_the_one_taken() -> None:
    line = parse_cmdline(b"isolcpus=3-63 isolcpus=2-5")
    assert boot_sets(line, known(16, 64, CpuSet(range(2, 6)))).domain == CpuSet(range(2, 6))
    assert boot_sets(line, known(None, 64, CpuSet(range(2, 6)))).undecided.startswith("isolcpus=3-63: ")


NO_CONFIG = Absent(Source("specimen/config"), "no configuration is kept")


@pytest.mark.parametrize(
    ("release", "boot", "bits"),
    [
        ("6.12.0", specimen_boot(), 8),
        ("6.3.0-rc1", specimen_boot(kernel_config=NO_CONFIG), 8),
        ("5.4.0-42-generic", specimen_boot(), 8192),
        ("5.4.0", specimen_boot(kernel_config=specimen_config(b"CONFIG_CPUMASK_OFFSTACK=y\n")), 8),
        ("5.4.0", specimen_boot(kernel_config=NO_CONFIG), None),
        (None, specimen_boot(kernel_config=NO_CONFIG), None),
    ],
)
def test_how_wide_the_masks_are(release: str | None, boot: Boot, bits: int | None) -> None:
    topology = specimen_topology()
    found = possible_cpus_of(boot, topology, replace(CONSTANTS, kernel_release=release))
    assert (found.mask_bits, found.limit, found.last) == (bits, 8192, 7)
    assert found.reported == {"domain": NONE, "nohz_full": NONE}
