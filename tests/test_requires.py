"""The tests' own ground: needs skip or fail as they should, and the recorded machines are all there."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests import recorded, requires, traces

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(requires.NEEDS, "moon", lambda: "moon: wait for the night")
    monkeypatch.setitem(requires.NEEDS, "air", lambda: None)
    monkeypatch.delenv(requires.DEMANDS, raising=False)


@pytest.mark.usefixtures("lacking")
def test_a_lack_skips_and_says_how_to_mend_it() -> None:
    with pytest.raises(pytest.skip.Exception, match="moon: wait for the night"):
        requires.requires("air", "moon")


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize("demand", ["moon", "air,moon", "air moon", " moon, air "])
def test_a_lack_that_is_demanded_fails(monkeypatch: pytest.MonkeyPatch, demand: str) -> None:
    monkeypatch.setenv(requires.DEMANDS, demand)
    with pytest.raises(pytest.fail.Exception, match="names 'moon'"):
        requires.requires("moon")


@pytest.mark.usefixtures("lacking")
def test_what_is_there_lets_the_test_run() -> None:
    requires.requires("air")


def test_unknown_names_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.UsageError, match="'sun'"):
        requires.requires("sun")
    monkeypatch.setenv(requires.DEMANDS, "root,sun")
    with pytest.raises(pytest.UsageError, match="'sun'"):
        requires.demanded()


def test_at_collection_it_is_a_mark_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setitem(requires.NEEDS, "moon", lambda: "moon")
    assert requires.requires("moon").mark.args == ("moon",)


@requires.requires("hosts")
def test_the_index_lists_every_archive() -> None:
    folder = requires.hosts_folder()
    assert folder is not None
    index = json.loads((folder / "index.json").read_bytes())
    assert sorted(entry["file"] for entry in index["snapshots"]) == sorted(
        f"{name}.tar.xz" for name in recorded.MACHINES
    )


@requires.requires("hosts")
def test_a_machine_is_unpacked_once_with_its_links() -> None:
    folder = recorded.folder("hwloc--16em64t-4s2c2t-offlines")
    assert (folder / "sys/devices/system/cpu/cpu0/topology/core_id").read_text().strip() == "0"
    assert (folder / "sys/devices/system/node/node0/cpu0").is_symlink()
    before = os.stat(folder).st_ino
    assert os.stat(recorded.folder("hwloc--16em64t-4s2c2t-offlines")).st_ino == before


def test_traces_name_what_changed(tmp_path: Path) -> None:
    now = traces.traces()
    assert any(name.startswith("/proc/sys/vm/") for name in now)
    assert "mount /proc" in now
    assert traces.differences(now, {**now, "mount /mnt": "tmpfs"}) == ["mount /mnt: was None, is 'tmpfs'"]
