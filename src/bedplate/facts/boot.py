"""How a host was booted, what the kernel made of it, and what the next boot will use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.parse.cmdline import parse_cmdline
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from bedplate.facts.persisted_cmdline import PersistedLine
    from bedplate.parse.cmdline import Cmdline as Cmdline
    from bedplate.parse.cmdline import Parameter as Parameter
    from bedplate.parse.kernel_config import KernelConfig
    from bedplate.parse.kernel_log import BootLog
    from bedplate.values.constants import HostConstants
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading

# arch/*/include/uapi/asm/setup.h of Linux 6.12 (COMMAND_LINE_SIZE), by what uname -m says.  Kernels before 4.20 had
# 512 on powerpc; s390 makes it a build option with 4096 as default (896 before 5.13); others differ where said.
_COMMAND_LINE_SIZE = {
    "x86_64": 2048,
    "i386": 2048,
    "i486": 2048,
    "i586": 2048,
    "i686": 2048,
    "aarch64": 2048,
    "ppc": 2048,
    "ppc64": 2048,
    "ppc64le": 2048,
    "sparc64": 2048,
    "ia64": 2048,
    "loongarch64": 4096,
    "mips": 4096,
    "mips64": 4096,
    "riscv64": 1024,
    "riscv32": 1024,
    "armv6l": 1024,
    "armv7l": 1024,
    "parisc": 1024,
    "parisc64": 1024,
    "alpha": 256,
}

# PM_QOS_CPU_LATENCY_DEFAULT_VALUE (include/linux/pm_qos.h): 2000 s in microseconds, which nobody's idle state takes.
NO_LATENCY_LIMIT_USEC = 2_000_000_000


class IdleState(NamedTuple):
    """An idle state that CPUs can enter (cpu*/cpuidle/stateN), by its name and exit latency."""

    name: str
    latency_usec: int | None
    """The time that leaving it takes at worst; None where the kernel does not tell."""
    cpus: CpuSet
    """The CPUs that have it."""
    disabled: CpuSet
    """Those on which it is switched off (its file ``disable`` is not 0)."""
    source: str
    """The folder of the state on its first CPU."""


class Idle(NamedTuple):
    """What the CPUs do when they have nothing to do (Documentation/admin-guide/pm/cpuidle.rst)."""

    driver: Reading[str]
    """cpuidle/current_driver: intel_idle, acpi_idle, psci_idle, haltpoll … or ``none``."""
    governor: Reading[str]
    """cpuidle/current_governor (current_governor_ro before Linux 5.8)."""
    states: tuple[IdleState, ...]
    latency_limit_usec: Reading[int]
    """What the holders of /dev/cpu_dma_latency allow together; NO_LATENCY_LIMIT_USEC where there are none."""


class Preemption(NamedTuple):
    """The preemption models that a kernel with PREEMPT_DYNAMIC can change between."""

    mode: str
    """``none``, ``voluntary``, ``full`` or ``lazy``."""
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Boot:
    """How a host was booted."""

    cmdline: Reading[Cmdline]
    """/proc/cmdline: the boot loader's line, what the kernel was built with (CONFIG_CMDLINE) and what a boot
    configuration adds (CONFIG_BOOT_CONFIG) in one."""
    kernel_config: Reading[KernelConfig]
    """/proc/config.gz, or config-<release> in /boot or the modules' folder."""
    log: Reading[BootLog]
    """What the kernel's log says of the command line."""
    clocksource: Reading[str]
    """clocksource0/current_clocksource: tsc, kvm-clock, hpet, arch_sys_counter …"""
    clocksources: Reading[tuple[str, ...]]
    """clocksource0/available_clocksource, best first."""
    idle: Idle
    realtime: Reading[bool]
    """/sys/kernel/realtime: whether this is a PREEMPT_RT kernel; absent where it is not."""
    preemption: Reading[Preemption]
    """sched/preempt in debugfs."""
    rcu_normal: Reading[bool]
    """/sys/kernel/rcu_normal: whether no grace period is hurried, as rcupdate.rcu_normal_after_boot=1 asks."""
    gbpages: Reading[bool] | None
    """Whether /proc/cpuinfo has the flag pdpe1gb; None where nobody needs to know: the line has no nogbpages."""
    persisted: Reading[tuple[PersistedLine, ...]]
    """The lines that the next boot will use, or that the tool which writes them will; absent where none was found."""


def command_line_size_bytes(boot: Boot, constants: HostConstants) -> int | None:
    """Return COMMAND_LINE_SIZE of the host's kernel, NUL byte included; None where it is not known.

    It is a build option on s390, and a constant of the architecture elsewhere (the headers of Linux 6.12).  A line of
    that many bytes less one has lost its end at boot.
    """
    if isinstance(boot.kernel_config, Present):
        size = boot.kernel_config.value.value("CONFIG_COMMAND_LINE_SIZE")
        if size is not None and size.isascii() and size.isdigit() and len(size) < 9:
            return int(size)
    return _COMMAND_LINE_SIZE.get(constants.architecture or "")


def built_in_cmdline(boot: Boot) -> Cmdline | None:
    """Return what the kernel was built with (CONFIG_CMDLINE), which stands in its line; None where not known or none.

    x86, arm and others put it before or behind what the boot loader gives, or use it alone.
    """
    text = boot.kernel_config.value.value("CONFIG_CMDLINE") if isinstance(boot.kernel_config, Present) else None
    return parse_cmdline(text.encode("utf-8", "surrogateescape")) if text else None
