"""Articles to passages: runs of whole sentences of one section, with title and heading in front for the search."""

from __future__ import annotations

from collections.abc import Iterator

from craftlore.records import Article, Passage

__all__ = ["passages_of", "searchable"]


def passages_of(article: Article, words: int) -> Iterator[Passage]:
    """The passages of an article in order: about `words` words each, never across a section, never inside a sentence."""
    for section in article.sections:
        run: list[str] = []
        first = section.first
        for number, sentence in enumerate(section.sentences, section.first):
            if run and sum(len(s.split()) for s in run) + len(sentence.split()) > words:
                yield _passage(article, section.path, first, run)
                run, first = [], number
            run.append(sentence)
        if run:
            yield _passage(article, section.path, first, run)


def _passage(article: Article, path: tuple[str, ...], first: int, sentences: list[str]) -> Passage:
    last = first + len(sentences) - 1
    return Passage(id=f"{article.id}#{first}-{last}", article_id=article.id, path=path, first=first, last=last, text=" ".join(sentences))


def searchable(article: Article, passage: Passage) -> str:
    """The text by which a passage is found: title and headings, then the sentences."""
    return ". ".join((article.title, *passage.path, passage.text))
