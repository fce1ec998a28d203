"""Sets of numbers and texts of every kind, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from bedplate.values.idset import NUMBER_LIMIT

LAST = NUMBER_LIMIT - 1

small_sets = st.frozensets(st.integers(0, 300), max_size=60)
wide_sets = st.frozensets(st.integers(0, LAST), max_size=12)
runs = st.tuples(st.integers(0, LAST), st.integers(0, 600)).map(
    lambda run: frozenset(range(run[0], min(run[0] + run[1], LAST) + 1))
)
models = st.one_of(small_sets, wide_sets, runs)
"""Plain frozensets: what an IdSet must behave like."""

# Texts that look like lists, masks and sizes, so that a parser gets beyond the first character.
alike = st.text(alphabet="0123456789abcdefxXNKMG,-:/ \n\0\t\v\u00a0\u0663()", max_size=40)
texts = st.one_of(st.binary(max_size=80), alike, alike.map(lambda text: text.encode()), st.text(max_size=40))
