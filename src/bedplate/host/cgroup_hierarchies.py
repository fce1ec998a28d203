"""Finds the mounted hierarchies of cgroups: by the mounts, in captures without them by what /sys/fs/cgroup holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.cgroups import Hierarchy
from bedplate.parse.cgroup_control import parse_controllers
from bedplate.values.escape import decoded
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bedplate.facts.mounts import Mounts
    from bedplate.host.root import Root
    from bedplate.parse.mountinfo import Mount

_SYS = "/sys/fs/cgroup"
# Controllers that v1 can mount; which options of a mount are controllers is told by their names alone.
_V1_CONTROLLERS = {
    "cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "net_cls", "perf_event", "net_prio", "hugetlb",
    "pids", "rdma", "misc", "debug", "dmem",
}  # fmt: skip
_HIERARCHIES_LIMIT = 64


def find_hierarchies(root: Root, mounts: Mounts) -> tuple[Hierarchy, ...]:
    """Return the hierarchies, each once, where it is mounted first."""
    if not isinstance(mounts.mounts, Present) or not any(mounts.of_type(b"cgroup", b"cgroup2", b"cpuset")):
        return tuple(_unmounted(root))
    found: dict[tuple[object, ...], Hierarchy] = {}
    for mount in mounts.of_type(b"cgroup", b"cgroup2", b"cpuset"):
        hierarchy = _v2(root, decoded(mount.mount_point)) if mount.fs_type == b"cgroup2" else _v1(mount)
        # One hierarchy can be mounted at several places; bind mounts show a part of it, the first mount is whole.
        found.setdefault((hierarchy.version, hierarchy.controllers, hierarchy.name), hierarchy)
    return tuple(found.values())[:_HIERARCHIES_LIMIT]


def _v2(root: Root, mount_point: str) -> Hierarchy:
    controllers = root.reading(f"{mount_point}/cgroup.controllers", parse_controllers)
    return Hierarchy(2, mount_point, value_of(controllers) or (), None, True)


def _v1(mount: Mount) -> Hierarchy:
    options = [decoded(option) for option in mount.super_options]
    # The file system "cpuset" of the first kernels with cpusets is a mount of cgroup with cpuset and noprefix, unless
    # the hierarchy is mounted already with prefixes; the reader looks at the names of the files.
    controllers = {"cpuset"} if mount.fs_type == b"cpuset" else set(options) & _V1_CONTROLLERS
    name = next((option.removeprefix("name=") for option in options if option.startswith("name=")), None)
    prefixed = "noprefix" not in options and mount.fs_type != b"cpuset"
    ordered = tuple(sorted(controllers))
    return Hierarchy(1, decoded(mount.mount_point), ordered, name, prefixed)


def _unmounted(root: Root) -> Iterator[Hierarchy]:
    names = root.names(_SYS)
    for folder, held in ((_SYS, names), (f"{_SYS}/unified", root.names(f"{_SYS}/unified"))):
        if "cgroup.controllers" in held:
            yield _v2(root, folder)
    for name in names[:_HIERARCHIES_LIMIT]:
        controllers = _controllers_named(name.split(","))
        if controllers:
            yield Hierarchy(1, f"{_SYS}/{name}", controllers, None, True)


def _controllers_named(words: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(words)) if set(words) <= _V1_CONTROLLERS else ()
