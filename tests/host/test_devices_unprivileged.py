"""Devices, interrupts and masks, read by somebody without rights: the same, or told as denied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.requires import requires

from bedplate.host.host import Host
from bedplate.render.irqs_json import irqs_document
from bedplate.render.pci_json import pci_document

NOBODY = 65534
# The package may stand in a folder that is root's alone: everything is imported before the rights are dropped.
READ = f"""
import importlib, json, os, pkgutil
import bedplate.facts, bedplate.host, bedplate.parse, bedplate.values
for package in (bedplate.facts, bedplate.host, bedplate.parse, bedplate.values):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
from bedplate.host.host import Host
from bedplate.render.irqs_json import irqs_document
from bedplate.render.pci_json import pci_document
host = Host.live()
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
isolation = host.isolation
print(json.dumps({{
    "pci": pci_document(host.pci, host.pci_links, host.constants),
    "irqs": irqs_document(host.irqs, host.pci_links, host.constants),
    "denied": sorted({{irq.managed.needs for irq in host.irqs.irqs if hasattr(irq.managed, "needs")}}),
    "unbound": repr(isolation.unbound),
}}))
"""


@requires("root")
def test_an_ordinary_user_sees_what_root_sees() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    with Host.live() as host:
        pci = json.loads(json.dumps(pci_document(host.pci, host.pci_links, host.constants)))
        irqs = json.loads(json.dumps(irqs_document(host.irqs, host.pci_links, host.constants)))
        assert theirs["unbound"] == repr(host.isolation.unbound)
    assert theirs["pci"] == pci
    assert [irq["irq"] for irq in theirs["irqs"]["irqs"]] == [irq["irq"] for irq in irqs["irqs"]]
    for seen, known in zip(theirs["irqs"]["irqs"], irqs["irqs"], strict=True):
        assert seen["smp_affinity"] == known["smp_affinity"]
        assert seen["actions"] == known["actions"]
        assert seen["managed"] is None
    debugfs = Path("/sys/kernel/debug")
    if debugfs.is_dir() and not os.stat(debugfs).st_mode & 0o005:
        assert theirs["denied"] == ["root (debugfs)"]
