"""Reads what is mounted: mountinfo of the reader's own mount namespace, else of process 1's, else /proc/mounts.

Where this host is seen from a container (/host), the reader's own mounts are the container's and their paths begin
with /host; process 1's are the host's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.mounts import Mounts
from bedplate.host.namespaces import namespace_of
from bedplate.parse.mountinfo import Mount, parse_mountinfo
from bedplate.parse.mounts import parse_mounts
from bedplate.values.reading import Absent, Present

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.parse.mounts import MountLine
    from bedplate.values.reading import Reading

_OWN = "/proc/self/mountinfo"
_FIRST = "/proc/1/mountinfo"
# 100,000 mounts (fs.mount-max) of 160 bytes.
_LIMIT_BYTES = 16 << 20
_OLD = ("/proc/mounts", "/proc/self/mounts", "/proc/1/mounts")


def read_mounts(root: Root) -> Mounts:
    """Return the mounts; a reading without a value where none of the files can be read and understood."""
    relocated = root.live and root.where != "/"
    places = (_FIRST, _OWN) if relocated else (_OWN, _FIRST)
    missing: list[Reading[tuple[Mount, ...]]] = []
    for path in places:
        reading = root.reading(path, parse_mountinfo, limit=_LIMIT_BYTES)
        if isinstance(reading, Present):
            namespace = namespace_of(root, "mnt") if path == _OWN else None
            return Mounts(Present(reading.value, reading.source._replace(namespace=namespace)), True, namespace)
        missing.append(reading)
    for path in _OLD:
        reading = root.reading(path, _from_mounts, limit=_LIMIT_BYTES)
        if isinstance(reading, Present):
            return Mounts(reading, False, None)
        missing.append(reading)
    worst = [reading for reading in missing if not isinstance(reading, Absent)]
    return Mounts((worst or missing)[0], False, None)


def _from_mounts(text: bytes) -> tuple[Mount, ...]:
    return tuple(map(_mount, parse_mounts(text)))


def _mount(line: MountLine) -> Mount:
    return Mount(
        id=0,
        parent=0,
        major=0,
        minor=0,
        root=b"/",
        mount_point=line.mount_point,
        options=line.options[:1],
        shared=None,
        master=None,
        propagate_from=None,
        unbindable=False,
        unknown=(),
        fs_type=line.fs_type,
        source=line.source,
        super_options=line.options,
    )
