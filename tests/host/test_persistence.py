"""The files of sysctl.d: order, precedence, masks; live against systemd's own list."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.trees import plant

from bedplate.facts.persistence import Persistence
from bedplate.host.persistence import read_persistence
from bedplate.host.root import LiveRoot
from bedplate.values.reading import Absent, Present


def places(found: Persistence, *, at_boot: bool = True) -> list[str]:
    return [setting.place for setting in found.settings(at_boot=at_boot)]


def effective(found: Persistence, key: str) -> tuple[str, str | None] | None:
    setting = found.effective(key)
    return None if setting is None else (setting.place, setting.assignment.value)


def test_files_are_read_by_name_and_the_last_line_counts(tmp_path: Path) -> None:
    found = read_persistence(
        plant(
            tmp_path,
            {
                "/etc/sysctl.d/10-a.conf": b"vm.swappiness = 1\n",
                "/usr/lib/sysctl.d/90-z.conf": b"\nvm.swappiness = 3\n",
                "/run/sysctl.d/50-m.conf": b"vm.swappiness = 2\n",
                "/etc/sysctl.d/README": b"vm.swappiness = 9\n",
            },
        )
    )
    assert places(found) == [
        "/etc/sysctl.d/10-a.conf:1", "/run/sysctl.d/50-m.conf:1", "/usr/lib/sysctl.d/90-z.conf:2",
    ]  # fmt: skip
    assert effective(found, "vm.swappiness") == ("/usr/lib/sysctl.d/90-z.conf:2", "3")
    assert effective(found, "vm.dirty_ratio") is None


def test_a_file_takes_the_place_of_its_namesakes(tmp_path: Path) -> None:
    found = read_persistence(
        plant(
            tmp_path,
            {
                "/etc/sysctl.d/50-a.conf": b"vm.swappiness = 1\n",
                "/run/sysctl.d/50-a.conf": b"vm.swappiness = 2\n",
                "/usr/lib/sysctl.d/50-a.conf": b"vm.dirty_ratio = 5\n",
                "/etc/sysctl.d/60-off.conf": "/dev/null",
                "/usr/lib/sysctl.d/60-off.conf": b"vm.dirty_ratio = 6\n",
                "/etc/sysctl.d/70-off.conf": "../../dev/null",
                "/usr/local/lib/sysctl.d/70-off.conf": b"vm.dirty_ratio = 7\n",
            },
        )
    )
    assert places(found) == ["/etc/sysctl.d/50-a.conf:1"]
    assert {file.path: file.masked_by for file in found.files if file.masked_by} == {
        "/run/sysctl.d/50-a.conf": "/etc/sysctl.d/50-a.conf",
        "/usr/lib/sysctl.d/50-a.conf": "/etc/sysctl.d/50-a.conf",
        "/usr/lib/sysctl.d/60-off.conf": "/etc/sysctl.d/60-off.conf",
        "/usr/local/lib/sysctl.d/70-off.conf": "/etc/sysctl.d/70-off.conf",
    }


def test_a_merged_usr_is_read_once(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"/lib": "usr/lib", "/usr/lib/sysctl.d/50-a.conf": b"vm.swappiness = 1\n"}
    found = read_persistence(plant(tmp_path, files))
    assert [file.path for file in found.files] == ["/usr/lib/sysctl.d/50-a.conf"]


@pytest.mark.parametrize("link", ["../sysctl.conf", "/etc/sysctl.conf"])
def test_the_old_file_counts_at_boot_where_a_link_leads_to_it(tmp_path: Path, link: str) -> None:
    alone = read_persistence(plant(tmp_path / "alone", {"/etc/sysctl.conf": b"vm.swappiness = 1\n"}))
    assert not places(alone)
    assert places(alone, at_boot=False) == ["/etc/sysctl.conf:1"]
    assert alone.effective("vm.swappiness") is None
    files: dict[str, bytes | str] = {"/etc/sysctl.conf": b"vm.swappiness = 1\n", "/etc/sysctl.d/99-sysctl.conf": link}
    linked = read_persistence(plant(tmp_path / "linked", files))
    assert places(linked) == places(linked, at_boot=False) == ["/etc/sysctl.d/99-sysctl.conf:1"]


def test_a_key_counts_more_than_a_pattern_wherever_it_is(tmp_path: Path) -> None:
    text = b"net.ipv4.conf.eth0.rp_filter = 1\nnet.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.lo.rp_filter\n"
    found = read_persistence(plant(tmp_path, {"/etc/sysctl.d/a.conf": text}))
    assert effective(found, "net.ipv4.conf.eth0.rp_filter") == ("/etc/sysctl.d/a.conf:1", "1")
    assert effective(found, "net.ipv4.conf.eth1.rp_filter") == ("/etc/sysctl.d/a.conf:2", "2")
    assert effective(found, "net.ipv4.conf.lo.rp_filter") is None
    assert effective(found, "net.ipv4.conf.eth1.log.rp_filter") is None


def test_what_a_partial_capture_lacks_is_not_certain(tmp_path: Path) -> None:
    found = read_persistence(plant(tmp_path, {"/proc/cmdline": b""}))
    assert not found.files
    assert all(isinstance(folder, Absent) and not folder.certain for folder in found.folders)


def test_a_link_out_or_in_circles_leaves_the_rest(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "/etc/sysctl.d/a.conf": "../../../../../../../../etc/passwd",
        "/etc/sysctl.d/b.conf": "b.conf",
        "/etc/sysctl.d/c.conf": b"vm.swappiness = 1\n",
        "/etc/sysctl.d/d.conf": b"\xff\xfe = \x1b[2J\n",
    }
    found = read_persistence(plant(tmp_path, files))
    assert places(found) == ["/etc/sysctl.d/c.conf:1", "/etc/sysctl.d/d.conf:1"]
    assert [file.path for file in found.files if not isinstance(file.content, Present)] == [
        "/etc/sysctl.d/a.conf", "/etc/sysctl.d/b.conf",
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze: apt-get install systemd")
def test_this_machine_is_read_in_the_order_of_systemd() -> None:
    printed = subprocess.run(
        ["systemd-analyze", "cat-config", "--no-pager", "sysctl.d"], capture_output=True, text=True, check=True
    ).stdout
    theirs = [Path(path).name for path in re.findall(r"^# (/\S+\.conf)$", printed, re.MULTILINE)]
    with LiveRoot() as root:
        found = read_persistence(root)
    ours = [Path(file.path).name for file in found.files if file.masked_by is None and file.at_boot]
    assert ours == theirs
    assert all(isinstance(file.content, Present) for file in found.files)
