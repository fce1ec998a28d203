"""Security: who sees addresses, the log, counters and the memory of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.comparison import fits
from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number
from bedplate.rules.sysctl_table import INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_LOWEST = "vm.mmap_min_addr"
# security/Kconfig: 65536 is right for most, 32768 for arm and for arm64 with 32-bit programs.
_ARM, _LOWEST_OF_ARM = ("arm", "aarch64"), 32768
_RATE, _SHARE = "kernel.perf_event_max_sample_rate", "kernel.perf_cpu_time_max_percent"


def _lowest_address(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    value, wanted = number(facts, _LOWEST), profile.expects(_LOWEST)
    if value is None or wanted is None:
        return
    wish = wanted.value
    if isinstance(wish, int) and (facts.constants.architecture or "").startswith(_ARM):
        wish = min(wish, _LOWEST_OF_ARM)
    if fits("at-least", wish, value):
        yield holding(facts, _LOWEST)
    else:
        reason = f"{_LOWEST} is {value}, and profile {profile.name} wants {wish} or more: {wanted.reason}"
        yield failing(facts, reason, Expected("at-least", wish), _LOWEST)


RULES = (
    row(
        "SEC004",
        "kernel-addresses-shown",
        WARNING,
        "kernel.kptr_restrict",
        wish="at-least",
        wants={"kernel.kptr_restrict": 1},
        good={"kernel.kptr_restrict": 1},
        bad=({"kernel.kptr_restrict": 0},),
        what="kernel.kptr_restrict is at least what the profile wants.",
        why="Whoever knows where the kernel lies in memory needs no luck to attack it: /proc/kallsyms and others tell "
        "it to those whom this lets.",
        example="kernel.kptr_restrict is 0 since somebody profiled the kernel.",
    ),
    row(
        "SEC005",
        "kernel-log-open",
        WARNING,
        "kernel.dmesg_restrict",
        wish="equal",
        wants={"kernel.dmesg_restrict": 1},
        good={"kernel.dmesg_restrict": 1},
        bad=({"kernel.dmesg_restrict": 0},),
        what="kernel.dmesg_restrict is as the profile wants it.",
        why="The log holds addresses, the names of devices and files, and the traces of crashes that an attacker "
        "caused to learn from them.",
        example="kernel.dmesg_restrict is 0, and every user can read the log.",
    ),
    row(
        "SEC006",
        "performance-events-open",
        WARNING,
        "kernel.perf_event_paranoid",
        wish="at-least",
        wants={"kernel.perf_event_paranoid": 2},
        good={"kernel.perf_event_paranoid": 2},
        bad=({"kernel.perf_event_paranoid": 1}, {"kernel.perf_event_paranoid": -1}),
        what="kernel.perf_event_paranoid is at least what the profile wants; 3 and 4 are of some distributions.",
        why="Counters and samples tell what other users and the kernel do, and their system call is a large one to "
        "attack. Those who profile can be given CAP_PERFMON instead.",
        example="kernel.perf_event_paranoid is -1, as an installer of a profiler left it.",
    ),
    row(
        "SEC007",
        "sampling-limits-too-high",
        INFO,
        f"{_RATE} {_SHARE}",
        wish="at-most",
        wants={_RATE: 100_000, _SHARE: 25},
        good={_RATE: 100_000, _SHARE: 25},
        bad=({_RATE: 1_000_000}, {_SHARE: 90}),
        what="kernel.perf_event_max_sample_rate and kernel.perf_cpu_time_max_percent are at most what the profile "
        "wants.",
        why="Samples are taken in interrupts that cannot be held off, also on isolated CPUs. A share of 0 or 100 "
        "switches the limit off, and makes every write of the rate fail.",
        example="kernel.perf_cpu_time_max_percent is 100, and one user's profiler takes half of a CPU.",
    ),
    row(
        "SEC012",
        "addresses-predictable",
        WARNING,
        "kernel.randomize_va_space",
        wish="equal",
        wants={"kernel.randomize_va_space": 2},
        good={"kernel.randomize_va_space": 2},
        bad=({"kernel.randomize_va_space": 0}, {"kernel.randomize_va_space": 1}),
        what="kernel.randomize_va_space is as the profile wants it.",
        why="Where stacks, libraries and heaps are always in the same place, an attack that works once works on "
        "every host. Programs that want fixed addresses can have them for themselves by personality(2).",
        example="kernel.randomize_va_space is 0 since a benchmark was to give the same figures twice.",
        references=("admin-guide/sysctl/kernel: randomize_va_space",),
    ),
    row(
        "SEC013",
        "lowest-address-too-low",
        WARNING,
        _LOWEST,
        wish="at-least",
        compared=False,
        faults=(_lowest_address,),
        wants={_LOWEST: 65536},
        good={_LOWEST: 65536},
        bad=({_LOWEST: 4096}, {_LOWEST: 0}),
        what="vm.mmap_min_addr is at least what the profile wants.",
        why="A program that can map memory at address 0 turns every null pointer of the kernel into one to data of "
        "its own. 65536 is right for most machines, 32768 for those with ARM processors.",
        example="vm.mmap_min_addr is 0 for an emulator of DOS that nobody uses any more.",
    ),
    row(
        "SEC014",
        "tracing-of-others-allowed",
        INFO,
        "kernel.yama.ptrace_scope",
        wish="at-least",
        wants={"kernel.yama.ptrace_scope": 1},
        good={"kernel.yama.ptrace_scope": 1},
        bad=({"kernel.yama.ptrace_scope": 0},),
        what="kernel.yama.ptrace_scope is at least what the profile wants.",
        why="With 0 every process can read and change all others of its user: one that is taken over gets the keys "
        "that the others hold in memory.",
        example="kernel.yama.ptrace_scope is 0 so that debuggers can attach.",
        remedy=Remedy("Set it to 1 or 2; 3 cannot be taken back before the next boot.", runtime=True),
    ),
)
