"""What a root knows of what is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.requires import requires

from bedplate.host.open import captured_root
from bedplate.host.root import LiveRoot
from bedplate.values.reading import Absent


def test_a_running_host_knows_what_it_lacks() -> None:
    with LiveRoot() as root:
        for path in ("/proc/no-such", "/sys/no-such", "/etc/no-such"):
            assert root.reading(path, bytes, absent="never was") == Absent(
                root.reading(path, bytes).source, "never was"
            )


@pytest.mark.parametrize(("hidden", "sections"), [("/proc", "boot"), ("/sys", "numa,pci")])
@requires("root")
def test_where_a_tree_is_not_mounted_nothing_passes_for_absent(hidden: str, sections: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    bedplate = f"{sys.executable} -m bedplate check --only {sections} --format json"
    check = f"mount -t tmpfs none {hidden} && {bedplate} > {report}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", check], capture_output=True, text=True, timeout=60, check=False)
    assert not done.stderr
    assert done.returncode == 3, "too little is known for a verdict"
    findings = json.loads(report.read_bytes())["findings"]
    reasons = [finding["reason"] for finding in findings if finding["state"] == "unknown"]
    assert any(f"{hidden} is not mounted here" in reason for reason in reasons)


def test_a_root_that_nobody_closed_lets_go(tmp_path: Path) -> None:
    (tmp_path / "proc" / "irq").mkdir(parents=True)
    (tmp_path / "proc" / "cmdline").write_bytes(b"quiet\n")
    before = os.listdir("/proc/self/fd")
    for _ in range(50):
        root = captured_root(str(tmp_path))
        assert root.read("/proc/cmdline") == b"quiet\n"
        assert [entry.name for entry in root.entries("/proc")] == ["cmdline", "irq"]
        LiveRoot().entries("/proc/self")
        del root
    assert len(os.listdir("/proc/self/fd")) <= len(before)
