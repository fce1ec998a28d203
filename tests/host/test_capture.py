from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from tests import recorded
from tests.host.everything import everything
from tests.requires import requires

from bedplate.errors import UsageError
from bedplate.host.capture import Written, capture, record, redactor_for, write_recorded
from bedplate.host.host import SECTIONS, Host
from bedplate.host.manifest import MANIFEST_NAME, manifest_text
from bedplate.host.open import captured_root
from bedplate.host.redaction import Redactor
from bedplate.host.root import LiveRoot, Root

SCHEMA = Path(__file__).parents[2] / "docs/schemas/capture-1.json"
SHAPES = ["folder", "a.tar", "a.tar.gz", "a.tar.xz"]


@pytest.fixture(scope="module")
def live() -> Iterator[Root]:
    with LiveRoot() as root:
        yield root


def facts(host: Host) -> dict[str, object]:
    return {name: getattr(host, name) for name in ("constants", *SECTIONS)}


def facts_at(path: Path) -> dict[str, object]:
    with Host.open(str(path)) as host:
        return facts(host)


def write(root: Root, path: Path, redactor: Redactor | None = None, *, force: bool = False) -> Written:
    return capture(root, str(path), version="0.1.0", redactor=redactor, force=force)


def masked(found: dict[str, object], redactor: Redactor) -> dict[str, str]:
    """Return facts as text with what a capture redacts replaced as it does, the longest first."""
    texts = {name: repr(value) for name, value in found.items()}
    for secret, pseudonym in sorted(redactor.pseudonyms.items(), key=lambda pair: -len(pair[0])):
        told, tells = os.fsdecode(secret), os.fsdecode(pseudonym)
        texts = {name: text.replace(told, tells) for name, text in texts.items()}
    return texts


def round_trip(root: Root, folder: Path) -> None:
    """Prove that a host, its capture and the capture of that read the same; redacted, but for what is redacted."""
    seen = record(root)
    assert seen.faults == ()
    told = facts(seen.host)
    write_recorded(seen, str(folder / "one.tar"), version="0.1.0")
    assert facts_at(folder / "one.tar") == told
    with captured_root(str(folder / "one.tar")) as one:
        write(one, folder / "two.tar.gz")
        redactor = redactor_for(one)
        write(one, folder / "redacted.tar", redactor)
    assert facts_at(folder / "two.tar.gz") == told
    redacted = {name: repr(value) for name, value in facts_at(folder / "redacted.tar").items()}
    assert redacted == masked(told, redactor)
    with captured_root(str(folder / "redacted.tar")) as again:
        write(again, folder / "again.tar", redactor_for(again))
    assert {name: repr(value) for name, value in facts_at(folder / "again.tar").items()} == redacted


def test_this_host_is_its_capture(live: Root, tmp_path: Path) -> None:
    round_trip(live, tmp_path)


# Every sixth, for the speed of the tests; tools that run all 88 found no other.
@pytest.mark.parametrize("machine", recorded.MACHINES[::6] or [pytest.param("none", marks=requires("hosts"))])
def test_a_recorded_machine_is_its_capture(machine: str, tmp_path: Path) -> None:
    with captured_root(str(recorded.archive(machine))) as root:
        round_trip(root, tmp_path)


def test_the_constants_and_the_boot_of_this_host_are_those_of_its_capture(live: Root, tmp_path: Path) -> None:
    write(live, tmp_path / "a.tar")
    captured = facts_at(tmp_path / "a.tar")
    here = Host(live)
    for name in ("constants", "boot"):
        assert captured[name] == getattr(here, name)
    assert here.topology.nodes
    with Host.open(str(tmp_path / "a.tar")) as there:
        assert there.name == here.name
        assert [node.cpus for node in there.topology.nodes] == [node.cpus for node in here.topology.nodes]
        assert there.topology.caches == here.topology.caches
        assert there.topology.cores == here.topology.cores


def test_two_samples_are_two_in_the_capture(live: Root, tmp_path: Path) -> None:
    seen = record(live, interval=0.2)
    assert seen.host.numastat.twice
    write_recorded(seen, str(tmp_path / "one.tar"), version="0.1.0", redactor=Redactor())
    with Host.open(str(tmp_path / "one.tar")) as one:
        assert one.numastat == seen.host.numastat
        write(one.root, tmp_path / "two.tar")
    with Host.open(str(tmp_path / "two.tar")) as two:
        assert two.numastat == seen.host.numastat
        assert two.numastat.seconds is not None


