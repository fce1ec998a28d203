"""The huge page pools as the JSON document bedplate/hugepages/1 (docs/schemas/hugepages-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.render.missing import missing_documents, missing_of
from bedplate.render.values import Json, plain
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.hugepages import HugePagePools, NodePool, Pool
    from bedplate.facts.mounts import HugetlbMount, Mounts
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/hugepages/1"


def hugepages_document(pools: HugePagePools, mounts: Mounts, constants: HostConstants) -> dict[str, Json]:
    """Return the document: what is not known is null, and ``missing`` says why."""
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "default_size_bytes": value_of(pools.default_size_bytes),
        "pools": [_pool(pool) for pool in pools.pools],
        "mounts": [_mount(mount) for mount in mounts.hugetlbfs()],
        "missing": missing_documents(missing_of(readings_of(pools, mounts))),
        "problems": [{"path": plain(problem.path), "text": plain(problem.text)} for problem in pools.problems],
    }


def readings_of(pools: HugePagePools, mounts: Mounts) -> Iterator[Reading[object]]:
    """Yield the readings whose lack is told."""
    yield from (pools.default_size_bytes, pools.folder, mounts.mounts)
    for pool in pools.pools:
        yield from (pool.nr, pool.free, pool.reserved, pool.surplus, pool.overcommit)
        yield from (reading for node in pool.nodes for reading in (node.nr, node.free, node.surplus))


def _pool(pool: Pool) -> dict[str, Json]:
    return {
        "size_bytes": pool.size_bytes,
        "nr": value_of(pool.nr),
        "free": value_of(pool.free),
        "reserved": value_of(pool.reserved),
        "surplus": value_of(pool.surplus),
        "overcommit": value_of(pool.overcommit),
        "available": pool.available,
        "total_bytes": pool.total_bytes,
        "demote_size_bytes": value_of(pool.demote_size_bytes),
        "nodes": [_node(node) for node in pool.nodes],
    }


def _node(node: NodePool) -> dict[str, Json]:
    return {
        "node": node.node,
        "nr": value_of(node.nr),
        "free": value_of(node.free),
        "surplus": value_of(node.surplus),
    }


def _mount(mount: HugetlbMount) -> dict[str, Json]:
    return {name: plain(value) for name, value in mount._asdict().items()}
