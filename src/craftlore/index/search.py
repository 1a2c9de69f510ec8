"""Hybrid search: BM25 and vectors fused by rank, grouped by article, with an absolute floor below which nothing is found.

Reciprocal rank fusion: Cormack, Clarke and Buettcher (2009). Materials and product weigh in twice: an article's card names
what can be made from it, and articles whose patterns the teacher's things can fill form a third ranking.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import heappop, heappush, nlargest
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType

import numpy as np
import tantivy
from numpy.typing import NDArray

from craftlore.artifacts import read_jsonl, read_manifest
from craftlore.config import SearchConfig
from craftlore.errors import CraftloreError, IndexUnusable
from craftlore.index.affinity import PatternTerms, article_terms, score
from craftlore.index.build import FORMAT, put_back, schema
from craftlore.index.encoder import DIMENSIONS, Encoder
from craftlore.index.makeable import Makings
from craftlore.index.names import Names
from craftlore.index.vectors import Vectors, dots
from craftlore.places import names_within
from craftlore.records import Article, Passage, Pattern, Request
from craftlore.words import fold, stem, stems, tokens

__all__ = ["Hit", "Index", "SearchResult"]

SAME_PLACE = 0.85  # an article from a country that already stands higher counts this much less
LEXICAL, SEMANTIC, MAKEABLE = 1.3, 1.0, 0.35
UNMET = {"label": 0.8, "grade": 0.8, "region": 0.5}  # what an article keeps of its score for a wish read from free text that it does not meet
CALLED = 2.0  # an article that the request calls by a name of its own comes before what else suits (`craftlore verify choice`)
# How on-topic a request is: closeness to the index, less closeness to the off-topic anchors, plus a bit for every sign of
# a class project. Weights and floor: docs/log.md, checked by `craftlore verify retrieval`.
OFF_TOPIC, GRADE, MATERIAL, WISH, MAKE, GATED = 0.7, 0.08, 0.06, 0.06, 0.08, 0.12
_MAKE = (
    "make build weave sew paint draw carve fold print design craft knit stitch sculpt construct decorate dance model project activity game exhibition "
    "story rhythm"
)
_NOTHING: dict[str, object] = {"materials": (), "product": None, "label": None, "region": None}


@dataclass(frozen=True)
class Hit:
    """One article, its fused score, and its best passages, best first."""

    article: Article
    score: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first; `relevance` is what the floor is compared with; `degraded` names what did not take part."""

    hits: tuple[Hit, ...]
    nothing_found: bool
    relevance: float
    degraded: tuple[str, ...] = ()


