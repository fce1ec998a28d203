"""The objects of communication as text: how much of each limit is used, and what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.ipc import usage_of
from bedplate.render.ipc_json import readings_of
from bedplate.render.missing import missing_of, missing_texts
from bedplate.render.section import PROBLEM, section
from bedplate.render.sizes import rounded
from bedplate.render.table import columns
from bedplate.values.escape import printable
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.ipc import InterProcess, Usage
    from bedplate.render.line import Line
    from bedplate.values.constants import HostConstants


def ipc_text(ipc: InterProcess, constants: HostConstants) -> Iterator[Line]:
    """Yield the lines."""
    where = f" of {ipc.namespace}" if ipc.namespace else ""
    usage = [_used(one) for one in usage_of(ipc, constants.page_size_bytes)]
    yield from section(f"Use and limits{where}", columns(usage, "<>><") if usage else ())
    yield from section("Shared memory segments", _segments(ipc))
    yield from section("POSIX message queues", (printable(queue.name) for queue in ipc.queues))
    names = value_of(ipc.shared_memory) or ()
    size = f", of {ipc.shared_memory_size}" if ipc.shared_memory_size else ""
    yield from section(f"POSIX shared memory{size}", map(printable, names))
    unread = missing_texts(missing_of(readings_of(ipc)))
    yield from section("Not known", map(printable, unread), PROBLEM)


def _used(one: Usage) -> list[str]:
    return [one.what, str(one.used), f"of {one.limit}", one.setting]


def _segments(ipc: InterProcess) -> Iterator[str]:
    segments = value_of(ipc.shm) or ()
    heading = ["id", "key", "mode", "size", "attached", "uid"]
    rows = [
        [
            str(one.ipc.id),
            f"{one.ipc.key & 0xFFFFFFFF:#010x}",
            f"{one.ipc.perms:04o}",
            rounded(one.size_bytes),
            str(one.nattch),
            str(one.ipc.uid),
        ]
        for one in segments
    ]
    return columns([heading, *rows], ">>>>>>") if rows else iter(())
