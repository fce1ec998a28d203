"""The catalogue's scheduling, NUMA balancing and isolation settings: Documentation/admin-guide/sysctl/kernel.rst."""

from __future__ import annotations

from bedplate.facts.sysctl_key import INT_MAX, INT_MIN, UINT_MAX, ULONG_MAX, Key, Kind

_BALANCING = "CONFIG_NUMA_BALANCING"
_SCAN = "scheduler/sched-debug: numa_balancing"
_RT = "scheduler/sched-rt-group"
_DEADLINE = "scheduler/sched-deadline"
_CLAMP = "CONFIG_UCLAMP_TASK"
_DEBUG = "scheduler/sched-debug"

KEYS = (
    Key("kernel.numa_balancing", "Automatic NUMA balancing: 1 moves memory to the node that uses it, 2 promotes hot "
        "pages to faster memory.", None, 0, 4, "bits", option=_BALANCING, since="3.14", note="4 is taken and means no "
        "mode. CONFIG_NUMA_BALANCING_DEFAULT_ENABLED makes 1 the default on several nodes."),
    Key("kernel.numa_balancing_promote_rate_limit_MBps", "Most promotion of pages to faster memory, for each node.",
        65536, 0, UINT_MAX, "MB/s", option=_BALANCING, since="6.1"),
    Key("kernel.numa_balancing_scan_delay_ms", "Time before a new task's memory is scanned by NUMA balancing.", 1000, 0,
        UINT_MAX, "ms", option=_BALANCING, since="3.8", described=_SCAN, note="In debugfs since Linux 5.13."),
    Key("kernel.numa_balancing_scan_period_max_ms", "Longest time for one scan of a task's memory.", 60000, 0, UINT_MAX,
        "ms", option=_BALANCING, since="3.8", described=_SCAN, note="In debugfs since Linux 5.13."),
    Key("kernel.numa_balancing_scan_period_min_ms", "Shortest time for one scan of a task's memory.", 1000, 0, UINT_MAX,
        "ms", option=_BALANCING, since="3.8", described=_SCAN, note="In debugfs since Linux 5.13."),
    Key("kernel.numa_balancing_scan_size_mb", "Memory that one scan marks.", 256, 1, UINT_MAX, "MiB", option=_BALANCING,
        since="3.8", described=_SCAN, note="In debugfs since Linux 5.13."),
    Key("kernel.numa_balancing_settle_count", "Scans that a task stayed on its preferred node.", 3, option=_BALANCING,
        since="3.13", until="3.14", described="admin-guide/sysctl/kernel: numa_balancing"),
    Key("kernel.sched_autogroup_enabled", "Whether each session is a scheduling group of its own.", 1, 0, 1, "mode",
        option="CONFIG_SCHED_AUTOGROUP", described="sched(7): the autogroup feature"),
    Key("kernel.sched_cfs_bandwidth_slice_us", "Quota that a CPU takes from its group's pool at once.", 5000, 1,
        UINT_MAX, "µs", option="CONFIG_CFS_BANDWIDTH", since="3.2", described="scheduler/sched-bwc"),
    Key("kernel.sched_deadline_period_max_us", "Longest period of a SCHED_DEADLINE task.", 4194304, 0, UINT_MAX, "µs",
        since="5.4", described=_DEADLINE),
    Key("kernel.sched_deadline_period_min_us", "Shortest period of a SCHED_DEADLINE task.", 100, 0, UINT_MAX, "µs",
        since="5.4", described=_DEADLINE),
    Key("kernel.sched_energy_aware", "Whether energy-aware scheduling is used where the CPUs allow it.", 1, 0, 1,
        "mode", option="CONFIG_ENERGY_MODEL", since="5.0", note="Empty where all CPUs are alike, and not to be "
        "written."),
    Key("kernel.sched_latency_ns", "Time in which each runnable task ran once.", None, 100_000, 1_000_000_000, "ns",
        until="5.13", described=_DEBUG, note="In debugfs from Linux 5.13 to 6.5; gone since."),
    Key("kernel.sched_migration_cost_ns", "Time since a task ran for which it counts as cache-hot.", 500_000, 0,
        ULONG_MAX, "ns", until="5.13", described=_DEBUG, note="In debugfs since Linux 5.13."),
    Key("kernel.sched_min_granularity_ns", "Shortest time that a task runs before it is preempted.", None, 100_000,
        1_000_000_000, "ns", until="5.13", described=_DEBUG, note="In debugfs from Linux 5.13 to 6.5; base_slice_ns "
        "since."),
    Key("kernel.sched_rr_timeslice_ms", "Time slice of a SCHED_RR task.", 100, INT_MIN, INT_MAX, "ms", since="3.9",
        described="sched(7): SCHED_RR", note="0 and less set it back to 100."),
    Key("kernel.sched_rt_period_us", "Period over which real-time tasks are throttled.", 1_000_000, 1, INT_MAX, "µs",
        described=_RT),
    Key("kernel.sched_rt_runtime_us", "Time of each period that real-time tasks may have; -1: all.", 950_000, -1,
        INT_MAX, "µs", described=_RT, note="At most the period; 0 is refused while real-time tasks exist."),
    Key("kernel.sched_schedstats", "Whether the scheduler keeps statistics.", 0, 0, 1, "mode",
        option="CONFIG_SCHEDSTATS", since="4.6"),
    Key("kernel.sched_util_clamp_max", "Largest utilisation that a task may ask to be capped at.", 1024, 0, 1024,
        option=_CLAMP, since="5.3"),
    Key("kernel.sched_util_clamp_min", "Largest utilisation that a task may ask for at least.", 1024, 0, 1024,
        option=_CLAMP, since="5.3"),
    Key("kernel.sched_util_clamp_min_rt_default", "Least utilisation that real-time tasks are given.", 1024, 0, 1024,
        option=_CLAMP, since="5.9"),
    Key("kernel.sched_wakeup_granularity_ns", "Advantage that a woken task needs to preempt.", None, 0, 1_000_000_000,
        "ns", until="5.13", described=_DEBUG, note="In debugfs from Linux 5.13 to 6.5; gone since."),
    Key("kernel.split_lock_mitigate", "Whether a task that locks across cache lines is slowed down.", 1, 0, 1, "mode",
        option="CONFIG_CPU_SUP_INTEL", since="6.2"),
    Key("kernel.task_delayacct", "Whether delays of tasks are accounted.", 0, 0, 1, "mode",
        option="CONFIG_TASK_DELAY_ACCT", since="5.14"),
    Key("kernel.timer_migration", "Whether timers of idle CPUs move to busy ones.", 1, 0, 1, "mode",
        option="CONFIG_NO_HZ_COMMON", described="timers/no_hz"),
    Key("net.core.rps_default_mask", "CPUs that process packets of new network devices; empty: no steering.", None,
        kind=Kind.CPU_MASK, option="CONFIG_RPS", since="6.3", namespace="net",
        described="admin-guide/sysctl/net: rps_default_mask"),
)  # fmt: skip
