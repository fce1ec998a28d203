"""NUMA settings against profiles, and lines that set what the kernel has elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bedplate.facts.facts import Facts
from bedplate.facts.persistence import Persistence
from bedplate.facts.specimen import specimen
from bedplate.facts.specimen_memory import specimen_persistence, specimen_tiers
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.sysctls import Value, other_home_of, path_of
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Cause, Finding, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.reading import Absent, Denied, Present, Reading, Source

BALANCING = "kernel.numa_balancing"
DELAY = "kernel.numa_balancing_scan_delay_ms"


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def with_settings(settings: Mapping[str, Value | Reading[Value]], files: Mapping[str, str] | None = None) -> Facts:
    return specimen(sysctls=specimen_sysctls(settings), persistence=specimen_persistence(files))


@pytest.mark.parametrize(("code", "setting"), [("NUMA007", BALANCING), ("NUMA011", "vm.zone_reclaim_mode")])
def test_a_setting_is_judged_by_the_profile_alone(code: str, setting: str) -> None:
    files = {"50-a.conf": f"{setting} = 0\n", "90-b.conf": f"\n{setting} = 1\n"}
    (finding,) = findings(code, with_settings({setting: 1}, files), wanting({setting: 0}))
    assert (finding.state, finding.actual, finding.configured) == (State.FAIL, 1, "/etc/sysctl.d/90-b.conf:2")
    assert finding.evidence[0].path == path_of(setting)
    assert f"{setting} is 1, and profile specimen wants 0" in finding.reason
    (finding,) = findings(code, with_settings({setting: 1}), wanting({setting: 1}))
    assert (finding.state, finding.configured) == (State.PASS, None)
    (finding,) = findings(code, with_settings({setting: 1}))
    assert (finding.state, finding.actual) == (State.NOT_APPLICABLE, 1)
    assert "no opinion" in finding.reason


def test_a_kernel_without_balancing_is_not_judged_and_a_capture_without_it_not_known() -> None:
    for certain, state in ((True, State.NOT_APPLICABLE), (False, State.UNKNOWN)):
        absent = Absent(Source(path_of(BALANCING)), "needs CONFIG_NUMA_BALANCING", certain)
        (finding,) = findings("NUMA007", with_settings({BALANCING: absent}), wanting({BALANCING: 0}))
        assert finding.state is state


def test_bits_of_zone_reclaim_that_mean_nothing_are_wrong_on_any_host() -> None:
    out_of_range, opinion = findings("NUMA011", with_settings({"vm.zone_reclaim_mode": 8}))
    assert (out_of_range.state, out_of_range.cause) == (State.FAIL, Cause.OUT_OF_RANGE)
    assert opinion.state is State.NOT_APPLICABLE


OFF = wanting({"numa.tiering": False})


@pytest.mark.parametrize(
    ("balancing", "demotion", "failures"),
    [(0, False, 0), (1, False, 0), (2, False, 1), (3, True, 2), (0, True, 1)],
)
def test_tiering_by_both_switches(balancing: int, demotion: bool, failures: int) -> None:
    sysctls = specimen_sysctls({BALANCING: balancing})
    facts = specimen(sysctls=sysctls, memory_tiers=specimen_tiers(demotion))
    found = findings("NUMA010", facts, OFF)
    assert len([one for one in found if one.state is State.FAIL]) == failures
    assert failures or [one.state for one in found] == [State.PASS]
    assert [one.state for one in findings("NUMA010", facts)] == [State.NOT_APPLICABLE]


def test_tiering_may_be_wanted() -> None:
    facts = specimen(memory_tiers=specimen_tiers(demotion=True))
    (finding,) = findings("NUMA010", facts, wanting({"numa.tiering": True}))
    assert finding.reason.startswith("the promotion of hot pages to faster memory is off")


def test_a_switch_that_could_not_be_read_is_told() -> None:
    denied = Denied(Source(path_of(BALANCING)), 13, "root")
    (finding,) = findings("NUMA010", with_settings({BALANCING: denied}), OFF)
    assert finding.state is State.UNKNOWN


FILES = {"50-a.conf": "vm.swappiness = 10\n", "90-numa.conf": f"# old\n-{DELAY} = 500\n"}


def test_a_line_for_a_setting_that_moved_names_file_line_and_new_home() -> None:
    home = other_home_of(DELAY) or ""
    (finding,) = findings("NUMA009", with_settings({DELAY: Present(1000, Source(home))}, FILES))
    assert (finding.state, finding.configured) == (State.FAIL, "/etc/sysctl.d/90-numa.conf:2")
    assert home in finding.reason
    assert finding.evidence[0].path == "/etc/sysctl.d/90-numa.conf"
    assert finding.evidence[0].span == (6, 6 + len(DELAY) + 7)
    assert finding.actual == f"{DELAY} = 500"


def test_a_line_for_a_setting_that_is_there_is_no_fault() -> None:
    assert [one.state for one in findings("NUMA009", with_settings({DELAY: 1000}, FILES))] == [State.PASS]


def test_a_line_is_unknown_where_the_kernel_is_not_known() -> None:
    absent = Absent(Source(path_of(DELAY)), "not in this capture", certain=False)
    facts = with_settings({DELAY: absent, BALANCING: absent}, FILES)
    assert [one.state for one in findings("NUMA009", facts)] == [State.UNKNOWN]


def test_folders_that_are_not_in_a_capture_are_one_unknown() -> None:
    folders = tuple(Absent(Source(path), "not in this capture", certain=False) for path in ("/etc/a", "/run/b"))
    (finding,) = findings("NUMA009", specimen(persistence=Persistence(folders, ())))
    assert finding.state is State.UNKNOWN
    assert [piece.path for piece in finding.evidence] == ["/etc/a", "/run/b"]
    certain = tuple(Absent(Source(path), "no such file") for path in ("/etc/a", "/run/b"))
    (finding,) = findings("NUMA009", specimen(persistence=Persistence(certain, ())))
    assert finding.state is State.PASS
