"""The catalogue of settings: complete, consistent with itself, and what a value is asked for is what it is."""

from __future__ import annotations

import re

import pytest

from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.sysctl_key import Key, Kind
from bedplate.facts.sysctls import CATALOGUE, other_home_of, path_of
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Present, Source

# Every setting that a user was promised; see docs/reference/sysctls.md.
PROMISED = """
vm.oom_dump_tasks vm.oom_kill_allocating_task vm.panic_on_oom vm.overcommit_memory vm.overcommit_ratio
vm.overcommit_kbytes vm.admin_reserve_kbytes vm.user_reserve_kbytes vm.compact_memory vm.drop_caches vm.swappiness
vm.zone_reclaim_mode vm.memory_failure_early_kill vm.memory_failure_recovery vm.unprivileged_userfaultfd
vm.nr_hugepages vm.nr_overcommit_hugepages vm.hugetlb_shm_group
kernel.numa_balancing kernel.numa_balancing_scan_delay_ms kernel.numa_balancing_scan_period_min_ms
kernel.numa_balancing_scan_period_max_ms kernel.numa_balancing_scan_size_mb kernel.numa_balancing_settle_count
kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced kernel.msg_next_id kernel.sem_next_id
kernel.shm_next_id kernel.sem kernel.msgmax kernel.msgmnb kernel.msgmni kernel.hung_task_check_count
kernel.hung_task_timeout_secs kernel.hung_task_check_interval_secs kernel.hung_task_warnings kernel.hung_task_panic
kernel.pid_max kernel.threads-max kernel.sched_rr_timeslice_ms kernel.sched_rt_period_us kernel.sched_rt_runtime_us
kernel.watchdog kernel.nmi_watchdog kernel.soft_watchdog kernel.watchdog_thresh kernel.watchdog_cpumask
fs.mount-max fs.dir-notify-enable fs.mqueue.queues_max fs.mqueue.msg_max fs.mqueue.msgsize_max fs.mqueue.msg_default
fs.mqueue.msgsize_default
"""
KEYS = list(CATALOGUE.values())


def name(key: Key) -> str:
    return key.name


@pytest.mark.parametrize("promised", PROMISED.split())
def test_is_in_the_catalogue(promised: str) -> None:
    assert promised in CATALOGUE


@pytest.mark.parametrize("key", KEYS, ids=name)
def test_an_entry_is_whole(key: Key) -> None:
    assert re.fullmatch(r"[a-z]+(\.[A-Za-z0-9_-]+)+", key.name)
    assert key.meaning.endswith((".", ")")), "the meaning is a sentence"
    assert key.note is None or key.note.endswith(".")
    assert re.fullmatch(r"[a-z-]+/\S+(: .+)?|[a-z/-]+(: .+)?|\w+\(\d\)(: .+)?", key.document, re.IGNORECASE)
    assert key.option is None or key.option.startswith("CONFIG_")
    for version in (key.since, key.until):
        assert version is None or re.fullmatch(r"\d+\.\d+", version)
    assert key.namespace in (None, "ipc", "net", "pid", "user")


@pytest.mark.parametrize("key", KEYS, ids=name)
def test_range_and_default_fit_together(key: Key) -> None:
    if key.kind is not Kind.INTEGER:
        assert key.low is None
        assert key.high is None
    if key.low is not None and key.high is not None:
        assert key.low <= key.high
    # -1 of the *_next_id says that there is none, and cannot be written.
    if isinstance(key.default, int) and key.default != -1:
        assert key.accepts(key.default)
    if key.default is not None:
        assert isinstance(key.default, tuple) == (key.kind is Kind.NUMBERS)
    assert not (key.write_only and key.default is not None)


def test_twins_clear_each_other() -> None:
    pairs = {key.name: key.clears for key in KEYS if key.clears is not None}
    assert all(pairs[twin] == one for one, twin in pairs.items())
    assert len(pairs) == 6


def test_a_dot_is_a_slash_and_a_slash_a_dot() -> None:
    assert path_of("vm.swappiness") == "/proc/sys/vm/swappiness"
    assert path_of("net.ipv4.conf.eth0/7.forwarding") == "/proc/sys/net/ipv4/conf/eth0.7/forwarding"
    assert other_home_of("vm.swappiness") is None


def test_a_setting_is_asked_for_as_what_it_is() -> None:
    settings = specimen_sysctls({"kernel.watchdog_cpumask": CpuSet([0, 3])})
    assert settings.integer("vm.swappiness") == Present(60, Source("/proc/sys/vm/swappiness"))
    numbers, cpus = settings.numbers("kernel.sem"), settings.cpus("kernel.watchdog_cpumask")
    assert isinstance(numbers, Present)
    assert numbers.value == (32000, 1_024_000_000, 500, 32000)
    assert isinstance(cpus, Present)
    assert cpus.value == CpuSet([0, 3])
    with pytest.raises(TypeError, match=r"kernel\.sem is of the kind numbers"):
        settings.integer("kernel.sem")
    with pytest.raises(KeyError):
        settings.integer("vm.no_such")
    assert isinstance(settings.text("vm.stat_refresh"), Absent)
    assert list(settings) == sorted(CATALOGUE)
    assert len(settings) == len(CATALOGUE)
