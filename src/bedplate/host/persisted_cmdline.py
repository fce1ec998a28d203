"""Reads the command lines that are kept for the next boot; nothing of these files is ever executed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.persisted_cmdline import Keeper, PersistedLine
from bedplate.parse.cmdline import Cmdline, parse_cmdline
from bedplate.values.reading import Absent, Present, Source, why_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedplate.host.root import Root
    from bedplate.parse.boot_entry import BootEntry
    from bedplate.parse.grub_line import MenuEntry
    from bedplate.parse.shell_assignments import ShellAssignments
    from bedplate.values.reading import Reading

_GRUB_DEFAULT = "/etc/default/grub"
# Debian and its kin have /boot/grub, Fedora and SUSE /boot/grub2; the first that is there is the one in use.
_GRUB_MENUS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
_GRUB_ENVIRONMENTS = ("/boot/grub2/grubenv", "/boot/grub/grubenv")
_ENTRIES = ("/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries")
_KERNEL_INSTALL = ("/etc/kernel/cmdline", "/usr/lib/kernel/cmdline")
_FIRMWARE = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt")
_FILES_LIMIT = 256


def read_persisted(root: Root) -> Reading[tuple[PersistedLine, ...]]:
    """Return every kept command line; one that cannot be read or told says why."""
    lines = (
        *_grub_default(root),
        *_grub_menu(root),
        *_boot_entries(root),
        *_plain(root, _KERNEL_INSTALL, Keeper.KERNEL_INSTALL),
        *_plain(root, _FIRMWARE, Keeper.FIRMWARE),
    )
    if lines:
        return Present(lines, Source(lines[0].path))
    # A guest whose kernel is started from outside keeps none; a capture just may not hold them.
    places = (_GRUB_DEFAULT, *_GRUB_MENUS, *_ENTRIES, *_KERNEL_INSTALL, *_FIRMWARE)
    certain = all(map(root.knows_absence_of, places))
    reason = "no boot loader keeps a command line here" if certain else "no boot loader's files in this capture"
    return Absent(Source("/boot"), reason, certain)


def _grub_default(root: Root) -> list[PersistedLine]:
    """Return the one line that grub-mkconfig would write, built of /etc/default/grub and then grub.d/*.cfg."""
    names = [name for name in root.names(f"{_GRUB_DEFAULT}.d") if name.endswith(".cfg")][:_FILES_LIMIT]
    settings: ShellAssignments | None = None
    setters: dict[str, tuple[str, int]] = {}
    for path in (_GRUB_DEFAULT, *(f"{_GRUB_DEFAULT}.d/{name}" for name in names)):
        reading = root.reading(path, partial(_assignments, settings))
        if isinstance(reading, Absent):
            continue
        if not isinstance(reading, Present):
            return [PersistedLine(Keeper.GRUB_DEFAULT, path, 0, None, why_missing(reading))]
        for name, one in reading.value.values.items():
            if settings is None or one != settings.values.get(name):
                setters[name] = (path, one.line)
        settings = reading.value
    return [] if settings is None else [_grub_default_line(settings, setters)]


# The parsers of boot loaders' files are loaded where there is such a file; many hosts have one kind, or none.
def _assignments(before: ShellAssignments | None, data: bytes) -> ShellAssignments:
    from bedplate.parse.shell_assignments import parse_shell_assignments

    return parse_shell_assignments(data, before)


def _menu(data: bytes) -> tuple[MenuEntry, ...]:
    from bedplate.parse.grub_line import parse_grub_menu

    return parse_grub_menu(data)


def _variables(data: bytes) -> Mapping[str, str]:
    from bedplate.parse.grub_line import parse_grub_environment

    return parse_grub_environment(data)


def _entry(data: bytes) -> BootEntry:
    from bedplate.parse.boot_entry import parse_boot_entry

    return parse_boot_entry(data)


def _kernel_line(arguments: str, variables: Mapping[str, str]) -> str:
    from bedplate.parse.grub_line import grub_kernel_line

    return grub_kernel_line(arguments, variables)


def _replaced(options: str, variables: Mapping[str, str]) -> str:
    from bedplate.parse.grub_line import with_variables

    # Where the environment block lacks tuned_params, GRUB's variable is empty.
    return with_variables(options, {"tuned_params": "", **variables})


def _grub_default_line(settings: ShellAssignments, setters: Mapping[str, tuple[str, int]]) -> PersistedLine:
    path, line = _GRUB_DEFAULT, 0
    parts: list[str] = []
    # The order of the words is that of 10_linux; entries for recovery have the first alone.
    for name in ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"):
        found = settings.get(name)
        path, line = setters.get(name, (path, line))
        if found is not None and found.value is None:
            return PersistedLine(Keeper.GRUB_DEFAULT, path, line, None, f"{name}: {found.unknown}")
        parts.append("" if found is None or found.value is None else found.value)
    return _line(Keeper.GRUB_DEFAULT, path, line, partial(_kernel_line, " ".join(parts), {}))


def _grub_menu(root: Root) -> list[PersistedLine]:
    for path in _GRUB_MENUS:
        reading = root.reading(path, _menu)
        if isinstance(reading, Absent):
            continue
        if not isinstance(reading, Present):
            return [PersistedLine(Keeper.GRUB_MENU, path, 0, None, why_missing(reading))]
        variables = _environment(root)
        return [
            _line(
                Keeper.GRUB_MENU,
                path,
                entry.line,
                partial(_kernel_line, entry.arguments, variables),
                entry.title,
                entry.image,
            )
            for entry in reading.value[:_FILES_LIMIT]
        ]
    return []


def _environment(root: Root) -> Mapping[str, str]:
    for path in _GRUB_ENVIRONMENTS:
        reading = root.reading(path, _variables)
        if isinstance(reading, Present):
            return reading.value
    return {}


def _boot_entries(root: Root) -> list[PersistedLine]:
    lines: list[PersistedLine] = []
    for folder in _ENTRIES:
        try:
            names = [entry.name for entry in root.entries(folder)]
        except OSError as error:
            missing = root.missing(folder, error)
            if not isinstance(missing, Absent):
                lines.append(PersistedLine(Keeper.BOOT_ENTRY, folder, 0, None, why_missing(missing)))
            continue
        paths = [f"{folder}/{name}" for name in names if name.endswith(".conf")]
        if paths:
            variables = _environment(root)
            lines.extend(_boot_entry(root, path, variables) for path in paths[:_FILES_LIMIT])
    return lines


def _boot_entry(root: Root, path: str, variables: Mapping[str, str]) -> PersistedLine:
    reading = root.reading(path, _entry)
    if not isinstance(reading, Present):
        return PersistedLine(Keeper.BOOT_ENTRY, path, 0, None, why_missing(reading))
    entry = reading.value
    return _line(
        Keeper.BOOT_ENTRY,
        path,
        entry.options_line,
        partial(_replaced, entry.options, variables),
        entry.title or entry.version,
        entry.linux,
    )


def _plain(root: Root, paths: tuple[str, ...], keeper: Keeper) -> list[PersistedLine]:
    """Return the first of these files that is there: its words, wherever its lines end."""
    for path in paths:
        reading = root.reading(path, parse_cmdline)
        if isinstance(reading, Present):
            return [PersistedLine(keeper, path, 1, reading.value, "")]
        if not isinstance(reading, Absent):
            return [PersistedLine(keeper, path, 0, None, why_missing(reading))]
    return []


def _line(
    keeper: Keeper, path: str, line: int, text: Callable[[], str], title: str = "", kernel: str = ""
) -> PersistedLine:
    try:
        cmdline: Cmdline | None = parse_cmdline(text().encode("utf-8", "surrogateescape"))
        unknown = ""
    except ParseError as error:
        cmdline, unknown = None, error.problem
    return PersistedLine(keeper, path, line, cmdline, unknown, title, kernel)
