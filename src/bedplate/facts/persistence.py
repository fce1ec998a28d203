"""What is written to kernel settings at boot: the files of sysctl.d, in the order in which they count.

Source: sysctl.d(5), systemd-sysctl.service(8), sysctl(8) "--system".
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.parse.sysctl_conf import Assignment, SysctlConf
    from bedplate.values.reading import Reading


class ConfFile(NamedTuple):
    """One file of settings."""

    path: str
    content: Reading[SysctlConf]
    masked_by: str | None
    """The file of the same name in a folder that counts more, which is read instead; None where this one counts."""
    at_boot: bool = True
    """False for one that ``sysctl --system`` reads and systemd-sysctl does not: /etc/sysctl.conf without a link."""


class Setting(NamedTuple):
    """One line that sets something, and the file that it is in."""

    path: str
    assignment: Assignment

    @property
    def place(self) -> str:
        """Where it is, as people and editors write it: ``/etc/sysctl.d/90-x.conf:3``."""
        return f"{self.path}:{self.assignment.line}"


@dataclass(frozen=True, slots=True)
class Persistence:
    """The settings that are kept for every boot."""

    folders: tuple[Reading[tuple[str, ...]], ...]
    """The names in each folder that may hold such files, the one that counts most first."""
    files: tuple[ConfFile, ...]
    """In the order in which they are read; of two that set the same key the later one counts."""

    def settings(self, *, at_boot: bool = True) -> Iterator[Setting]:
        """Yield every line that counts, in order; without ``at_boot`` those of ``sysctl --system`` as well."""
        for file in self.files:
            content = value_of(file.content)
            if content is not None and file.masked_by is None and (file.at_boot or not at_boot):
                for assignment in content.assignments:
                    yield Setting(file.path, assignment)

    def effective(self, key: str) -> Setting | None:
        """Return the line that says what a setting is at boot, None where no file does.

        The last line that names the key itself; only where none does and none excepts it, the last pattern.
        """
        named: Setting | None = None
        by_pattern: Setting | None = None
        excepted = False
        for setting in self.settings():
            assignment = setting.assignment
            if assignment.key == key:
                named, excepted = (setting, False) if assignment.value is not None else (None, True)
            elif assignment.pattern and assignment.value is not None and _matches(key, assignment.key):
                by_pattern = setting
        return named or (None if excepted else by_pattern)


def _matches(key: str, pattern: str) -> bool:
    """Return whether a pattern is for a key; a ``*`` ends at a slash of the path, as in glob(7)."""
    parts, wanted = key.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
