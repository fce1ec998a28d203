"""Security: how many processes and name spaces there may be, and interfaces that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number
from bedplate.rules.sysctl_table import INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_PIDS, _THREADS = "kernel.pid_max", "kernel.threads-max"
# kernel/pid.c: PIDS_PER_CPU_DEFAULT and the limit of PID_MAX_DEFAULT; the kernel starts with the larger one.
_PIDS_PER_CPU, _LEAST = 1024, 32768
_NAMESPACES, _CLONE = "user.max_user_namespaces", "kernel.unprivileged_userns_clone"


def _enough_ids(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """CPUs that are on line count, and not those that a hypervisor might add one day."""
    pids = number(facts, _PIDS)
    if pids is None:
        return
    cpus = len(facts.topology.online)
    least = max(_LEAST, _PIDS_PER_CPU * cpus)
    if pids >= least:
        yield holding(facts, _PIDS)
    else:
        reason = f"{_PIDS} is {pids}, and {cpus} CPUs need {least}: ids run out, or are used again too soon"
        yield failing(facts, reason, Expected("at-least", least), _PIDS)


RULES = (
    row(
        "SEC001",
        "directory-notification-enabled",
        INFO,
        "fs.dir-notify-enable",
        wish="equal",
        wants={"fs.dir-notify-enable": 0},
        good={"fs.dir-notify-enable": 0},
        bad=({"fs.dir-notify-enable": 1},),
        what="fs.dir-notify-enable is as the profile wants it.",
        why="Directory notification by signals was made obsolete by inotify in Linux 2.6.13. Hardly a program uses "
        "it, and it is code of the kernel that everybody can reach.",
        example="fs.dir-notify-enable is 1, its default.",
    ),
    row(
        "SEC002",
        "process-ids-too-few",
        WARNING,
        f"{_PIDS} {_THREADS}",
        wish="at-least",
        wants={_PIDS: 65536, _THREADS: 30000},
        faults=(_enough_ids,),
        needs=("sysctls", "persistence", "topology"),
        good={_PIDS: 65536, _THREADS: 30000},
        bad=({_PIDS: 32768}, {_PIDS: 20000}, {_THREADS: 19}),
        what="kernel.pid_max is at least 32768 and 1024 for each CPU, and it and kernel.threads-max are at least what "
        "the profile wants.",
        why="Each thread takes an id. When they run out, fork(2) fails for everybody, and before that an id is used "
        "again so soon that a signal meets the wrong process.",
        example="kernel.pid_max is 32768 on a host with 96 CPUs.",
    ),
    row(
        "SEC003",
        "unprivileged-userfaultfd-not-as-wanted",
        WARNING,
        "vm.unprivileged_userfaultfd",
        wish="equal",
        wants={"vm.unprivileged_userfaultfd": 0},
        good={"vm.unprivileged_userfaultfd": 0},
        bad=({"vm.unprivileged_userfaultfd": 1},),
        what="vm.unprivileged_userfaultfd is as the profile wants it.",
        why="With 1 any user can stop the kernel in the middle of an access to his memory for as long as he likes, "
        "which makes races of the kernel easy to win.",
        example="vm.unprivileged_userfaultfd is 1 since a virtual machine was moved while it ran.",
        remedy=Remedy(
            "Set it to 0, and give those who handle faults of the kernel access to /dev/userfaultfd.", runtime=True
        ),
    ),
    row(
        "SEC020",
        "user-namespaces-not-as-wanted",
        INFO,
        f"{_NAMESPACES} {_CLONE}",
        wish="equal",
        wants={_NAMESPACES: 0, _CLONE: 0},
        good={_NAMESPACES: 0, _CLONE: 0},
        bad=({_NAMESPACES: 60000}, {_CLONE: 1}),
        what="user.max_user_namespaces and, on kernels of Debian, kernel.unprivileged_userns_clone are as the profile "
        "wants them.",
        why="In a user namespace everybody is root of his own, and reaches code of the kernel that was written for "
        "root alone. Containers and browsers need them, a server often does not.",
        example="user.max_user_namespaces is 61440 on a database host without containers.",
    ),
    # SEC017 (vulnerabilities), SEC018 (lockdown), SEC019 (vsyscall=) and SEC021 (plans) need other facts.
)
