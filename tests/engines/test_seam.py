"""The seam's promises hold for any engine: a fake one answers from a queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from craftlore.engines.seam import Chat, Completion, Message, Piece, complete, stream
from craftlore.errors import Cancelled, CraftloreError, CutOff, EmptyCompletion, EngineTimeout, EngineUnavailable, PromptTooLong

CHAT = Chat(({"role": "user", "content": "a b c"},), max_tokens=10)


class Fake:
    """Gives the queued pieces; an exception in the queue is raised, an event is set (someone else cancels)."""

    name, model = "fake", "fake-1"

    def __init__(self, *queue: Piece | Exception | threading.Event, context: int = 100) -> None:
        self.queue, self.context = list(queue), context
        self.asked, self.closed, self.given = 0, False, 0

    def count_tokens(self, messages: tuple[Message, ...]) -> int:
        return sum(len(m["content"].split()) for m in messages)

    def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
        self.asked += 1
        try:
            for piece in self.queue:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, threading.Event):
                    piece.set()
                    return
                self.given += 1
                yield piece
        finally:
            self.closed = True

    def close(self) -> None:
        self.closed = True


def text(*words: str, finish: Piece = Piece(finish="stop")) -> list[Piece]:  # noqa: B008 - frozen
    return [*(Piece(word) for word in words), finish]


def test_an_answer_is_joined_with_the_counts_of_the_engine() -> None:
    answer = complete(Fake(*text("Cut ", "paper.", finish=Piece("", "stop", 7, 3))), CHAT)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("Cut paper.", 7, 3)
    assert 0 <= answer.first_piece_seconds <= answer.seconds


def test_without_counts_the_prompt_is_counted_and_zero_is_believed() -> None:
    assert complete(Fake(*text("a")), CHAT).prompt_tokens == 3
    assert complete(Fake(*text("a", finish=Piece("", "stop", 0, 0))), CHAT).completion_tokens == 0


@pytest.mark.parametrize("context", [0, 12])
def test_a_prompt_that_does_not_fit_is_refused_before_the_call(context: int) -> None:
    fake = Fake(*text("a"), context=context)
    with pytest.raises(PromptTooLong, match=rf"3 tokens .* 10, but fake holds {context}\. Shorten"):
        complete(fake, CHAT)
    assert fake.asked == 0


def test_a_prompt_that_fits_exactly_is_asked() -> None:
    assert complete(Fake(*text("a"), context=13), CHAT).text == "a"


@pytest.mark.parametrize("queue", [[], text(), text("", " \n")])
def test_an_empty_answer_is_an_error(queue: list[Piece]) -> None:
    with pytest.raises(EmptyCompletion, match="craftlore engines check"):
        complete(Fake(*queue), CHAT)


@pytest.mark.parametrize("finish", [Piece(finish="length"), Piece("more")])
def test_an_answer_that_stops_in_the_middle_is_an_error(finish: Piece) -> None:
    with pytest.raises(CutOff, match="cut off"):
        complete(Fake(*text("a", finish=finish)), CHAT)


def test_pieces_after_the_deadline_are_not_passed_on() -> None:
    fake = Fake(*text("a", "b"))
    with pytest.raises(EngineTimeout, match="deadline_seconds"):
        complete(fake, Chat(CHAT.messages, max_tokens=10, deadline_seconds=-1))
    assert fake.given == 1 and fake.closed


def test_cancelling_stops_at_the_next_piece() -> None:
    fake, cancel, seen = Fake(*text("a", "b", "c")), threading.Event(), []
    with pytest.raises(Cancelled):
        for piece in stream(fake, CHAT, cancel):
            seen.append(piece.text)
            cancel.set()
    assert seen == ["a"] and fake.closed and cancel.is_set()


@pytest.mark.parametrize("before", [[], [Piece("a")], [Piece("a", "stop")]])
def test_an_engine_that_ends_quietly_when_cancelled_is_no_empty_or_cut_answer(before: list[Piece]) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        complete(Fake(*before, cancel), CHAT, cancel)


def test_a_reader_who_leaves_ends_the_engine() -> None:
    fake, cancel = Fake(*text("a", "b")), threading.Event()
    pieces = stream(fake, CHAT, cancel)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert fake.closed and fake.given == 1
    assert not cancel.is_set(), "the caller's event serves the next answer too"


def test_one_event_serves_several_answers() -> None:
    cancel = threading.Event()
    assert [complete(Fake(*text(word)), CHAT, cancel).text for word in "ab"] == ["a", "b"]


def test_an_answer_that_ends_does_not_cancel_the_one_beside_it() -> None:
    cancel, seen = threading.Event(), []

    class Watching(Fake):
        def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
            try:
                yield from super().pieces(chat, cancel)
            finally:
                seen.append(cancel.is_set())

    pieces = stream(Watching(*text("a", "b")), CHAT, cancel)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    complete(Watching(*text("a")), CHAT, cancel)
    assert seen == [False, False]


@pytest.mark.parametrize("error", [EngineUnavailable("died. Start it."), EngineTimeout("late. Try again.")])
def test_an_error_of_the_engine_comes_through_unchanged(error: CraftloreError) -> None:
    with pytest.raises(type(error)) as caught:
        complete(Fake(Piece("a"), error), CHAT)
    assert caught.value is error


def test_speed_leaves_out_the_wait_for_the_first_piece() -> None:
    assert Completion("x", 1, 30, first_piece_seconds=2, seconds=5).tokens_per_second == 10
    assert Completion("x", 1, 0, first_piece_seconds=0, seconds=0).tokens_per_second == 0
