"""Faults: when the kernel panics, and what comes after."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_table import INFO, row

_KEYS = (
    "kernel.panic kernel.panic_on_oops kernel.oops_limit kernel.warn_limit kernel.panic_on_warn "
    "kernel.panic_on_rcu_stall kernel.panic_on_io_nmi kernel.panic_on_unrecovered_nmi kernel.unknown_nmi_panic "
    "kernel.softlockup_panic kernel.hardlockup_panic kernel.panic_print"
)

RULES = (
    # HUNG013 (a crash kernel is loaded where anything panics) needs facts of kexec.
    row(
        "HUNG012",
        "panic-policy-not-as-wanted",
        INFO,
        _KEYS,
        wish="equal",
        wants={"kernel.panic": "..-1,1..", "kernel.panic_on_oops": 1},
        good={"kernel.panic": 10, "kernel.panic_on_oops": 1},
        bad=({"kernel.panic": 0}, {"kernel.panic_on_oops": 0}),
        what="kernel.panic, panic_on_oops and what else decides about panics are as the profile wants them.",
        why="After an oops a host limps on with locks that nobody will release. In a fleet it is better to panic and "
        "to start again; with kernel.panic at 0 it waits for somebody to press a key.",
        example="kernel.panic_on_oops is 1 and kernel.panic is 0: the host stands still until somebody comes.",
        remedy=Remedy("Set them with sysctl(8), and keep them in a file of /etc/sysctl.d.", runtime=True),
        references=("admin-guide/sysctl/kernel: panic, panic_on_oops, oops_limit, warn_limit, panic_print",),
    ),
)