class Index:
    """An index folder, opened. Without an encoder it searches by words alone and says so."""

    def __init__(self, folder: Path, patterns: Mapping[str, Pattern], config: SearchConfig, encoder: Encoder | None) -> None:
        put_back(folder)
        manifest = read_manifest(folder)
        if manifest is None:
            raise IndexUnusable(f"there is no finished index in {folder}. Run `craftlore index`.")
        if manifest.get("format") != FORMAT or (encoder and manifest.get("encoder") != encoder.name):
            raise IndexUnusable(
                f"the index in {folder} was made with the encoder {manifest.get('encoder')!r}, format {manifest.get('format')}; "
                f"this needs {encoder.name if encoder else 'any encoder'}, format {FORMAT}. Run `craftlore index`."
            )
        self._config, self._encoder, self._patterns = config, encoder, patterns
        try:
            self.articles = {a.id: a for a in read_jsonl(folder / "articles.jsonl", Article)}
            self._passages = read_jsonl(folder / "passages.jsonl", Passage)
            self.affinity: dict[str, dict[str, float]] = json.loads((folder / "affinity.json").read_text(encoding="utf-8"))
            vectors = np.load(folder / "vectors.npy")
            self._vectors = Vectors(vectors)
            self._pattern_ids: list[str] = json.loads((folder / "patterns.json").read_text(encoding="utf-8"))
            self._pattern_vectors = np.load(folder / "patterns.npy")
            self._off_topic = np.load(folder / "off_topic.npy")
            self._bm25 = tantivy.Index(schema(), path=str(folder / "bm25"))
            self._searcher = self._bm25.searcher()
            rows = len(self._passages) + len(self.articles)
            shapes = (vectors.shape, self._pattern_vectors.shape, self._off_topic.shape[1:])
            if shapes != ((rows, DIMENSIONS), (len(self._pattern_ids), DIMENSIONS), (DIMENSIONS,)) or self._searcher.num_docs != rows:
                raise ValueError("its files do not belong together")
            if set(self.affinity) != set(self.articles):
                raise ValueError("affinity.json is of other articles")
        except (OSError, ValueError, EOFError, TypeError, CraftloreError) as error:
            raise IndexUnusable(f"the index in {folder} is damaged ({error}). Delete the folder and run `craftlore index`.") from error
        self._makings = Makings(patterns, {article_id: self.affinity[article_id] for article_id in self.articles})
        self._owner = [p.article_id for p in self._passages] + list(self.articles)
        self._names = Names(self.articles.values(), patterns.values())
        self._heard = lru_cache(maxsize=8)(self._names.spelled)
        self._first = {p.article_id: row for row, p in reversed(list(enumerate(self._passages)))}  # the first passage of each article
        self._terms = cache(lambda article_id: article_terms(self.articles[article_id]))
        self._here = cache(lambda article_id: _here(self.articles[article_id]))

    def patterns_for(self, article_id: str) -> list[tuple[str, float]]:
        """Patterns that suit an article, best first, with their affinity; empty if nothing fits."""
        return list(self._makings.of(article_id))

    def patterns_like(
        self, request: Request, inferred: frozenset[str] = frozenset(), own: Mapping[str, NDArray[np.float32]] = MappingProxyType({})
    ) -> dict[str, float]:
        """How close in meaning each making pattern is to what the teacher wrote: cosine by pattern id (none without an encoder).

        `own` are the vectors of patterns that are not in the index.
        """
        text = self._meant(request, inferred)
        if not self._encoder or not text.strip():
            return {}
        vector = self._encoder.encode([text])[0]
        cosines = dict(zip(self._pattern_ids, dots(self._pattern_vectors, vector).tolist(), strict=True))
        return cosines | {pattern_id: float(other @ vector) for pattern_id, other in own.items()}

    def suits(self, article_id: str, own: Sequence[tuple[PatternTerms, NDArray[np.float32] | None]]) -> list[float]:
        """Affinity of an article to patterns that are not in the index; how close in meaning they are is told by the article's first passage."""
        told = self._terms(article_id)
        opening = self._vectors.row(self._first[article_id]) if article_id in self._first else None
        near = [float(opening @ vector) if opening is not None and vector is not None else 0.0 for _, vector in own]
        return [score(told, terms, cosine) for (terms, _), cosine in zip(own, near, strict=True)]

    def _meant(self, request: Request, inferred: frozenset[str]) -> str:
        """What the encoder reads of a request: the text as it is where nothing is misspelt and no field adds to it.

        Fields that were `inferred` say nothing that the text does not, and the gate and the own activities have encoded that very text.
        """
        return self._heard(_query_text(request.model_copy(update={name: _NOTHING[name] for name in inferred & _NOTHING.keys()})))

    def search(self, request: Request, limit: int = 5, inferred: frozenset[str] = frozenset(), *, gated: bool = False) -> SearchResult:
        """The articles for a request: at most `limit`, places varied; none if even the best is below the floor.

        `gated` says that the request gate changed how it is served: it has found a tradition or something to make, so less is asked for.

        A label, region or grade that the teacher typed filters; one `inferred` from free text only counts in favour.
        """
        text = self._heard(_query_text(request))
        lexical = self._lexical(text)
        semantic, closeness, errand = self._semantic(self._meant(request, inferred))
        relevance = self._relevance(closeness, errand, text, request) + GATED * gated
        degraded = () if self._encoder else ("no encoder: searched by words alone",)
        if not self._relevant(text, relevance):
            return SearchResult((), True, relevance, degraded)
        scores: dict[str, float] = defaultdict(float)
        passages: dict[str, dict[int, float]] = defaultdict(dict)
        for rows, weight in ((lexical, LEXICAL), (semantic, SEMANTIC)):
            for rank, (article_id, _) in enumerate(self._best_rows(rows)):
                scores[article_id] += weight / (self._config.rrf_k + rank)
            for rank, row in enumerate(rows):
                if row < len(self._passages):
                    found = passages[self._owner[row]]
                    found[row] = found.get(row, 0) + 1 / (self._config.rrf_k + rank)
        for rank, article_id in enumerate(self._makings.best(request, self.patterns_like(request, inferred), self._config.candidates)):
            scores[article_id] += MAKEABLE / (self._config.rrf_k + rank)
        for article_id in self._names.called(text):
            scores[article_id] *= CALLED
        if request.label or request.region or request.grade:
            places = [f" {' '.join(tokens(name))} " for name in names_within(request.region)] if request.region else []
            scores = {i: s * self._favour(i, request, places, inferred) for i, s in scores.items()}
        varied = _varied({i: s for i, s in scores.items() if s > 0}, self.articles, limit)
        hits = [Hit(self.articles[i], round(s, 5), self._best_passages(i, passages[i])) for i, s in varied]
        return SearchResult(tuple(hits), not hits, relevance, degraded)

    def _favour(self, article_id: str, request: Request, places: Sequence[str], inferred: frozenset[str]) -> float:
        """1, or less for each wish that the article does not meet: nothing for a typed one, `UNMET` for an inferred one."""
        article = self.articles[article_id]
        met = {
            "label": not request.label or request.label in article.labels,
            "region": not request.region or any(place in self._here(article_id) for place in places),
            "grade": not request.grade or self._makings.teachable(article_id, request.grade),
        }
        favour = 1.0
        for field in (field for field, is_met in met.items() if not is_met):
            favour *= UNMET[field] if field in inferred else 0.0
        return favour

    def _relevant(self, text: str, relevance: float) -> bool:
        if self._encoder:
            return relevance >= self._config.floor
        return bool(set(stems(text)) & {stem for word in self._names.vocabulary for stem in stems(word)})

    def _relevance(self, closeness: float, errand: float, text: str, request: Request) -> float:
        if not self._encoder or not text.strip():
            return 0.0
        signs = GRADE * bool(request.grade) + MATERIAL * min(2, len(request.materials)) + WISH * bool(request.product or request.region or request.label)
        signs += MAKE * bool(_making() & set(map(stem, tokens(text))))
        return closeness - OFF_TOPIC * max(errand, 0.0) + signs

    def _lexical(self, text: str) -> list[int]:
        words = " ".join(word for word in dict.fromkeys(tokens(text)) if stems(word))
        if not words:
            return []
        query, _ = self._bm25.parse_query_lenient(words.replace("'", " ").replace("-", " "), ["text"])
        found = self._searcher.search(query, self._config.candidates, count=False).hits
        return [int(self._searcher.doc(address)["row"][0]) for _, address in found]

    def _semantic(self, text: str) -> tuple[list[int], float, float]:
        """Rows nearest in meaning, best first; the closeness of the best; the closeness to the nearest off-topic anchor."""
        if not self._encoder or not text.strip():
            return [], 0.0, 0.0
        vector = self._encoder.encode([text])[0]
        rows, cosines = self._vectors.nearest(vector, self._config.candidates)
        return rows.tolist(), float(cosines[0]) if len(cosines) else 0.0, float(dots(self._off_topic, vector).max())

    def _best_rows(self, rows: Sequence[int]) -> list[tuple[str, int]]:
        first: dict[str, int] = {}
        for row in rows:
            first.setdefault(self._owner[row], row)
        return list(first.items())

    def _best_passages(self, article_id: str, scored: Mapping[int, float]) -> tuple[Passage, ...]:
        rows = sorted(scored, key=lambda row: -scored[row])[:2]
        return tuple(self._passages[row] for row in rows) or ((self._passages[self._first[article_id]],) if article_id in self._first else ())


