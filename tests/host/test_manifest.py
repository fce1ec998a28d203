from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import CaptureError
from bedplate.host.folder import FolderRoot
from bedplate.host.manifest import Manifest, Redaction, manifest_text, parse_manifest
from bedplate.values.constants import HostConstants
from bedplate.values.reading import Absent, Denied

MANIFEST = Manifest(
    bedplate="0.1.0",
    when="2026-11-23T16:00:00Z",
    constants=HostConstants("s390x", "big", "6.1", 4096, 100, 512, 1),
    interval_seconds=10.25,
    namespaces={"net": "net:[4026531840]"},
    denied={"/proc/secret": 13},
    failed={"/sys/strange": 22},
    absent=frozenset({"/proc/gone"}),
    listed=frozenset({"/sys/block"}),
    unread={"/sys/block": {"sda": "folder", "note": "file", "x\udcff": "other"}},
    left_out=(Redaction("/proc/1/environ", "environment of a process"),),
    redacted=(Redaction("/proc/cmdline", "UUID"),),
)


def test_what_is_written_is_read_again() -> None:
    text = manifest_text(MANIFEST)
    assert parse_manifest(text, "x") == MANIFEST
    assert text.isascii()


def test_a_capture_that_does_not_tell_when() -> None:
    bare = Manifest(bedplate="1", when=None, constants=HostConstants())
    assert parse_manifest(manifest_text(bare), "x") == bare


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(manifest_text(MANIFEST)) | fields).encode()


def test_keys_of_later_versions_are_passed_over() -> None:
    assert parse_manifest(changed(weather="fine"), "x") == MANIFEST


WRONG: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not JSON"),
    "text": (b"hello", "not JSON"),
    "cut": (manifest_text(MANIFEST)[:-20], "not JSON"),
    "deep": (b"[" * 100_000, "not JSON"),
    "nan": (changed(denied={"/x": float("nan")}), "not JSON"),
    "fraction": (changed(denied={"/x": 1.5}), "denied./x: not a number"),
    "interval": (changed(interval_seconds=-0.5), "interval_seconds: not a positive number"),
    "endless interval": (changed(interval_seconds=float("inf")), "not JSON"),
    "huge number": (b'{"schema": ' + b"9" * 10_000 + b"}", "not JSON"),
    "list": (b"[]", "not a JSON object"),
    "no schema": (b"{}", "schema: not a text"),
    "another schema": (changed(schema="bedplate/capture/2"), "a schema that this version cannot read.*capture/2"),
    "hostile schema": (changed(schema="\x1b[2J"), r"a schema that.*\\x1b"),
    "constants": (changed(constants=[]), "constants: not a JSON object"),
    "byte order": (changed(constants={"byte_order": "middle"}), "constants.byte_order: neither"),
    "page size": (changed(constants={"page_size_bytes": "4096"}), "constants.page_size_bytes: not a number"),
    "no page": (changed(constants={"page_size_bytes": 0}), "constants.page_size_bytes: not a positive number"),
    "large page": (changed(constants={"page_size_bytes": 1 << 31}), "not a positive number"),
    "true page": (changed(constants={"page_size_bytes": True}), "constants.page_size_bytes: not a number"),
    "denied": (changed(denied={"/x": "EACCES"}), "denied./x: not a number"),
    "no errno": (changed(failed={"/x": 1 << 30}), "failed./x: not an errno"),
    "absent": (changed(absent={"a": 1}), "absent: not a list"),
    "absent number": (changed(absent=[1]), "absent: not a text"),
    "unread": (changed(unread={"/x": ["a"]}), "/x: not a JSON object"),
    "unread kind": (changed(unread={"/x": {"door": ["a"]}}), "/x.door: not a kind"),
    "unread name": (changed(unread={"/x": {"file": ["../a"]}}), "/x.file: not names"),
    "redacted": (changed(redacted=["/x"]), "redacted: not a JSON object"),
    "redacted path": (changed(redacted=[{"path": 1, "what": "x"}]), "redacted.path: not a text"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_in_one_line(case: str) -> None:
    text, words = WRONG[case]
    with pytest.raises(CaptureError) as caught:
        parse_manifest(text, "db-07/bedplate.json")
    line = str(caught.value)
    assert line.startswith("db-07/bedplate.json: ")
    assert line.isprintable()
    assert re.search(words, line), line


KEYS = st.sampled_from(["schema", "denied", "unread", "absent", "x"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)


@given(st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_text_gives_a_manifest_or_one_error(text: bytes) -> None:
    try:
        parse_manifest(text, "x")
    except CaptureError as error:
        line = str(error)
    else:
        line = ""
    assert line.isprintable()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    (tmp_path / "bedplate.json").write_bytes(manifest_text(MANIFEST))
    (tmp_path / "sys/block/sdb").mkdir(parents=True)
    return tmp_path


def test_a_root_answers_as_the_host_did(capture: Path) -> None:
    with FolderRoot(str(capture)) as root:
        denied = root.reading("/proc/secret", bytes)
        assert isinstance(denied, Denied)
        assert denied.errno == 13
        with pytest.raises(OSError, match="Invalid argument"):
            root.read("/sys/strange")
        assert [tuple(entry) for entry in root.entries("/sys/block")] == [
            ("note", "file"), ("sda", "folder"), ("sdb", "folder"), ("x\udcff", "other"),
        ]  # fmt: skip
        assert root.names("/") == ["sys"]


@pytest.mark.parametrize(
    ("path", "certain"),
    [
        ("/proc/gone", True),
        ("/proc/gone/below/it", True),
        ("/sys/block/sdc", True),
        ("/sys/block/sdc/size", True),
        ("/sys/block/note", False),
        ("/sys/block/sda/size", False),
        ("/sys/block/sdb/size", False),
        ("/proc/never", False),
        ("/proc", False),
    ],
)
def test_an_absence_is_certain_where_it_was_looked_at(capture: Path, path: str, certain: bool) -> None:
    with FolderRoot(str(capture)) as root:
        reading = root.reading(path, bytes, absent="CONFIG_X is not set")
    assert isinstance(reading, Absent)
    assert reading.certain == certain
    assert reading.reason == ("CONFIG_X is not set" if certain else "not in this capture")


def test_a_capture_with_a_wrong_manifest_is_refused(capture: Path) -> None:
    (capture / "bedplate.json").write_bytes(b"{")
    with pytest.raises(CaptureError, match=r"bedplate\.json: not JSON"):
        FolderRoot(str(capture))
