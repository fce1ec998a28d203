"""Mounts: the kernel's limit of their number."""

from __future__ import annotations

from bedplate.rules.sysctl_table import WARNING, row

_MOST = "fs.mount-max"

RULES = (
    # MNT001-004 and MNT006-008 need facts of mounts, and so does MNT005 for how many of them are used.
    row(
        "MNT005",
        "mounts-limit-not-as-wanted",
        WARNING,
        _MOST,
        wish="at-most",
        wants={_MOST: 100_000},
        good={_MOST: 100_000},
        bad=({_MOST: 1_000_000}, {_MOST: 0}),
        what="fs.mount-max, the mounts that one mount namespace may have, is at most what the profile wants.",
        why="Mounts that propagate double with every bind mount of their tree: without a limit anyone who may make "
        "a mount namespace fills the kernel's memory within seconds.",
        example="fs.mount-max is 2147483647 on a host of containers.",
    ),
)
