"""The settings of this kernel as JSON and as text."""

from __future__ import annotations

import json

from tests.schemas import assert_valid

from bedplate.facts.specimen import CONSTANTS
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.sysctls import CATALOGUE
from bedplate.host.root import LiveRoot
from bedplate.host.sysctls import read_sysctls
from bedplate.render.sysctl_json import sysctl_document
from bedplate.render.sysctl_text import sysctl_text
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Denied, Malformed, Source

ODD = specimen_sysctls(
    {
        "vm.swappiness": Malformed(Source("/proc/sys/vm/swappiness"), b"\x1b[2J", "not an integer \x1b[2J"),
        "vm.mmap_rnd_bits": Denied(Source("/proc/sys/vm/mmap_rnd_bits"), 13, "root"),
        "kernel.watchdog_cpumask": CpuSet([0, 2]),
        "vm.dirty_bytes": 4096,
    }
)


def test_the_document_is_what_its_schema_says() -> None:
    with LiveRoot() as root:
        assert_valid(sysctl_document(read_sysctls(root), CONSTANTS), "sysctl-1")
    assert_valid(sysctl_document(ODD, CONSTANTS), "sysctl-1")


def test_the_document_holds_value_range_default_meaning_and_source() -> None:
    document = json.loads(json.dumps(sysctl_document(ODD, CONSTANTS)))
    settings = {setting["name"]: setting for setting in document["settings"]}
    assert list(settings) == list(CATALOGUE)
    dirty = settings["vm.dirty_bytes"]
    assert (dirty["state"], dirty["value"], dirty["default"], dirty["unit"]) == ("present", 4096, 0, "bytes")
    assert dirty["range"] == {"low": 0, "high": 2**64 - 1}
    assert (dirty["path"], dirty["clears"]) == ("/proc/sys/vm/dirty_bytes", "vm.dirty_ratio")
    assert settings["kernel.watchdog_cpumask"]["value"] == "0,2"
    assert settings["kernel.sem"]["value"] == [32000, 1024000000, 500, 32000]
    assert (settings["vm.swappiness"]["state"], settings["vm.swappiness"]["value"]) == ("malformed", None)
    assert "\x1b" not in json.dumps(document, ensure_ascii=False)


def test_the_text_names_what_there_is_and_counts_the_rest() -> None:
    lines = [line.plain() for line in sysctl_text(ODD)]
    at = lines.index("vm.dirty_bytes = 4096 bytes")
    assert lines[at + 1].strip() == CATALOGUE["vm.dirty_bytes"].meaning
    assert "default 0" in lines[at + 2]
    assert "/proc/sys/vm/dirty_bytes" in lines[at + 2]
    assert "vm.mmap_rnd_bits  denied" in lines
    assert not [line for line in lines if "\x1b" in line]
    assert not [line for line in lines if line.startswith("vm.drop_caches")]
    assert lines[-1] == f"{len(CATALOGUE) - 5} present · 3 absent · 1 denied · 1 malformed"
    assert [line for line in sysctl_text(ODD, verbose=True) if line.plain().startswith("vm.drop_caches")]
