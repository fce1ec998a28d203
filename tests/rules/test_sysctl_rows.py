"""Every setting that was promised has a rule, and where the kernel lacks the setting the rule says why it is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.specimen import specimen
from bedplate.facts.specimen_devices import specimen_isolation
from bedplate.facts.specimen_memory import specimen_persistence
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.sysctls import CATALOGUE, path_of
from bedplate.policy import DEFAULT
from bedplate.rules.engine import run
from bedplate.rules.registry import all_rules, find_rule
from bedplate.rules.rule import Cause, Finding, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.reading import Absent, Denied, Source

VM = """
oom_dump_tasks oom_kill_allocating_task panic_on_oom overcommit_memory overcommit_ratio overcommit_kbytes
admin_reserve_kbytes user_reserve_kbytes compact_memory drop_caches swappiness zone_reclaim_mode
memory_failure_early_kill memory_failure_recovery unprivileged_userfaultfd nr_hugepages nr_overcommit_hugepages
hugetlb_shm_group
"""
KERNEL = """
numa_balancing numa_balancing_scan_delay_ms numa_balancing_scan_period_min_ms numa_balancing_scan_period_max_ms
numa_balancing_scan_size_mb numa_balancing_settle_count shmall shmmax shmmni shm_rmid_forced msg_next_id sem_next_id
shm_next_id sem msgmax msgmnb msgmni hung_task_check_count hung_task_timeout_secs hung_task_check_interval_secs
hung_task_warnings hung_task_panic pid_max threads-max sched_rr_timeslice_ms sched_rt_period_us sched_rt_runtime_us
watchdog nmi_watchdog soft_watchdog watchdog_thresh watchdog_cpumask
"""
FS = "mount-max dir-notify-enable mqueue.queues_max mqueue.msg_max mqueue.msgsize_max mqueue.msg_default"
PROMISED = [
    *(f"vm.{name}" for name in VM.split()),
    *(f"kernel.{name}" for name in KERNEL.split()),
    *(f"fs.{name}" for name in FS.split()),
    "fs.mqueue.msgsize_default",
]
RULES = [rule for rule in all_rules() if {"sysctls", "isolation"} & set(rule.needs)]


def findings(key: str, reading: Absent | Denied) -> list[Finding]:
    masks = key == "kernel.watchdog_cpumask"
    isolation = specimen_isolation("0-7", "0-7")
    facts = specimen(
        sysctls=specimen_sysctls({"kernel.numa_balancing": 1, key: reading}),
        isolation=replace(isolation, watchdog_cpus=reading) if masks else isolation,
    )
    return list(run(RULES, facts, wanting({key: "all" if masks else 0})).findings)


@pytest.mark.parametrize("key", PROMISED)
def test_where_the_kernel_lacks_it_a_rule_does_not_apply_and_says_why(key: str) -> None:
    reason = f"needs {CATALOGUE[key].option or 'a newer kernel'}, to be seen"
    told = [one for one in findings(key, Absent(Source(path_of(key)), reason)) if reason in one.reason]
    assert told
    assert {one.state for one in told} == {State.NOT_APPLICABLE}


@pytest.mark.parametrize("key", PROMISED)
def test_where_it_may_not_be_read_nothing_passes_for_it(key: str) -> None:
    reading = Denied(Source(path_of(key)), 13, "root")
    told = [one for one in findings(key, reading) if path_of(key) in {piece.path for piece in one.evidence}]
    assert State.FAIL not in {one.state for one in told}
    if not CATALOGUE[key].write_only:
        assert State.UNKNOWN in {one.state for one in told}


@pytest.mark.parametrize("section", ["memory", "ipc", "hugepages", "scheduling", "mounts", "security", "hung", "mce"])
def test_every_row_says_one_thing_of_a_sound_host(section: str) -> None:
    rules = [rule for rule in all_rules() if rule.section.value == section]
    good = {name: value for rule in rules for name, value in _good_of(rule.code).items()}
    report = run(rules, specimen(sysctls=specimen_sysctls(good)), DEFAULT)
    assert [one.rule.code for one in report.findings] == [rule.code for rule in rules]
    assert {one.state for one in report.findings} <= {State.PASS, State.NOT_APPLICABLE}


def _good_of(code: str) -> dict[str, int]:
    """Return values for what the specimen has 0 for, as the default depends on the machine."""
    return {
        "MEM009": {"vm.user_reserve_kbytes": 131072},
        "MEM010": {"vm.min_free_kbytes": 67584},
        "SEC002": {"kernel.pid_max": 32768, "kernel.threads-max": 30000},
    }.get(code, {})


def test_a_pool_that_fell_short_is_told_with_the_line_that_asked() -> None:
    files = specimen_persistence({"60-pool.conf": "vm.nr_hugepages = 4096\n"})
    facts = specimen(sysctls=specimen_sysctls({"vm.nr_hugepages": 3711}), persistence=files)
    (finding,) = run([find_rule("HUGE004")], facts, DEFAULT).findings
    assert (finding.state, finding.actual) == (State.FAIL, 3711)
    assert finding.reason.startswith("/etc/sysctl.d/60-pool.conf:1 asks for 4096 huge pages")
    assert finding.configured == "/etc/sysctl.d/60-pool.conf:1"


def test_twins_that_files_set_both_contradict() -> None:
    files = specimen_persistence({"a.conf": "vm.overcommit_ratio = 80\n", "b.conf": "vm.overcommit_kbytes = 0\n"})
    (finding,) = run([find_rule("MEM006")], specimen(persistence=files), DEFAULT).findings
    assert (finding.state, finding.cause) == (State.FAIL, Cause.CONFLICT)
    assert "its twin vm.overcommit_kbytes" in finding.reason


def test_more_ipc_objects_than_the_catalogue_saw_are_right_where_the_kernel_was_booted_so() -> None:
    facts = specimen(sysctls=specimen_sysctls({"kernel.shmmni": 1 << 20}))
    (finding,) = run([find_rule("IPC003")], facts, DEFAULT).findings
    assert finding.state is State.NOT_APPLICABLE
    assert finding.actual == 1 << 20


@pytest.mark.parametrize(("architecture", "state"), [("x86_64", State.FAIL), ("aarch64", State.PASS)])
def test_the_lowest_address_of_arm_is_lower(architecture: str, state: State) -> None:
    facts = specimen(sysctls=specimen_sysctls({"vm.mmap_min_addr": 32768}))
    facts.constants = facts.constants.__class__(architecture)
    (finding,) = run([find_rule("SEC013")], facts, wanting({"vm.mmap_min_addr": 65536})).findings
    assert finding.state is state


@pytest.mark.parametrize(("mode", "state"), [(0, State.NOT_APPLICABLE), (2, State.FAIL)])
def test_a_reserve_for_users_matters_in_mode_2_alone(mode: int, state: State) -> None:
    facts = specimen(sysctls=specimen_sysctls({"vm.overcommit_memory": mode, "vm.user_reserve_kbytes": 0}))
    (finding,) = run([find_rule("MEM009")], facts, DEFAULT).findings
    assert finding.state is state


@pytest.mark.parametrize(("balancing", "states"), [(0, {State.NOT_APPLICABLE}), (1, {State.UNKNOWN})])
def test_hidden_scan_settings_matter_where_balancing_is_on(balancing: int, states: set[State]) -> None:
    hidden = {key: Denied(Source("debugfs"), 13, "root") for key in PROMISED if "balancing_scan" in key}
    facts = specimen(sysctls=specimen_sysctls({"kernel.numa_balancing": balancing, **hidden}))
    assert {one.state for one in run([find_rule("NUMA019")], facts, DEFAULT).findings} == states


@pytest.mark.parametrize("line", ["vm.drop_caches = 3", "-vm.drop_caches", "kernel.*_ns = 1"])
def test_an_action_is_told_where_a_line_does_it(line: str) -> None:
    report = run([find_rule("MEM014")], specimen(persistence=specimen_persistence({"a.conf": line})), DEFAULT)
    assert (report.findings[0].state is State.FAIL) is line.startswith("vm")