def test_every_shape_holds_the_same(live: Root, tmp_path: Path) -> None:
    write(live, tmp_path / "first.tar")
    with captured_root(str(tmp_path / "first.tar")) as first:
        for shape in SHAPES:
            write(first, tmp_path / shape)
            with captured_root(str(tmp_path / shape)) as root:
                assert list(everything(root)) == list(everything(first)), shape


def test_the_same_host_makes_the_same_bytes(live: Root, tmp_path: Path) -> None:
    write(live, tmp_path / "first.tar")
    with captured_root(str(tmp_path / "first.tar")) as first:
        for shape in SHAPES[1:]:
            (tmp_path / "x").mkdir(exist_ok=True)
            write(first, tmp_path / shape)
            write(first, tmp_path / "x" / shape)
            assert (tmp_path / shape).read_bytes() == (tmp_path / "x" / shape).read_bytes()


def test_other_tools_can_unpack_it_and_it_is_for_its_owner_alone(live: Root, tmp_path: Path) -> None:
    write(live, tmp_path / "a.tar.gz")
    write(live, tmp_path / "folder")
    assert stat.S_IMODE((tmp_path / "a.tar.gz").stat().st_mode) == 0o600
    for path in [tmp_path / "folder", *(tmp_path / "folder").rglob("*")]:
        mode = path.lstat().st_mode
        assert stat.S_ISLNK(mode) or stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        members = archive.getmembers()
    assert members[0].name == MANIFEST_NAME
    assert [member.name for member in members[1:]] == sorted(member.name for member in members[1:])
    assert {(member.uid, member.gid, member.mtime) for member in members} == {(0, 0, 0)}
    assert not [member.name for member in members if member.name.startswith(("/", "."))]
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", str(tmp_path / "a.tar.gz"), "-C", str(unpacked)], check=True, timeout=60)
    assert facts_at(unpacked)["constants"] == facts_at(tmp_path / "a.tar.gz")["constants"]


def test_the_manifest_is_what_its_schema_says(live: Root, tmp_path: Path) -> None:
    write(live, tmp_path / "folder", redactor_for(live))
    document = json.loads((tmp_path / "folder" / MANIFEST_NAME).read_bytes())
    jsonschema.validate(document, json.loads(SCHEMA.read_bytes()))
    assert document["constants"]["architecture"] == os.uname().machine
    assert document["namespaces"]["net"] == os.readlink("/proc/self/ns/net")
    assert document["when"].endswith("Z")


def test_what_is_taken_is_not_replaced_without_being_asked(live: Root, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "work").mkdir(parents=True)
    (tmp_path / "file.tar").write_bytes(b"mine")
    for name in ("file.tar", "mine"):
        with pytest.raises(UsageError, match="is there already"):
            write(live, tmp_path / name)
    with pytest.raises(UsageError, match="no capture of ours"):
        write(live, mine, force=True)
    assert (mine / "work").is_dir()
    assert (tmp_path / "file.tar").read_bytes() == b"mine"
    for name in ("file.tar", "capture"):
        write(live, tmp_path / name, force=True)
        write(live, tmp_path / name, force=True)
        assert facts_at(tmp_path / name)["constants"] == Host(live).constants
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capture", "file.tar", "mine"]


