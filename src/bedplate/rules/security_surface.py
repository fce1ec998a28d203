"""Security: interfaces of the kernel that can be closed, some of them for good."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_table import INFO, WARNING, row

_BPF, _HARDEN = "kernel.unprivileged_bpf_disabled", "net.core.bpf_jit_harden"
_KEXEC, _MODULES = "kernel.kexec_load_disabled", "kernel.modules_disabled"
_RING = "kernel.io_uring_disabled"
_LINKS = "fs.protected_symlinks fs.protected_hardlinks fs.protected_fifos fs.protected_regular"
_DUMPS = "fs.suid_dumpable"
_ONE_WAY = Remedy(
    "Set it to 1 when all that needs it has started, for example in the last unit of the boot; it stays until the "
    "next boot.",
    runtime=True,
    reversible=False,
    risk="medium",
)

RULES = (
    row(
        "SEC008",
        "bpf-open-to-all",
        WARNING,
        f"{_BPF} {_HARDEN}",
        wish="equal",
        wants={_BPF: "1,2", _HARDEN: 2},
        good={_BPF: 2, _HARDEN: 2},
        bad=({_BPF: 0}, {_HARDEN: 0}),
        what="kernel.unprivileged_bpf_disabled and net.core.bpf_jit_harden are as the profile wants them.",
        why="Programs for the kernel that every user may load were the way of many attacks, by faults of the checker "
        "and by speculation. Hardening hides what they are made of, at the cost of their speed.",
        example="kernel.unprivileged_bpf_disabled is 0.",
        remedy=Remedy(
            "Set the first one to 2, or to 1, which stays until the next boot; the second one to 2, or 1 where only "
            "the privileged load programs.",
            runtime=True,
        ),
    ),
    row(
        "SEC009",
        "kexec-open",
        INFO,
        _KEXEC,
        wish="equal",
        wants={_KEXEC: 1},
        good={_KEXEC: 1},
        bad=({_KEXEC: 0},),
        what="kernel.kexec_load_disabled is as the profile wants it.",
        why="Who can load another kernel can start one without any protection. Closed after the crash kernel is "
        "loaded, crash dumps still work.",
        example="kernel.kexec_load_disabled is 0 on a host whose crash kernel is loaded at boot.",
        remedy=_ONE_WAY,
    ),
    row(
        "SEC010",
        "modules-open",
        WARNING,
        _MODULES,
        wish="equal",
        wants={_MODULES: 1},
        good={_MODULES: 1},
        bad=({_MODULES: 0},),
        what="kernel.modules_disabled is as the profile wants it.",
        why="A module is code of the kernel: whoever becomes root can hide in it for good. On a host whose devices "
        "are known all of them can be loaded at boot and the door closed.",
        example="kernel.modules_disabled is 0 on an appliance that never meets a new device.",
        remedy=_ONE_WAY,
    ),
    row(
        "SEC011",
        "io-uring-not-as-wanted",
        INFO,
        _RING,
        wish="equal",
        wants={_RING: 2},
        good={_RING: 2},
        bad=({_RING: 0},),
        what="kernel.io_uring_disabled is as the profile wants it: 0 all, 1 a group and the privileged, 2 nobody.",
        why="io_uring is the fastest way to do I/O, and was the way of many attacks on the kernel. A group "
        "(kernel.io_uring_group) can have it without all others.",
        example="kernel.io_uring_disabled is 2, and the storage engine falls back to threads.",
    ),
    row(
        "SEC015",
        "files-of-others-unprotected",
        WARNING,
        _LINKS,
        wish="at-least",
        wants=dict.fromkeys(_LINKS.split(), 1),
        good=dict.fromkeys(_LINKS.split(), 1),
        bad=tuple({name: 0} for name in _LINKS.split()),
        what="fs.protected_symlinks, protected_hardlinks, protected_fifos and protected_regular are at least what the "
        "profile wants.",
        why="In folders like /tmp a link or a file that somebody else has put there is opened by a program with more "
        "privilege, which then writes where it should not.",
        example="fs.protected_fifos is 0, and a daemon that writes to /tmp/log hangs at a FIFO of a user.",
    ),
    row(
        "SEC016",
        "system-request-key-not-as-wanted",
        INFO,
        "kernel.sysrq",
        wish="equal",
        wants={"kernel.sysrq": "0,4,176"},
        good={"kernel.sysrq": 176},
        bad=({"kernel.sysrq": 1},),
        what="kernel.sysrq is as the profile wants it: 0 nothing, 1 everything, else the functions of a mask.",
        why="Whoever is at the keyboard or the serial console can kill, dump or reboot without a password. Sync, "
        "remount and reboot (176) are what an operator needs.",
        example="kernel.sysrq is 1 on a host in a shared rack.",
    ),
    row(
        "SEC022",
        "privileged-core-dumps-not-as-wanted",
        WARNING,
        _DUMPS,
        wish="equal",
        wants={_DUMPS: 0},
        good={_DUMPS: 0},
        bad=({_DUMPS: 1}, {_DUMPS: 2}),
        what="fs.suid_dumpable is as the profile wants it: 0 no core dumps, 1 as for all, 2 for root alone.",
        why="The core dump of a program that changed its privilege holds what it could read: passwords and keys. "
        "With 1 the user who made it crash owns the file.",
        example="fs.suid_dumpable is 1.",
    ),
)
