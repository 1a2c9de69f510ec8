"""Which making patterns suit an article: shared techniques first, then shared tags, then closeness of meaning.

Starter articles name their techniques and tags; a crawled article has categories instead of tags and few techniques, so a
pattern's technique also counts, for less, when the article's own text speaks of it. The weights were set on the even-numbered
half of the labelled pairs (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from craftlore.index.encoder import Encoder
from craftlore.records import Article, Pattern
from craftlore.words import stems

__all__ = ["FITS", "article_text", "pattern_text", "score", "score_all"]

FITS = 0.50  # from here on a pattern suits the article
TECHNIQUE, MENTIONED, TAGS, MEANING = 0.60, 0.15, 0.25, 0.60


def article_text(article: Article) -> str:
    """What the encoder reads of an article here: title, techniques, tags, categories and the first sentences."""
    return f"{article.title}. {', '.join((*article.techniques, *article.tags, *article.categories))}. {' '.join(article.sentences[:3])}"


def pattern_text(pattern: Pattern) -> str:
    """What the encoder reads of a pattern here: name, techniques, summary and what it fits."""
    return f"{pattern.name}. {', '.join((*pattern.techniques, *pattern.tags))}. {pattern.summary} {pattern.fits}"


def score_all(articles: Sequence[Article], patterns: Mapping[str, Pattern], encoder: Encoder) -> dict[str, dict[str, float]]:
    """Affinity in 0..about 1.4 of every article (by id) to every pattern (by id)."""
    known = list(patterns.values())
    meaning = encoder.encode([article_text(a) for a in articles]) @ encoder.encode([pattern_text(p) for p in known]).T
    return {
        article.id: {pattern.id: round(score(article, pattern, float(cosine)), 4) for pattern, cosine in zip(known, row, strict=True)}
        for article, row in zip(articles, meaning, strict=True)
    }


def score(article: Article, pattern: Pattern, cosine: float) -> float:
    """Affinity of one article to one pattern; `cosine` is how close their texts are in meaning."""
    shared = TECHNIQUE if set(article.techniques) & set(pattern.techniques) else 0.0
    if not shared:
        words = set(stems(article.text))
        if any(set(stems(technique)) <= words for technique in pattern.techniques):
            shared = MENTIONED
    tags = _overlap((*article.tags, *article.techniques, *article.categories), (*pattern.tags, *pattern.techniques))
    return shared + TAGS * tags + MEANING * max(cosine, 0.0)


def _overlap(left: Sequence[str], right: Sequence[str]) -> float:
    """Share of the smaller set of stems that both sides have, 0..1."""
    a, b = set(stems(" ".join(left))), set(stems(" ".join(right)))
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
