"""The catalogue's settings of faults and security: hung tasks, watchdogs, panics, and who may see and do what."""

from __future__ import annotations

from bedplate.facts.sysctl_key import INT_MAX, INT_MIN, UINT_MAX, ULONG_MAX, Key, Kind

_HUNG = "CONFIG_DETECT_HUNG_TASK"
_SOFT = "CONFIG_SOFTLOCKUP_DETECTOR"
_HARD = "CONFIG_HARDLOCKUP_DETECTOR"
_DETECTOR = "CONFIG_LOCKUP_DETECTOR"
_PERF = "CONFIG_PERF_EVENTS"
_BPF = "CONFIG_BPF_SYSCALL"
_KEXEC = "CONFIG_KEXEC_CORE"
# Seconds that still fit into a long as ticks of 1 ms.
_TIMEOUT_MAX = ((1 << 63) - 1) // 1000

KEYS = (
    Key("kernel.dmesg_restrict", "Whether the kernel's log is kept from ordinary users.", None, 0, 1, "mode",
        note="CONFIG_SECURITY_DMESG_RESTRICT is the default."),
    Key("kernel.hardlockup_all_cpu_backtrace", "Whether a hard lockup interrupts every CPU for its backtrace.", 0, 0, 1,
        "mode", option=_HARD, since="4.4"),
    Key("kernel.hardlockup_panic", "Whether a hard lockup panics.", None, 0, 1, "mode", option=_HARD, since="4.4"),
    Key("kernel.hung_task_all_cpu_backtrace", "Whether a hung task interrupts every CPU for its backtrace.", 0, 0, 1,
        "mode", option=_HUNG, since="5.8"),
    Key("kernel.hung_task_check_count", "Most tasks that one check for hung tasks looks at.", 4_194_304, 0, INT_MAX,
        option=_HUNG, note="PID_MAX_LIMIT is the default."),
    Key("kernel.hung_task_check_interval_secs", "Time between two checks for hung tasks; 0: hung_task_timeout_secs.", 0,
        0, _TIMEOUT_MAX, "s", option=_HUNG, since="4.19"),
    Key("kernel.hung_task_detect_count", "Hung tasks seen since boot.", 0, option=_HUNG, since="6.13",
        note="Read-only (0444)."),
    Key("kernel.hung_task_panic", "Whether a hung task panics.", None, 0, 1, "mode", option=_HUNG),
    Key("kernel.hung_task_timeout_secs", "Time in uninterruptible sleep from which a task is hung; 0: no checks.", 120,
        0, _TIMEOUT_MAX, "s", option=_HUNG, note="CONFIG_DEFAULT_HUNG_TASK_TIMEOUT is the default."),
    Key("kernel.hung_task_warnings", "Hung tasks that are still reported; -1: all.", 10, -1, INT_MAX, option=_HUNG,
        note="It counts down: at 0 nothing is reported any more."),
    Key("kernel.io_uring_disabled", "Who may make io_urings: 0 all, 1 a group and the privileged, 2 nobody.", 0, 0, 2,
        "mode", option="CONFIG_IO_URING", since="6.6"),
    Key("kernel.io_uring_group", "Group whose members may, where io_uring_disabled is 1.", -1, -1, INT_MAX, "gid",
        option="CONFIG_IO_URING", since="6.6"),
    Key("kernel.kexec_load_disabled", "Whether no further kernel can be loaded by kexec.", 0, 0, 1, "mode",
        option=_KEXEC, since="3.14", one_way="1 stays until the next boot."),
    Key("kernel.kptr_restrict", "Who sees kernel addresses: 0 hashed for all, 1 CAP_SYSLOG, 2 nobody.", 0, 0, 2,
        "mode"),
    Key("kernel.modules_disabled", "Whether modules can be neither loaded nor unloaded.", 0, 0, 1, "mode",
        option="CONFIG_MODULES", one_way="1 stays until the next boot."),
    Key("kernel.nmi_watchdog", "Whether the hard lockup detector runs, which takes a performance counter.", None, 0, 1,
        "mode", option=_HARD, note="Read-only (0444) where there is no such detector; off by default in a KVM guest."),
    Key("kernel.oops_all_cpu_backtrace", "Whether an oops interrupts every CPU for its backtrace.", 0, 0, 1, "mode",
        option="CONFIG_SMP", since="5.8"),
    Key("kernel.oops_limit", "Oopses after which the kernel panics; 0: never.", 10_000, 0, UINT_MAX, since="6.2"),
    Key("kernel.panic", "Seconds from a panic to the reboot; 0 waits for ever, less than 0 does not wait.", None,
        INT_MIN, INT_MAX, "s", note="CONFIG_PANIC_TIMEOUT is the default."),
    Key("kernel.panic_on_io_nmi", "Whether an I/O error NMI panics.", 0, INT_MIN, INT_MAX, "mode", option="CONFIG_X86"),
    Key("kernel.panic_on_oops", "Whether an oops panics.", None, INT_MIN, INT_MAX, "mode",
        note="CONFIG_PANIC_ON_OOPS is the default."),
    Key("kernel.panic_on_rcu_stall", "Whether an RCU stall panics.", 0, 0, 1, "mode", since="4.8"),
    Key("kernel.panic_on_unrecovered_nmi", "Whether an NMI of unknown or memory origin panics.", 0, INT_MIN, INT_MAX,
        "mode", option="CONFIG_X86"),
    Key("kernel.panic_on_warn", "Whether a kernel warning panics.", 0, 0, 1, "mode", since="3.19"),
    Key("kernel.panic_print", "What a panic prints besides.", 0, 0, ULONG_MAX, "bits", since="5.1"),
    Key("kernel.perf_cpu_time_max_percent", "CPU time that perf's sampling may take; 0: no limit.", 25, 0, 100,
        "percent", option=_PERF, since="3.11", note="0 and 100 also refuse writes of the sample rate."),
    Key("kernel.perf_event_max_sample_rate", "Samples per second that perf may take.", 100_000, 1, INT_MAX, "1/s",
        option=_PERF, note="The kernel lowers it by itself when samples take too long.",
        described="admin-guide/sysctl/kernel: perf_cpu_time_max_percent"),
    Key("kernel.perf_event_paranoid", "What perf lets ordinary users see: -1 all, 2 only their own user space.", 2,
        INT_MIN, INT_MAX, "mode", option=_PERF, note="3 and 4 mean something on kernels of some distributions."),
    Key("kernel.pid_max", "One more than the largest process id.", None, 301, 4_194_304, namespace="pid", note="The "
        "larger one of 32768 and 1024 for each possible CPU; a value of each PID namespace since Linux 6.14."),
    Key("kernel.randomize_va_space", "Which addresses are random: 0 none, 1 without the heap, 2 all.", 2, INT_MIN,
        INT_MAX, "mode"),
    Key("kernel.soft_watchdog", "Whether the soft lockup detector runs.", 1, 0, 1, "mode", option=_SOFT, since="4.1"),
    Key("kernel.softlockup_all_cpu_backtrace", "Whether a soft lockup interrupts every CPU for its backtrace.", 0, 0, 1,
        "mode", option=_SOFT, since="3.16"),
    Key("kernel.softlockup_panic", "Whether a soft lockup panics.", None, 0, 1, "mode", option=_SOFT),
    Key("kernel.sysrq", "Which functions of the magic key are allowed: 0 none, 1 all, else a mask.", None, 0, INT_MAX,
        "bits", option="CONFIG_MAGIC_SYSRQ", described="admin-guide/sysrq"),
    Key("kernel.threads-max", "Threads that may exist.", None, 1, 0x3FFFFFFF, note="The default lets their structures "
        "take an eighth of memory."),
    Key("kernel.unknown_nmi_panic", "Whether an NMI of unknown origin panics.", 0, INT_MIN, INT_MAX, "mode",
        option="CONFIG_X86"),
    Key("kernel.unprivileged_bpf_disabled", "Whether bpf(2) is for the privileged: 0 no, 1 for good, 2 for now.", None,
        0, 2, "mode", option=_BPF, since="4.4", one_way="1 stays until the next boot.",
        note="CONFIG_BPF_UNPRIV_DEFAULT_OFF makes 2 the default."),
    Key("kernel.unprivileged_userns_clone", "Whether ordinary users may make user namespaces (Debian's kernels).", 1, 0,
        1, "mode", option="CONFIG_USER_NS", described="user_namespaces(7)"),
    Key("kernel.warn_limit", "Kernel warnings after which the kernel panics; 0: never.", 0, 0, UINT_MAX, since="6.2"),
    Key("kernel.watchdog", "Whether either lockup detector runs; a write switches both.", 1, 0, 1, "mode",
        option=_DETECTOR),
    Key("kernel.watchdog_cpumask", "CPUs that the lockup detectors watch.", None, kind=Kind.CPU_LIST, option=_DETECTOR,
        since="4.2", note="All that are possible, without nohz_full=. CPUs that are not possible are taken and "
        "dropped."),
    Key("kernel.watchdog_thresh", "Time after which a CPU counts as locked up, soft ones after twice that; 0: off.", 10,
        0, 60, "s", option=_DETECTOR),
    Key("kernel.yama.ptrace_scope", "Whom a process may trace: 0 its user's, 1 descendants, 2 with CAP_SYS_PTRACE, 3 "
        "nobody.", 1, 0, 3, "mode", option="CONFIG_SECURITY_YAMA", since="3.4", one_way="3 stays until the next boot.",
        described="admin-guide/LSM/Yama"),
    Key("net.core.bpf_jit_harden", "Whether compiled BPF is hardened: 0 no, 1 that of ordinary users, 2 all.", 0, 0, 2,
        "mode", option="CONFIG_BPF_JIT", since="4.7", described="admin-guide/sysctl/net: bpf_jit_harden"),
)  # fmt: skip
