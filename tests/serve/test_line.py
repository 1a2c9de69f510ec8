"""The queue before the model: first come first served, positions that are true, and nobody's slot is lost."""

from __future__ import annotations

import asyncio
from typing import Any

from craftlore.serve.line import Line


def test_whoever_came_first_goes_first_and_knows_how_many_are_ahead() -> None:
    order: list[int] = []
    told: dict[int, list[int]] = {}

    async def one(line: Line, number: int) -> None:
        async with line.turn(told.setdefault(number, []).append):
            order.append(number)
            await asyncio.sleep(0.01)

    async def main() -> None:
        line = Line(1)
        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(one(line, number))
                await asyncio.sleep(0)
        assert (line.active, line.waiting) == (0, 0) and line.typical_ms

    asyncio.run(main())
    assert order == [0, 1, 2, 3] and told == {0: [], 1: [1], 2: [2, 1], 3: [3, 2, 1]}


def test_slots_are_used_side_by_side() -> None:
    async def main() -> int:
        line, most = Line(3), 0

        async def one() -> None:
            nonlocal most
            async with line.turn(lambda _: None):
                most = max(most, line.active)
                await asyncio.sleep(0.01)

        await asyncio.gather(*(one() for _ in range(7)))
        return most

    assert asyncio.run(main()) == 3


def test_one_that_gives_up_leaves_the_queue_and_the_others_move_up() -> None:
    async def main() -> list[int]:
        line, told, go_on = Line(1), [], asyncio.Event()

        async def hold() -> None:
            async with line.turn(lambda _: None):
                await go_on.wait()

        async def wait(moved: Any) -> None:
            async with line.turn(moved):
                pass

        holding = asyncio.create_task(hold())
        await asyncio.sleep(0)
        quitter = asyncio.create_task(wait(lambda _: None))
        await asyncio.sleep(0)
        patient = asyncio.create_task(wait(told.append))
        await asyncio.sleep(0)
        quitter.cancel()
        await asyncio.sleep(0)
        assert line.waiting == 1
        go_on.set()
        await asyncio.gather(holding, patient)
        assert (line.active, line.waiting) == (0, 0)
        return told

    assert asyncio.run(main()) == [2, 1]


def test_one_that_gives_up_in_the_moment_it_is_called_passes_the_slot_on() -> None:
    async def main() -> None:
        line = Line(1)

        async def turn() -> None:
            async with line.turn(lambda _: None):
                pass

        release = line.turn(lambda _: None)
        await release.__aenter__()
        quitter = asyncio.create_task(turn())
        patient = asyncio.create_task(turn())
        await asyncio.sleep(0)
        await release.__aexit__(None, None, None)  # calls the quitter
        quitter.cancel()
        await asyncio.wait_for(patient, 1)
        assert (line.active, line.waiting) == (0, 0)

    asyncio.run(main())
