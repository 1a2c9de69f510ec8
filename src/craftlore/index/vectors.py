"""Exact nearest neighbours without an index structure to build or tune.

Up to `EXACT` rows every dot product is computed. Above that the sign bits of all rows (48 bytes each, after centring and a
random rotation) are compared first, and a shortlist by Hamming distance is ranked by its true dot products: random
hyperplanes keep the order of angles well (Charikar, 2002). Rows are kept as 16-bit fixed point: the components of unit vectors
lie in [-1, 1], so this is as small as float16, closer, and NumPy turns it into float32 twelve times faster.
`bench/search.py` prints speed and recall.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Vectors", "dots", "pack", "unpack"]

Fixed = NDArray[np.int16]
SCALE = 32_767

EXACT = 4096
SHORTLIST = 1500  # and one more for every 160 rows
BLOCK = 65_536  # rows at a time, so that the work stays in the cache


def dots(rows: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Dot product of every row with `query`, row by row: a threaded BLAS would spin on after each search and slow the encoder."""
    return np.asarray(np.vecdot(rows, query), np.float32)


def pack(vectors: NDArray[np.float32]) -> Fixed:
    """Unit vectors as fixed point, same shape; each component is off by at most 1/65534."""
    return np.rint(vectors * SCALE).astype(np.int16)


def unpack(rows: Fixed) -> NDArray[np.float32]:
    """What `pack` packed, up to rounding; packing it again gives the same rows."""
    return rows.astype(np.float32) / np.float32(SCALE)


class Vectors:
    """Packed unit vectors, shape (rows, 384), the dimension a multiple of 64."""

    def __init__(self, rows: Fixed) -> None:
        self._rows = rows
        self._bits = np.empty((0, 0), np.uint64)
        self._mean, self._turn = np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
        if len(rows) > EXACT:
            self._mean = unpack(rows[:: max(1, len(rows) // BLOCK)]).mean(axis=0)
            self._turn = np.linalg.qr(np.random.default_rng(0).standard_normal((rows.shape[1],) * 2))[0].astype(np.float32, order="F")
            packed = np.concatenate([self._signs(unpack(rows[i : i + BLOCK])) for i in range(0, len(rows), BLOCK)])
            self._bits = np.ascontiguousarray(packed.view(np.uint64).T)  # one contiguous plane per 64 dimensions

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, number: int) -> NDArray[np.float32]:
        """One vector (384,)."""
        return unpack(self._rows[number])

    def nearest(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row numbers and cosines of the `k` rows nearest to `query` (384,), best first."""
        candidates = self._shortlist(query, max(SHORTLIST + len(self) // 160, k)) if self._bits.size else np.arange(len(self._rows))
        cosines = dots(unpack(self._rows[candidates]), query)
        first = np.argpartition(-cosines, k)[:k] if k < len(cosines) else np.arange(len(cosines))
        order = first[np.argsort(-cosines[first], kind="stable")]
        return candidates[order], cosines[order]

    def _shortlist(self, query: NDArray[np.float32], size: int) -> NDArray[np.int64]:
        distances = self._hamming(np.packbits(dots(self._turn.T, query - self._mean) > 0).view(np.uint64))
        sample = distances[:: max(1, len(distances) // 20_000)]
        rank = min(len(sample) - 1, -(-size * len(sample) // len(distances)))
        near = np.flatnonzero(distances <= np.partition(sample, rank)[rank])
        if len(near) > 4 * size:
            near = near[np.argpartition(distances[near], size)[:size]]
        return near

    def _signs(self, rows: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Sign bits after centring and a fixed random rotation, which spread what the rows differ in over all bits."""
        return np.packbits((rows - self._mean) @ self._turn > 0, axis=1)

    def _hamming(self, query: NDArray[np.uint64]) -> NDArray[np.uint16]:
        rows = self._bits.shape[1]
        distances = np.zeros(rows, np.uint16)
        different, count = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint8)
        for start in range(0, rows, BLOCK):
            part = distances[start : start + BLOCK]
            for plane, word in zip(self._bits, query, strict=True):
                np.bitwise_xor(plane[start : start + BLOCK], word, out=different[: len(part)])
                np.bitwise_count(different[: len(part)], out=count[: len(part)])
                np.add(part, count[: len(part)], out=part)
        return distances
