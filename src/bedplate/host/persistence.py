"""Reads the files of sysctl.d in the order and with the precedence of systemd-sysctl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.persistence import ConfFile, Persistence
from bedplate.parse.sysctl_conf import SysctlConf, parse_sysctl_conf
from bedplate.values.reading import Present, Source

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

# sysctl.d(5): a file in an earlier folder takes the place of one of the same name in a later one.
_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
_OLD_FILE = "/etc/sysctl.conf"
_SUFFIX = ".conf"
_NOTHING = SysctlConf((), ())
_FILES_LIMIT = 4096


def read_persistence(root: Root) -> Persistence:
    """Return what the files of sysctl.d set, each line with its place."""
    readings = tuple(_names(root, folder) for folder in _folders(root))
    chosen: dict[str, str] = {}
    masked: list[ConfFile] = []
    for reading in readings:
        for name in reading.value if isinstance(reading, Present) else ():
            path = f"{reading.source.path}/{name}"
            if name in chosen:
                masked.append(ConfFile(path, _content(root, path), chosen[name]))
            elif len(chosen) < _FILES_LIMIT:
                chosen[name] = path
    # systemd-sysctl reads by name, whatever the folder; names are compared as bytes.
    files = [ConfFile(path, _content(root, path), None) for _, path in sorted(chosen.items(), key=_by_bytes)]
    return Persistence(readings, (*files, *masked, *_old_file(root, files)))


def _by_bytes(item: tuple[str, str]) -> bytes:
    return item[0].encode("utf-8", "surrogateescape")


def _folders(root: Root) -> tuple[str, ...]:
    """Return the folders; /lib is /usr/lib on every host with a merged /usr, and must not be read twice."""
    try:
        merged = root.link("/lib").strip("/") == "usr/lib"
    except OSError:
        merged = False
    return _FOLDERS[:-1] if merged else _FOLDERS


def _names(root: Root, folder: str) -> Reading[tuple[str, ...]]:
    try:
        entries = root.entries(folder)
    except OSError as error:
        return root.missing(folder, error)
    names = (entry.name for entry in entries if entry.kind in ("file", "link"))
    return Present(tuple(name for name in names if name.endswith(_SUFFIX)), Source(folder))


def _content(root: Root, path: str) -> Reading[SysctlConf]:
    """Return what a file sets.  A link to /dev/null is a file without settings, in a capture without /dev too."""
    if _target(root, path) == "/dev/null":
        return Present(_NOTHING, Source(path))
    return root.reading(path, parse_sysctl_conf)


def _target(root: Root, path: str) -> str | None:
    """Return where a link leads, one step far, as a path from the root; None where it is no link."""
    try:
        text = root.link(path)
    except OSError:
        return None
    at = [] if text.startswith("/") else path.split("/")[1:-1]
    for part in text.split("/"):
        if part == "..":
            del at[-1:]
        elif part not in ("", "."):
            at.append(part)
    return "/" + "/".join(at)


def _old_file(root: Root, files: list[ConfFile]) -> tuple[ConfFile, ...]:
    """Return /etc/sysctl.conf where systemd-sysctl does not read it by a link such as 99-sysctl.conf of Debian."""
    if any(_target(root, file.path) == _OLD_FILE for file in files):
        return ()
    content = root.reading(_OLD_FILE, parse_sysctl_conf)
    return (ConfFile(_OLD_FILE, content, None, at_boot=False),) if isinstance(content, Present) else ()
