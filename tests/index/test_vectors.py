"""The shortlist finds what comparing everything would find; the edges (empty, few rows, large k) hold too."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from craftlore.index.vectors import EXACT, SHORTLIST, Vectors, pack, unpack

Rows = NDArray[np.float32]


def clustered(count: int, seed: int = 0, clusters: int = 200) -> Rows:
    """Unit vectors around random centres, as the sentences of a library lie around their subjects."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((clusters, 384)).astype(np.float32)
    rows = centres[random.integers(clusters, size=count)] + 0.8 * random.standard_normal((count, 384), dtype=np.float32)
    unit: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("count", [EXACT + 1, 20_000])
def test_the_shortlist_recalls_the_exact_neighbours(count: int) -> None:
    rows = clustered(count)
    vectors = Vectors(pack(rows))
    queries = clustered(30, seed=0, clusters=200) if count < 10_000 else rows[:: count // 30]
    found = 0
    for query in queries:
        exact = set(np.argsort(-(rows @ query))[:20].tolist())
        found += len(exact & set(vectors.nearest(query, 20)[0].tolist()))
    assert found / (20 * len(queries)) >= 0.98


@pytest.mark.parametrize("count", [5, EXACT, EXACT + 1])
def test_a_row_is_nearest_to_itself(count: int) -> None:
    rows = clustered(count, seed=1)
    found, cosines = Vectors(pack(rows)).nearest(rows[count - 1], 3)
    assert found[0] == count - 1
    assert cosines[0] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("count", [300, EXACT + 500])
def test_answers_are_best_first_with_their_true_cosines(count: int) -> None:
    rows = clustered(count, seed=2)
    found, cosines = Vectors(pack(rows)).nearest(rows[0], 50)
    assert len(set(found.tolist())) == 50
    assert (np.diff(cosines) <= 0).all()
    np.testing.assert_allclose(cosines, rows[found] @ rows[0], atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_k_larger_than_the_rows_gives_all_of_them(count: int) -> None:
    found, cosines = Vectors(pack(clustered(max(count, 1))[:count])).nearest(clustered(1)[0], 60)
    assert sorted(found.tolist()) == list(range(count)) and len(cosines) == count


def test_k_larger_than_many_rows_gives_all_of_them() -> None:
    rows = clustered(EXACT + 10)
    assert sorted(Vectors(pack(rows)).nearest(rows[0], 10 * EXACT)[0].tolist()) == list(range(len(rows)))


def test_k_larger_than_the_shortlist_is_still_met() -> None:
    rows = clustered(45_000, seed=3)
    for query in clustered(3, seed=4):
        assert len(Vectors(pack(rows)).nearest(query, SHORTLIST + 500)[0]) == SHORTLIST + 500


def test_rows_that_are_all_alike_do_not_overflow_the_shortlist() -> None:
    rows = np.repeat(clustered(1), EXACT * 3, axis=0)
    found, cosines = Vectors(pack(rows)).nearest(rows[0], 10)
    assert len(found) == 10 and np.allclose(cosines, 1, atol=1e-4)


def test_length_is_the_number_of_rows() -> None:
    assert len(Vectors(pack(clustered(12)))) == 12


def test_packing_is_close_and_packing_again_changes_nothing() -> None:
    rows = clustered(50)
    packed = pack(rows)
    np.testing.assert_allclose(unpack(packed), rows, atol=1 / 65_534 + 1e-7)
    assert np.array_equal(pack(unpack(packed)), packed)
