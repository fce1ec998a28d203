"""What is mounted where, as far as the readers of Bedplate need it.

Sources: proc_pid_mountinfo(5), Documentation/filesystems/{proc,hugetlbpage,tmpfs}.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded
from bedplate.values.reading import value_of
from bedplate.values.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.parse.mountinfo import Mount as Mount
    from bedplate.values.reading import Reading


class HugetlbMount(NamedTuple):
    """One mounted hugetlbfs."""

    mount_point: bytes
    page_size_bytes: int | None
    """``pagesize=``; None where the option is not shown (kernels before 4.2): then it is the default size."""
    size: str | None
    """``size=``, the limit of what its files may take; None for no limit."""
    min_size: str | None
    """``min_size=``: pages that are reserved for it at mount time."""


@dataclass(frozen=True, slots=True)
class Mounts:
    """The mounts of one mount namespace."""

    mounts: Reading[tuple[Mount, ...]]
    """In the order of the file: of two on one mount point the later hides the earlier.  From /proc/mounts there are
    neither ids nor propagation, see ``complete``."""
    complete: bool
    """Whether the mounts are from mountinfo; from /proc/mounts id and parent are 0, root is ``/``, and the options of
    mount and file system cannot be told apart."""
    namespace: str | None
    """The mount namespace, such as ``mnt:[4026531841]``; None where it is not known."""

    def of_type(self, *fs_types: bytes) -> Iterator[Mount]:
        """Yield the mounts of these types, in order; none where mounts could not be read."""
        yield from (mount for mount in value_of(self.mounts) or () if mount.fs_type in fs_types)

    def at(self, mount_point: bytes) -> Mount | None:
        """Return the mount that one sees at a mount point, None where nothing is mounted right there."""
        found = [mount for mount in value_of(self.mounts) or () if mount.mount_point == mount_point]
        return found[-1] if found else None

    def hugetlbfs(self) -> tuple[HugetlbMount, ...]:
        """Return the mounted hugetlbfs, wherever they are."""
        return tuple(map(_hugetlb_mount, self.of_type(b"hugetlbfs")))


def option_of(mount: Mount, name: bytes) -> bytes | None:
    """Return the value of an option of the file system, empty where it has none; None where it is not set."""
    for option in (*mount.super_options, *mount.options):
        key, _, value = option.partition(b"=")
        if key == name:
            return value
    return None


def _hugetlb_mount(mount: Mount) -> HugetlbMount:
    page_size = option_of(mount, b"pagesize")
    try:
        page_size_bytes = None if page_size is None else parse_size(page_size)
    except ParseError:
        page_size_bytes = None
    size, min_size = (option_of(mount, name) for name in (b"size", b"min_size"))
    return HugetlbMount(
        mount.mount_point,
        page_size_bytes,
        None if size is None else decoded(size),
        None if min_size is None else decoded(min_size),
    )
