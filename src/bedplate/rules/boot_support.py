"""The command line: parameters that this kernel was built without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.kernel_parameters import switches_off
from bedplate.rules.boot_words import fault, seen_complaints, seen_word
from bedplate.rules.rule import (
    Cause,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    need,
    not_applicable,
    seen,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

# What a parameter needs: one of these options.  From init/Kconfig, kernel/*/Kconfig, mm/Kconfig and arch/*/Kconfig of
# Linux 6.12; where an option was renamed both names stand here.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "nohz_full": ("CONFIG_NO_HZ_FULL",),
    "isolcpus": ("CONFIG_CPU_ISOLATION",),
    "rcu_nocbs": ("CONFIG_RCU_NOCB_CPU",),
    "rcu_nocb_poll": ("CONFIG_RCU_NOCB_CPU",),
    "nohz": ("CONFIG_NO_HZ_COMMON",),
    "skew_tick": ("CONFIG_NO_HZ_COMMON", "CONFIG_TICK_ONESHOT", "CONFIG_HIGH_RES_TIMERS"),
    "hugepages": ("CONFIG_HUGETLB_PAGE", "CONFIG_HUGETLBFS"),
    "hugepagesz": ("CONFIG_HUGETLB_PAGE", "CONFIG_HUGETLBFS"),
    "default_hugepagesz": ("CONFIG_HUGETLB_PAGE", "CONFIG_HUGETLBFS"),
    "hugetlb_cma": ("CONFIG_CMA",),
    "hugetlb_free_vmemmap": (
        "CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP",
        "CONFIG_HUGETLB_PAGE_FREE_VMEMMAP",
    ),
    "cma": ("CONFIG_DMA_CMA", "CONFIG_CMA"),
    "transparent_hugepage": ("CONFIG_TRANSPARENT_HUGEPAGE",),
    "numa_balancing": ("CONFIG_NUMA_BALANCING",),
    "movable_node": ("CONFIG_MEMORY_HOTPLUG",),
    "preempt": ("CONFIG_PREEMPT_DYNAMIC",),
    "threadirqs": ("CONFIG_IRQ_FORCED_THREADING",),
    "irqaffinity": ("CONFIG_SMP",),
    "intel_iommu": ("CONFIG_INTEL_IOMMU",),
    "amd_iommu": ("CONFIG_AMD_IOMMU",),
    "psi": ("CONFIG_PSI",),
    "delayacct": ("CONFIG_TASK_DELAY_ACCT",),
    "schedstats": ("CONFIG_SCHEDSTATS",),
    "nmi_watchdog": ("CONFIG_HARDLOCKUP_DETECTOR",),
    "mce": ("CONFIG_X86_MCE",),
    "intel_pstate": ("CONFIG_X86_INTEL_PSTATE",),
    "amd_pstate": ("CONFIG_X86_AMD_PSTATE",),
}


def _without_support(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    words = need(boot.cmdline).parameters
    found = [one for one in words if one.name in _OPTIONS and not switches_off(one.name, one.value)]
    if not found:
        yield not_applicable("the command line has no parameter that needs a build option", seen(boot.cmdline.source))
        return
    config = need(boot.kernel_config)
    lacking = [one for one in found if not any(config.enabled(option) for option in _OPTIONS[one.name])]
    for parameter in lacking:
        options = _OPTIONS[parameter.name]
        yield fault(
            f"the kernel is built without {' or '.join(options)} and does not take {parameter}",
            [
                seen_word(boot, parameter),
                seen(boot.kernel_config.source, f"no {options[0]}=y"),
                *seen_complaints(boot, parameter.raw_name),
            ],
            expected=Expected("one of", options),
            cause=Cause.KERNEL_LACKS,
        )
    if not lacking:
        names = tuple(dict.fromkeys(one.name for one in found))
        yield Outcome(State.PASS, actual=names, evidence=(seen(boot.kernel_config.source),))


def _specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.facts.specimen_boot import specimen_config

    small = specimen_config(b"CONFIG_SMP=y\n# CONFIG_NO_HZ_FULL is not set\nCONFIG_HUGETLBFS=y\n")
    return Specimens(
        passing=((booted("nohz_full=2-3 hugepages=4"), None), (booted("hugepages=4", kernel_config=small), None)),
        failing=(
            (booted("nohz-full=2-3", kernel_config=small), None),
            (booted("hugepages=4 isolcpus=2", kernel_config=small), None),
        ),
    )


RULES = (
    Rule(
        code="BOOT014",
        name="boot-parameter-without-kernel-support",
        section=Section.BOOT,
        severity=Severity.ERROR,
        needs=("boot",),
        check=_without_support,
        what="The kernel is built with what the parameters of its command line need.",
        why="A kernel passes over a parameter that it was built without, at most with one line in its log: kernels of "
        "clouds and of small images often lack NO_HZ_FULL or RCU_NOCB_CPU.",
        example="nohz_full=2-7 on a kernel with “# CONFIG_NO_HZ_FULL is not set”: the tick goes on.",
        remedy=Remedy("Install a kernel with the option, or take the parameter away.", reboot=True),
        references=("timers/no_hz", "admin-guide/kernel-parameters"),
        specimens=_specimens,
    ),
)