def test_a_capture_that_cannot_be_written_leaves_nothing(
    live: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"is a folder, \.tar, \.tar\.gz or \.tar\.xz"):
        write(live, tmp_path / "a.zip")
    with pytest.raises(FileNotFoundError) as caught:
        write(live, tmp_path / "nowhere/a.tar")
    assert caught.value.filename == str(tmp_path / "nowhere/a.tar")
    for name in ("a.tar", "folder"):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdopen", _full)
            with pytest.raises(OSError, match="No space left"):
                write(live, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def _full(handle: int, *_: object) -> None:
    os.close(handle)
    raise OSError(28, "No space left on device")


@requires("root")
def test_without_root_what_is_denied_is_denied_again(tmp_path: Path) -> None:
    """In a child that gives root up; it has loaded what it needs before, for the modules may be root's alone."""
    program = """
import os, sys
from bedplate.host.capture import capture
from bedplate.host.host import Host, SECTIONS
from bedplate.host.root import LiveRoot
path = sys.argv[1]
root = LiveRoot()
capture(root, path + "/by-root.tar", version="1")
with Host.open(path + "/by-root.tar") as host:
    [getattr(host, name) for name in SECTIONS]
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
written = capture(root, path + "/a.tar", version="1")
assert written.faults == (), written.faults
assert "/proc/sys/net/core/bpf_jit_harden" in written.manifest.denied, written.manifest.denied
with Host.open(path + "/a.tar") as there:
    here = Host(root)
    assert there.topology.cores == here.topology.cores
    for path, number in written.manifest.denied.items():
        one, other = root.reading(path, bytes), there.root.reading(path, bytes)
        assert one == other and one.errno == number, (one, other)
"""
    (tmp_path / "out").mkdir()
    os.chown(tmp_path / "out", 65534, 65534)
    for path in (tmp_path, *tmp_path.parents):
        if path != Path("/") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o111)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_redaction_is_listed_and_hides_what_it_should(live: Root, tmp_path: Path) -> None:
    uuid, mac = "5bd1c2a0-8f0e-4b7e-9a43-0d1f2e3a4b5c", "3c:ec:ef:12:34:56"
    source = tmp_path / "source"
    (source / "proc").mkdir(parents=True)
    (source / "proc/cmdline").write_text(f"root=UUID={uuid} ifname=eth0:{mac} isolcpus=1 quiet\n")
    (source / "proc/cpuinfo").write_text("processor\t: 0\nSerial\t\t: 100000003d1d1c36\n")
    with captured_root(str(source)) as root:
        written = write(root, tmp_path / "folder", redactor_for(root))
        told = write(root, tmp_path / "told")
    text = b"".join(path.read_bytes() for path in (tmp_path / "folder").rglob("*") if path.is_file())
    for secret in (uuid, mac, "100000003d1d1c36"):
        assert secret.encode() not in text
    assert b"isolcpus=1 quiet" in text
    assert {(row.path, row.what) for row in written.manifest.redacted} == {
        ("/proc/cmdline", "UUID"),
        ("/proc/cmdline", "address of the kernel command line"),
        ("/proc/cpuinfo", "serial number"),
    }
    assert told.manifest.redacted == ()
    assert (tmp_path / "told/proc/cmdline").read_bytes() == (source / "proc/cmdline").read_bytes()


def test_links_on_the_way_are_captured_and_files_lie_where_they_are(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sys/devices/pci0000:00/0000:00:01.0").mkdir(parents=True)
    (source / "sys/bus/pci/devices").mkdir(parents=True)
    (source / "sys/bus/pci/devices/0000:00:01.0").symlink_to("../../../devices/pci0000:00/0000:00:01.0")
    (source / "sys/bus/pci/devices/0000:00:02.0").symlink_to("/dangling")
    (source / "sys/devices/pci0000:00/0000:00:01.0/class").write_text("0x020000\n")
    (source / "sys/devices/pci0000:00/0000:00:01.0/unread").write_text("")
    with captured_root(str(source)) as root:
        write(root, tmp_path / "folder")
        assert (tmp_path / "folder/sys/devices/pci0000:00/0000:00:01.0/class").is_file()
        assert os.readlink(tmp_path / "folder/sys/bus/pci/devices/0000:00:02.0") == "/dangling"
        with captured_root(str(tmp_path / "folder")) as again:
            assert again.entries("/sys/bus/pci/devices") == root.entries("/sys/bus/pci/devices")


def test_a_reader_that_fails_is_told_and_the_rest_is_captured(
    live: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Host) -> None:
        raise ZeroDivisionError("somewhere")

    with monkeypatch.context() as patch:
        patch.setattr(Host, "topology", property(broken))
        written = write(live, tmp_path / "a.tar")
    assert "topology: ZeroDivisionError: somewhere" in written.faults
    assert facts_at(tmp_path / "a.tar")["boot"] == Host(live).boot


def test_a_manifest_comes_back_from_a_capture(live: Root, tmp_path: Path) -> None:
    written = write(live, tmp_path / "a.tar")
    with captured_root(str(tmp_path / "a.tar")) as root:
        assert root.manifest == written.manifest
        assert manifest_text(written.manifest) == root.read("/" + MANIFEST_NAME)
