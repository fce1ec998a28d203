from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.vmstat import parse_counters
from bedplate.parse.zoneinfo import Pageset, parse_zoneinfo

# Node 0 begins with a zone that has no memory, so that its counters stand below its second zone.
SAMPLE = b"""Node 0, zone      DMA
  pages free     0
        min      0
        low      0
        high     0
        present  0
        managed  0
        protection: (0, 0, 0)
Node 0, zone   Normal
  per-node stats
      nr_inactive_anon 692219
      nr_kernel_stack 2468
  pages free     24316
        boost    1
        min      13831
        low      17337
        high     20843
        present  5505024
        protection: (0, 0, 16715)
      nr_free_pages 24316
      numa_hit     21975729
  pagesets
    cpu: 0
              count:    14389
              high:     23720
              batch:    63
  vm stats threshold: 32
    cpu: 3
              count:    7
              high:     9
              batch:    1
  vm stats threshold: 48
  node_unreclaimable:  1
  start_pfn:           1048576
Node 2, zone  Movable
  pages free     5
        min      3
        low      4
        high     5
        present  1
        protection: (0, 0, 0)
      nr_free_pages 5
  pagesets
  node_unreclaimable:  0
  start_pfn:           7
"""


def test_the_nodes_counters_stand_below_its_first_populated_zone_and_belong_to_no_zone() -> None:
    zoneinfo = parse_zoneinfo(SAMPLE)
    assert zoneinfo.nodes == {0: {"nr_inactive_anon": 692219, "nr_kernel_stack": 2468}}
    assert [(zone.node, zone.name) for zone in zoneinfo.zones] == [(0, "DMA"), (0, "Normal"), (2, "Movable")]
    assert zoneinfo.zones[1].stats == {"nr_free_pages": 24316, "numa_hit": 21975729}
    assert zoneinfo.unknown == ()


def test_the_watermark_high_is_not_the_limit_high_of_a_pageset() -> None:
    zone = parse_zoneinfo(SAMPLE).zones[1]
    assert zone.pages == {
        "free": 24316,
        "boost": 1,
        "min": 13831,
        "low": 17337,
        "high": 20843,
        "present": 5505024,
    }
    assert zone.pagesets == (
        Pageset(0, {"count": 14389, "high": 23720, "batch": 63}, 32),
        Pageset(3, {"count": 7, "high": 9, "batch": 1}, 48),
    )


def test_vm_stats_threshold_is_one_key_with_spaces_and_belongs_to_its_cpu() -> None:
    assert [one.stat_threshold for one in parse_zoneinfo(SAMPLE).zones[1].pagesets] == [32, 48]


def test_a_zone_without_memory_stops_after_its_protection() -> None:
    zone = parse_zoneinfo(SAMPLE).zones[0]
    assert zone.pages["present"] == 0
    assert zone.protection == (0, 0, 0)
    assert (zone.stats, zone.pagesets, zone.attributes) == ({}, (), {})


def test_what_stands_below_the_cpus_is_the_zones() -> None:
    zones = parse_zoneinfo(SAMPLE).zones
    assert zones[1].attributes == {"node_unreclaimable": 1, "start_pfn": 1048576}
    assert zones[2].attributes == {"node_unreclaimable": 0, "start_pfn": 7}


def test_the_pagesets_can_be_left_out_and_nothing_else_changes() -> None:
    whole, less = parse_zoneinfo(SAMPLE), parse_zoneinfo(SAMPLE, pagesets=False)
    assert [zone._replace(pagesets=()) for zone in whole.zones] == list(less.zones)
    assert less.nodes == whole.nodes


def test_an_old_kernel_prints_protection_last_and_no_counters_of_nodes() -> None:
    text = b"""Node 1, zone   Normal
  pages free     3
        min      2
        scanned  0
    nr_free_pages 3
    numa_hit     9
        protection: (0, 5)
  pagesets
    cpu: 0
              count: 1
              high:  2
              batch: 3
  vm stats threshold: 4
  all_unreclaimable: 0
  prev_priority:     12
  start_pfn:         16
"""
    zoneinfo = parse_zoneinfo(text)
    (zone,) = zoneinfo.zones
    assert zone.pages == {"free": 3, "min": 2, "scanned": 0}
    assert zone.stats == {"nr_free_pages": 3, "numa_hit": 9}
    assert zone.protection == (0, 5)
    assert zone.attributes == {"all_unreclaimable": 0, "prev_priority": 12, "start_pfn": 16}
    assert (zoneinfo.nodes, zoneinfo.unknown) == ({}, ())


def test_next_years_keys_are_kept_and_its_lines_too() -> None:
    text = SAMPLE.replace(b"        boost    1\n", b"        proactive 77\n        odd one 2\n")
    text = text.replace(b"batch:    63\n", b"batch:    63\n              flags:    0x3\n              low_max:  4\n")
    zoneinfo = parse_zoneinfo(text)
    assert zoneinfo.zones[1].pages["proactive"] == 77
    assert zoneinfo.zones[1].stats == parse_zoneinfo(SAMPLE).zones[1].stats
    assert zoneinfo.zones[1].pagesets[0].fields["low_max"] == 4
    assert zoneinfo.unknown == ("        odd one 2", "              flags:    0x3")


def test_a_file_that_was_cut_off_has_no_other_numbers() -> None:
    whole = parse_zoneinfo(SAMPLE)
    for text in hostile.cuts(SAMPLE):
        with suppress(ParseError):
            zoneinfo = parse_zoneinfo(text)
            for zone, intact in zip(zoneinfo.zones, whole.zones, strict=False):
                assert zone.pages.items() <= intact.pages.items()
                assert zone.stats.items() <= intact.stats.items()
                assert zone.attributes.items() <= intact.attributes.items()
                for one, other in zip(zone.pagesets, intact.pagesets, strict=False):
                    assert one.fields.items() <= other.fields.items()


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert parse_zoneinfo(text).zones


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_zoneinfo, SAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        b"pages free 3\n",
        b"Node 0, zone\n",
        b"Node x, zone DMA\n",
        b"Node 0, zone DMA",
        b"Node 0, zone DMA\n        protection: (0,,1)\n",
        b"Node 0, zone DMA\n        protection: (%b)\n" % (b"9" * 21),
    ],
)
def test_what_is_no_zoneinfo_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_zoneinfo, text)


def test_this_kernels_zones_are_wholly_understood_and_add_up_to_vmstat() -> None:
    zoneinfo = parse_zoneinfo(Path("/proc/zoneinfo").read_bytes())
    counters = parse_counters(Path("/proc/vmstat").read_bytes()).values
    assert zoneinfo.unknown == ()
    populated = [zone for zone in zoneinfo.zones if zone.pages["present"]]
    assert all(zone.stats and zone.attributes for zone in populated)
    assert all(not zone.stats for zone in zoneinfo.zones if not zone.pages["present"])
    free = sum(zone.pages["free"] for zone in zoneinfo.zones)
    assert abs(free - counters["nr_free_pages"]) < sum(zone.pages["managed"] for zone in populated) // 4
    assert set(zoneinfo.zones[0].pages) >= {"free", "min", "low", "high", "spanned", "present", "managed"}


@recorded.each_machine
def test_every_recorded_zoneinfo_is_wholly_understood(machine: str) -> None:
    path = recorded.folder(machine) / "proc/zoneinfo"
    if path.exists():
        zoneinfo = parse_zoneinfo(path.read_bytes())
        assert zoneinfo.unknown == ()
        assert sum(zone.pages["free"] for zone in zoneinfo.zones) > 0
        assert len({len(zone.protection or ()) for zone in zoneinfo.zones}) == 1
