"""Passages cover every sentence once, in order, and never cross a section."""

from __future__ import annotations

from typing import Any

import pytest

from craftlore.index.passages import passages_of, searchable
from craftlore.library import Library
from craftlore.records import Article


def article(*sections: tuple[tuple[str, ...], list[str]]) -> Article:
    rows: list[dict[str, Any]] = []
    first = 1
    for path, sentences in sections:
        rows.append({"path": path, "first": first, "sentences": sentences})
        first += len(sentences)
    return Article.model_validate(
        {"id": "t:a", "title": "T", "url": "u", "revision": "1", "licence": "CC", "source": "S", "labels": ["Visual arts"], "sections": rows}
    )


@pytest.mark.parametrize("words", [1, 30, 110, 400])
def test_every_sentence_of_the_starter_library_is_in_one_passage(words: int) -> None:
    for found in Library.load().articles.values():
        passages = list(passages_of(found, words))
        assert [n for p in passages for n in range(p.first, p.last + 1)] == list(range(1, len(found.sentences) + 1))
        assert " ".join(p.text for p in passages) == found.text


def test_passages_stay_within_the_words_unless_one_sentence_is_longer() -> None:
    for found in Library.load().articles.values():
        assert all(len(p.text.split()) <= 60 or p.first == p.last for p in passages_of(found, 60))


def test_a_section_ends_a_passage_even_if_there_is_room() -> None:
    passages = list(passages_of(article(((), ["A b."]), (("H",), ["C d."])), 100))
    assert [(p.path, p.text) for p in passages] == [((), "A b."), (("H",), "C d.")]


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    long = "word " * 500 + "end."
    assert [p.text for p in passages_of(article(((), ["Short one.", long, "Short two."])), 30)] == ["Short one.", long, "Short two."]


def test_a_section_without_sentences_gives_no_passage() -> None:
    passages = list(passages_of(article(((), ["A."]), (("Empty",), []), (("Full",), ["B."])), 30))
    assert [(p.first, p.last, p.text) for p in passages] == [(1, 1, "A."), (2, 2, "B.")]


def test_ids_tell_passages_apart_and_name_their_sentences() -> None:
    passages = [p for a in Library.load().articles.values() for p in passages_of(a, 40)]
    assert len({p.id for p in passages}) == len(passages)
    assert all(p.id == f"{p.article_id}#{p.first}-{p.last}" for p in passages)


def test_title_and_headings_stand_before_the_text_that_is_searched() -> None:
    found = article((("H", "Sub"), ["A b."]))
    assert searchable(found, next(passages_of(found, 30))) == "T. H. Sub. A b."
