"""Which making patterns suit an article: shared techniques first, then shared tags, then closeness of meaning.

Starter articles name their techniques and tags; a crawled article has categories instead of tags and few techniques, so a
pattern's technique also counts, for less, when the article's own text speaks of it. The weights were set on the even-numbered
half of the labelled pairs (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from craftlore.index.encoder import Encoder
from craftlore.records import Article, Pattern
from craftlore.words import stems

__all__ = ["FITS", "ArticleTerms", "PatternTerms", "article_terms", "article_text", "pattern_terms", "pattern_text", "score", "score_all"]

FITS = 0.50  # from here on a pattern suits the article
TECHNIQUE, MENTIONED, TAGS, MEANING = 0.60, 0.15, 0.25, 0.60


def article_text(article: Article) -> str:
    """What the encoder reads of an article here: title, techniques, tags, categories and the first sentences."""
    return f"{article.title}. {', '.join((*article.techniques, *article.tags, *article.categories))}. {' '.join(article.sentences[:3])}"


def pattern_text(pattern: Pattern) -> str:
    """What the encoder reads of a pattern here: name, techniques, summary and what it fits."""
    return f"{pattern.name}. {', '.join((*pattern.techniques, *pattern.tags))}. {pattern.summary} {pattern.fits}"


@dataclass(frozen=True)
class ArticleTerms:
    """An article as patterns are compared with it: its techniques, and stems of its text and of its tags."""

    techniques: frozenset[str]
    words: frozenset[str]
    tags: frozenset[str]


@dataclass(frozen=True)
class PatternTerms:
    """A pattern as articles are compared with it: `spoken` are the stems of each technique."""

    techniques: frozenset[str]
    spoken: tuple[frozenset[str], ...]
    tags: frozenset[str]


def article_terms(article: Article) -> ArticleTerms:
    """The terms of an article."""
    tags = " ".join((*article.tags, *article.techniques, *article.categories))
    return ArticleTerms(frozenset(article.techniques), frozenset(stems(article.text)), frozenset(stems(tags)))


def pattern_terms(pattern: Pattern) -> PatternTerms:
    """The terms of a pattern."""
    spoken = tuple(frozenset(stems(technique)) for technique in pattern.techniques)
    return PatternTerms(frozenset(pattern.techniques), spoken, frozenset(stems(" ".join((*pattern.tags, *pattern.techniques)))))


def score_all(articles: Sequence[Article], patterns: Mapping[str, Pattern], encoder: Encoder) -> dict[str, dict[str, float]]:
    """Affinity in 0..about 1.4 of every article (by id) to every pattern (by id)."""
    known = list(patterns.values())
    meaning = encoder.encode([article_text(a) for a in articles]) @ encoder.encode([pattern_text(p) for p in known]).T
    terms = [pattern_terms(pattern) for pattern in known]
    scores = {}
    for article, row in zip(articles, meaning, strict=True):
        told = article_terms(article)
        scores[article.id] = {p.id: round(score(told, t, float(cosine)), 4) for p, t, cosine in zip(known, terms, row, strict=True)}
    return scores


def score(article: ArticleTerms, pattern: PatternTerms, cosine: float) -> float:
    """Affinity of one article to one pattern; `cosine` is how close their texts are in meaning."""
    shared = TECHNIQUE if not article.techniques.isdisjoint(pattern.techniques) else 0.0
    if not shared and any(technique <= article.words for technique in pattern.spoken):
        shared = MENTIONED
    smaller = min(len(article.tags), len(pattern.tags))
    return shared + (TAGS * len(article.tags & pattern.tags) / smaller if smaller else 0.0) + MEANING * max(cosine, 0.0)
