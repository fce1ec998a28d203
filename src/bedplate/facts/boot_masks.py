"""Whether a kernel takes a list of its command line that goes beyond the possible CPUs.

lib/bitmap-str.c (bitmap_parselist(): ERANGE for a number without a bit), include/linux/cpumask.h (nr_cpumask_bits).
Since Linux 6.3 the masks have a bit for each possible CPU (nr_cpu_ids), before only with CONFIG_CPUMASK_OFFSTACK;
else they have NR_CPUS bits (cpu/kernel_max + 1), and what a list names between the two is taken without effect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.idset import CpuSet
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.boot import Boot
    from bedplate.facts.topology import Topology
    from bedplate.values.constants import HostConstants

_RELEASE = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)
_MASKS_OF_NR_CPU_IDS = (6, 3)


class PossibleCpus(NamedTuple):
    """The CPUs that can be there, and what tells how the kernel reads lists that name more."""

    cpus: CpuSet | None
    """cpu/possible; None where it is not known."""
    mask_bits: int | None
    """How many bits a mask of CPUs has; None where it is not known."""
    limit: int | None = None
    """NR_CPUS, which no mask goes beyond; None where it is not known."""
    reported: Mapping[str, CpuSet] | None = None
    """What the kernel says that it took: ``domain`` (cpu/isolated) and ``nohz_full``, where they can be read."""

    @property
    def last(self) -> int | None:
        """The largest number that a CPU can have."""
        return max(self.cpus) if self.cpus else None

    def takes(self, number: int, rest: CpuSet, sets: tuple[str, ...]) -> bool | None:
        """Return whether the kernel takes a list for some sets, None where nothing tells.

        ``number`` is the largest that it names, beyond the possible CPUs; ``rest`` is what it names of these.
        """
        if self.limit is not None and number >= self.limit:
            return False
        said = self._said(rest, sets)
        if said is None and self.mask_bits is not None:
            return number < self.mask_bits
        return said

    def _said(self, rest: CpuSet, sets: tuple[str, ...]) -> bool | None:
        """Return what the kernel's own report says; one CPU may be missing, which the kernel kept to boot on."""
        reported = [self.reported[name] for name in sets if name in self.reported] if self.reported else []
        if any(rest & cpus and len(rest - cpus) <= 1 for cpus in reported):
            return True
        return False if reported and not any(rest & cpus for cpus in reported) else None


def possible_cpus_of(boot: Boot, topology: Topology, constants: HostConstants) -> PossibleCpus:
    """Return the possible CPUs of a host, and what tells how its kernel reads lists."""
    places = {"domain": topology.isolated, "nohz_full": topology.nohz_full}
    reported = {name: place.value for name, place in places.items() if isinstance(place, Present)}
    possible = value_of(topology.possible)
    return PossibleCpus(possible, _mask_bits(boot, possible, constants), constants.cpu_limit, reported)


def _mask_bits(boot: Boot, possible: CpuSet | None, constants: HostConstants) -> int | None:
    if not possible:
        return None
    match = _RELEASE.match(constants.kernel_release or "")
    if match is not None and (int(match[1]), int(match[2])) >= _MASKS_OF_NR_CPU_IDS:
        return max(possible) + 1
    if not isinstance(boot.kernel_config, Present):
        return None
    offstack = boot.kernel_config.value.value("CONFIG_CPUMASK_OFFSTACK") == "y"
    return max(possible) + 1 if offstack else constants.cpu_limit
