"""The objects of communication as the JSON document bedplate/ipc/1 (docs/schemas/ipc-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.ipc import usage_of
from bedplate.render.missing import missing_documents, missing_of
from bedplate.render.values import Json, plain
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.ipc import InterProcess, Ipc, Msg, PosixQueue, Sem, Shm
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/ipc/1"


def ipc_document(ipc: InterProcess, constants: HostConstants) -> dict[str, Json]:
    """Return the document: what is not known is null, and ``missing`` says why."""
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "namespace": ipc.namespace,
        "shm": _objects(value_of(ipc.shm)),
        "msg": _objects(value_of(ipc.msg)),
        "sem": _objects(value_of(ipc.sem)),
        "usage": [dict(one._asdict()) for one in usage_of(ipc, constants.page_size_bytes)],
        "limits": {name: value_of(reading) for name, reading in ipc.limits.items()},
        "semaphores": plain(value_of(ipc.semaphores)),
        "mqueue": plain(value_of(ipc.mqueue)),
        "queues": [_queue(queue) for queue in ipc.queues],
        "shared_memory": plain(value_of(ipc.shared_memory)),
        "shared_memory_size": plain(ipc.shared_memory_size),
        "missing": missing_documents(missing_of(readings_of(ipc))),
    }


def readings_of(ipc: InterProcess) -> Iterator[Reading[object]]:
    """Yield the readings whose lack is told."""
    yield from (ipc.shm, ipc.msg, ipc.sem, *ipc.limits.values(), ipc.semaphores, ipc.mqueue, ipc.shared_memory)
    yield from (queue.state for queue in ipc.queues)


def _objects(objects: Iterable[Shm | Msg | Sem] | None) -> Json:
    return None if objects is None else [_object(one) for one in objects]


def _object(one: Shm | Msg | Sem) -> dict[str, Json]:
    fields = {name: plain(value) for name, value in one._asdict().items() if name != "ipc"}
    return _ipc(one.ipc) | fields


def _ipc(ipc: Ipc) -> dict[str, Json]:
    return dict(ipc._asdict()) | {"perms": f"{ipc.perms:04o}"}


def _queue(queue: PosixQueue) -> dict[str, Json]:
    state = dict(queue.state.value._asdict()) if isinstance(queue.state, Present) else None
    return {"name": plain(queue.name), "state": state}
