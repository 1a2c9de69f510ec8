"""The queue before the model: first come, first served, over as many slots as the engine writes ideas at a time.

A request that wants several ideas stands in the queue with one of them at a time (`IdeaStream` sees to that), so that others
get their first idea before it gets its third.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

__all__ = ["Line"]

_FORGET = 0.3  # weight of the newest idea in the running mean of durations


@dataclass
class _Place:
    moved: Callable[[int], None]
    called: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Line:
    """A fair semaphore that tells everybody in it how many are ahead. Lives in one event loop."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._places: deque[_Place] = deque()
        self.active = 0
        self.typical_ms: int | None = None

    @property
    def waiting(self) -> int:
        return len(self._places)

    @asynccontextmanager
    async def turn(self, moved: Callable[[int], None]) -> AsyncIterator[None]:
        """A slot for the block. `moved` is called with the number of those ahead, at once if there are any and whenever it falls."""
        await self._enter(moved)
        self.active += 1
        started = time.monotonic()
        try:
            yield
            took = (time.monotonic() - started) * 1000
            self.typical_ms = round(took if self.typical_ms is None else (1 - _FORGET) * self.typical_ms + _FORGET * took)
        finally:
            self.active -= 1
            self._leave()

    async def _enter(self, moved: Callable[[int], None]) -> None:
        if self._free and not self._places:
            self._free -= 1
            return
        place = _Place(moved)
        self._places.append(place)
        moved(len(self._places))
        try:
            await place.called
        except asyncio.CancelledError:
            if place in self._places:
                self._places.remove(place)
                self._tell()
            elif place.called.done() and not place.called.cancelled():
                self._leave()  # it was called at the moment it gave up: the next one goes
            raise

    def _leave(self) -> None:
        while self._places:
            place = self._places.popleft()
            if not place.called.done():
                place.called.set_result(None)
                self._tell()
                return
        self._free += 1

    def _tell(self) -> None:
        for ahead, place in enumerate(self._places, 1):
            place.moved(ahead)
