"""Which rows are in which step: a pure function of lengths, sizes and seed, so that a resumed run goes on in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["order_of_steps"]

POOL = 8  # batches that are filled by length from the same random rows: little padding, and yet other neighbours in each epoch


def order_of_steps(lengths: Sequence[int], batch: int, accumulate: int, epochs: int, seed: int) -> list[list[list[int]]]:
    """For each step its batches, for each batch its row numbers; every row comes once in each epoch."""
    steps: list[list[list[int]]] = []
    for epoch in range(epochs):
        dice = np.random.default_rng((seed, epoch))
        rows = dice.permutation(len(lengths)).tolist()
        batches: list[list[int]] = []
        for start in range(0, len(rows), batch * POOL):
            pool = sorted(rows[start : start + batch * POOL], key=lambda row: lengths[row])
            batches += [pool[at : at + batch] for at in range(0, len(pool), batch)]
        shuffled = [batches[n] for n in dice.permutation(len(batches))]
        steps += [shuffled[at : at + accumulate] for at in range(0, len(shuffled), accumulate)]
    return steps
