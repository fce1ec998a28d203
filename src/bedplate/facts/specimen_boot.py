"""Made-up boots, for the specimens of rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bedplate.facts.boot import NO_LATENCY_LIMIT_USEC, Boot, Idle, Preemption
from bedplate.facts.persisted_cmdline import Keeper, PersistedLine
from bedplate.parse.cmdline import parse_cmdline
from bedplate.parse.kernel_config import KernelConfig
from bedplate.parse.kernel_log import BootLog, parse_boot_log
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from bedplate.parse.cmdline import Cmdline
    from bedplate.values.reading import Reading

_CONFIG = b"""
CONFIG_SMP=y
CONFIG_CPU_ISOLATION=y
CONFIG_NO_HZ_COMMON=y
CONFIG_NO_HZ_FULL=y
CONFIG_RCU_NOCB_CPU=y
CONFIG_HUGETLBFS=y
CONFIG_PREEMPT_DYNAMIC=y
CONFIG_IRQ_FORCED_THREADING=y
"""


def specimen_cmdline(line: str) -> Reading[Cmdline]:
    """Return the reading of a command line."""
    return Present(parse_cmdline(line.encode("utf-8", "surrogateescape") + b"\n"), Source("specimen/cmdline"))


def specimen_boot(line: str = "root=/dev/vda1 ro quiet", **fields: object) -> Boot:
    """Return a boot with this command line that the kernel took without a word; ``fields`` replaces other parts."""
    boot = Boot(
        cmdline=specimen_cmdline(line),
        kernel_config=specimen_config(),
        log=specimen_log(),
        clocksource=Present("tsc", Source("specimen/current_clocksource")),
        clocksources=Present(("tsc", "hpet"), Source("specimen/available_clocksource")),
        idle=Idle(
            driver=Present("intel_idle", Source("specimen/current_driver")),
            governor=Present("menu", Source("specimen/current_governor")),
            states=(),
            latency_limit_usec=Present(NO_LATENCY_LIMIT_USEC, Source("specimen/cpu_dma_latency")),
        ),
        realtime=Absent(Source("specimen/realtime"), "the kernel is built without CONFIG_PREEMPT_RT"),
        preemption=Present(Preemption("full", ("none", "voluntary", "full")), Source("specimen/preempt")),
        rcu_normal=Present(False, Source("specimen/rcu_normal")),
        gbpages=None,
        persisted=Absent(Source("specimen/boot"), "no boot loader keeps a command line here"),
    )
    return replace(boot, **fields)  # type: ignore[arg-type]


def specimen_config(text: bytes = _CONFIG) -> Reading[KernelConfig]:
    """Return the reading of a kernel's build configuration."""
    return Present(KernelConfig(text), Source("specimen/config"))


def specimen_log(text: str = "") -> Reading[BootLog]:
    """Return the reading of a log that begins at the boot and holds these lines too."""
    return Present(parse_boot_log(f"Linux version 6.12.0\n{text}\n".encode()), Source("specimen/kmsg"))


def specimen_persisted(line: str, keeper: Keeper = Keeper.GRUB_DEFAULT) -> Reading[tuple[PersistedLine, ...]]:
    """Return the reading of one kept command line."""
    kept = PersistedLine(keeper, "specimen/grub", 3, parse_cmdline(line.encode()), "", "", "")
    return Present((kept,), Source("specimen/grub"))
