"""POSIX message queues: limits of fs.mqueue, each IPC namespace's own."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_relations import not_above
from bedplate.rules.sysctl_table import WARNING, row

_QUEUES = "fs.mqueue.queues_max"
_MESSAGES, _MESSAGES_DEFAULT = "fs.mqueue.msg_max", "fs.mqueue.msg_default"
_SIZE, _SIZE_DEFAULT = "fs.mqueue.msgsize_max", "fs.mqueue.msgsize_default"

RULES = (
    # IPC010 (the file system of the queues) and IPC013 (RLIMIT_MSGQUEUE) need facts of mounts and of tasks.
    row(
        "IPC011",
        "message-queue-limits-too-low",
        WARNING,
        f"{_QUEUES} {_MESSAGES} {_SIZE}",
        wish="at-least",
        wants={_QUEUES: 256, _MESSAGES: 10},
        good={_QUEUES: 256, _MESSAGES: 10},
        bad=({_QUEUES: 0}, {_MESSAGES: 9}, {_SIZE: 64}),
        what="fs.mqueue.queues_max, msg_max and msgsize_max are at least what the profile wants.",
        why="mq_open(3) fails with ENOSPC beyond queues_max, and with EINVAL where a queue is to hold more or larger "
        "messages than the limits allow.",
        example="fs.mqueue.msg_max is 10, its default, where a program asks for queues of 100 messages.",
    ),
    row(
        "IPC012",
        "message-queue-default-above-limit",
        WARNING,
        f"{_MESSAGES_DEFAULT} {_SIZE_DEFAULT} {_MESSAGES} {_SIZE}",
        faults=(
            not_above(_MESSAGES_DEFAULT, _MESSAGES, "the kernel takes the limit instead, without a word"),
            not_above(_SIZE_DEFAULT, _SIZE, "the kernel takes the limit instead, without a word"),
        ),
        good={_MESSAGES_DEFAULT: 10, _MESSAGES: 10, _SIZE_DEFAULT: 8192, _SIZE: 8192},
        bad=({_MESSAGES_DEFAULT: 11}, {_SIZE: 4096}),
        what="fs.mqueue.msg_default is not above msg_max, and msgsize_default not above msgsize_max.",
        why="A queue that is opened without attributes gets the defaults, but never more than the limits: the program "
        "has a smaller queue than was set up for it, and is blocked or refused where nobody expects it.",
        example="fs.mqueue.msg_default is 100 and fs.mqueue.msg_max is 10.",
        remedy=Remedy("Raise the limit with the default, and keep both in a file of /etc/sysctl.d.", runtime=True),
    ),
)
