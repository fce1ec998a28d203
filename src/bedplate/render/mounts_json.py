"""The mounts as the JSON document bedplate/mounts/1 (docs/schemas/mounts-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.render.missing import missing_documents, missing_of
from bedplate.render.values import Json, plain
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from bedplate.facts.mounts import Mount, Mounts
    from bedplate.values.constants import HostConstants

SCHEMA = "bedplate/mounts/1"


def mounts_document(mounts: Mounts, constants: HostConstants) -> dict[str, Json]:
    """Return the document; bytes that are no printable text are escaped in it."""
    rows = value_of(mounts.mounts)
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "namespace": mounts.namespace,
        "complete": mounts.complete,
        "mounts": None if rows is None else [_mount(mount, mounts.complete) for mount in rows],
        "missing": missing_documents(missing_of([mounts.mounts])),
    }


def _mount(mount: Mount, complete: bool) -> dict[str, Json]:
    document: dict[str, Json] = {
        "mount_point": plain(mount.mount_point),
        "fs_type": plain(mount.fs_type),
        "source": plain(mount.source),
        "options": plain(mount.options),
        "super_options": plain(mount.super_options),
    }
    if complete:
        document |= {
            "id": mount.id,
            "parent": mount.parent,
            "device": f"{mount.major}:{mount.minor}",
            "root": plain(mount.root),
            "shared": mount.shared,
            "master": mount.master,
            "propagate_from": mount.propagate_from,
            "unbindable": mount.unbindable,
            "unknown": plain(mount.unknown),
        }
    return document