@cache
def _making() -> frozenset[str]:
    """Stems of what hands do, and of what comes of it, in a class project."""
    return frozenset(map(stem, _MAKE.split()))


def _query_text(request: Request) -> str:
    extra = [*(m for m in request.materials if fold(m) not in fold(request.text)), request.product or "", request.label or "", request.region or ""]
    return " ".join((request.text, *(part for part in extra if fold(part) not in fold(request.text)))).strip()


def _here(article: Article) -> str:
    """Where and of whom an article tells, as one line of words with a space before and behind each."""
    return f" {' '.join(tokens(' '.join((*article.places, *article.people, article.continent or ''))))} "


def _varied(scores: Mapping[str, float], articles: Mapping[str, Article], limit: int) -> list[tuple[str, float]]:
    """Best first, each further article of a country that is already there counting less."""
    favour: dict[str, float] = defaultdict(lambda: 1.0)
    left = [(-score, 1.0, i, score, _country(articles[i])) for i, score in nlargest(4 * limit, scores.items(), key=itemgetter(1))]
    chosen: list[tuple[str, float]] = []
    while left and len(chosen) < limit:  # sorted, so a heap already
        _, seen, best, score, country = heappop(left)
        if seen != favour[country]:  # its country has moved up since: put it back where it belongs now
            heappush(left, (-score * favour[country], favour[country], best, score, country))
            continue
        chosen.append((best, score))
        favour[country] *= SAME_PLACE
    return chosen


def _country(article: Article) -> str:
    return article.places[0] if article.places else article.id
