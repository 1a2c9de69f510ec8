"""Build the index: passages, vectors, BM25 and the affinity of articles to making patterns; only what changed is encoded."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from craftlore.artifacts import atomic_write, read_manifest, write_json, write_jsonl
from craftlore.errors import IndexUnusable
from craftlore.index.affinity import FITS, pattern_text, score_all
from craftlore.index.encoder import DIMENSIONS, Encoder
from craftlore.index.passages import passages_of, searchable
from craftlore.index.vectors import pack, unpack
from craftlore.records import Article, Passage, Pattern

__all__ = ["FORMAT", "Report", "alone_with", "build", "is_current", "put_back", "schema"]

FORMAT = 3


@dataclass(frozen=True)
class Report:
    """What an index run did."""

    articles: int
    passages: int
    encoded: int
    reused: int
    without_pattern: tuple[str, ...]
    unchanged: bool


def build(
    articles: Sequence[Article],
    patterns: Mapping[str, Pattern],
    encoder: Encoder,
    out: Path,
    *,
    passage_words: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write the index of `articles` to the folder `out`, manifest last. An undisturbed old index stays usable until then.

    Raises IndexUnusable while another process builds it.
    """
    with alone_with(out):
        _put_back(out)
        return _build(articles, patterns, encoder, out, passage_words, progress)


def _build(
    articles: Sequence[Article], patterns: Mapping[str, Pattern], encoder: Encoder, out: Path, passage_words: int, progress: Callable[[int, int], None]
) -> Report:
    inputs = _fingerprint(articles, patterns, encoder.name, passage_words)
    old = read_manifest(out)
    if old and old.get("inputs") == inputs:
        return Report(**{**old["report"], "without_pattern": tuple(old["report"]["without_pattern"]), "encoded": 0, "unchanged": True})
    passages = [passage for article in articles for passage in passages_of(article, passage_words)]
    affinity = score_all(articles, patterns, encoder)
    by_id = {article.id: article for article in articles}
    texts = [searchable(by_id[p.article_id], p) for p in passages] + [card_text(a, _fitting(affinity[a.id], patterns)) for a in articles]
    vectors, reused = _encode(texts, encoder, out if old else None, progress)
    fresh, _ = _beside(out)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    write_jsonl(fresh / "articles.jsonl", articles)
    write_jsonl(fresh / "passages.jsonl", passages)
    write_json(fresh / "affinity.json", affinity)
    write_json(fresh / "hashes.json", [_hash(text) for text in texts])
    with atomic_write(fresh / "vectors.npy") as file:
        np.save(file, pack(vectors))
    with atomic_write(fresh / "off_topic.npy") as file:
        np.save(file, encoder.encode(off_topic_anchors()))
    with atomic_write(fresh / "patterns.npy") as file:
        np.save(file, encoder.encode([pattern_text(pattern) for pattern in patterns.values()]))
    write_json(fresh / "patterns.json", list(patterns))
    _write_bm25(fresh / "bm25", articles, passages, texts[len(passages) :])
    report = Report(
        articles=len(articles),
        passages=len(passages),
        encoded=len(texts) - reused,
        reused=reused,
        without_pattern=tuple(a.id for a in articles if not _fitting(affinity[a.id], patterns)),
        unchanged=False,
    )
    write_json(fresh / "manifest.json", {"format": FORMAT, "encoder": encoder.name, "inputs": inputs, "report": report.__dict__})
    _swap(fresh, out)
    return report


@contextlib.contextmanager
def alone_with(out: Path) -> Iterator[None]:
    """The right to change the index `out`, for one process at a time. Raises IndexUnusable while another has it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_name(out.name + ".lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexUnusable(f"another `craftlore index` is writing {out}. Wait for it, or stop it first.") from error
        yield


def put_back(out: Path) -> None:
    """Where a build was killed between its two renames, the index that it left beside `out`: the new one, else the old one."""
    if not out.exists() and any(map(read_manifest, _beside(out))):
        with contextlib.suppress(IndexUnusable, OSError), alone_with(out):  # a build that is at work puts its own in place
            _put_back(out)


def _put_back(out: Path) -> None:
    finished = [folder for folder in _beside(out) if read_manifest(folder)]
    if finished and not out.exists():
        os.replace(finished[0], out)


def _beside(out: Path) -> tuple[Path, Path]:
    return out.with_name(out.name + ".new"), out.with_name(out.name + ".old")


def is_current(articles: Sequence[Article], patterns: Mapping[str, Pattern], encoder: str, out: Path, *, passage_words: int) -> bool:
    """Whether the index in `out` is finished and made of exactly these inputs."""
    return (read_manifest(out) or {}).get("inputs") == _fingerprint(articles, patterns, encoder, passage_words)


def card_text(article: Article, patterns: Sequence[Pattern]) -> str:
    """What an article is and what can be made from it: found by material, product, people, place or technique."""
    makings = [f"{p.name}, {p.product}: {p.summary} {', '.join(o for s in p.slots for o in s.options)}" for p in patterns]
    facts = (article.title, *article.people, *article.places, *article.labels, *article.techniques, *article.tags, *article.categories)
    return ". ".join((", ".join(facts), *makings))


def off_topic_anchors() -> list[str]:
    """Sentences for the kinds of request that no class project answers (`anchors.toml`)."""
    anchors: list[str] = tomllib.loads((Path(__file__).parent / "anchors.toml").read_text(encoding="utf-8"))["off_topic"]
    return anchors


def schema() -> tantivy.Schema:
    """BM25 fields: `text` of a passage or card with its title twice in front, `row` its number.

    One field and not two, because only a union over one field can skip what cannot reach the best (block-max WAND).
    """
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    builder.add_integer_field("row", stored=True, indexed=False)
    return builder.build()


def _write_bm25(folder: Path, articles: Sequence[Article], passages: Sequence[Passage], cards: Sequence[str]) -> None:
    folder.mkdir()
    index = tantivy.Index(schema(), path=str(folder))
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    titles = {article.id: article.title for article in articles}
    rows = [(titles[p.article_id], " ".join((*p.path, p.text))) for p in passages]
    rows += [(article.title, card) for article, card in zip(articles, cards, strict=True)]
    for number, (title, text) in enumerate(rows):
        writer.add_document(tantivy.Document(text=" ".join((title, title, text)), row=number))
    writer.commit()
    writer.wait_merging_threads()


def _encode(texts: Sequence[str], encoder: Encoder, old: Path | None, progress: Callable[[int, int], None]) -> tuple[NDArray[np.float32], int]:
    known = _known(old, encoder.name) if old else {}
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    reused = 0
    for number, text in enumerate(texts):
        cached = known.get(_hash(text))
        reused += cached is not None
        vectors[number] = cached if cached is not None else encoder.encode([text])[0]
        progress(number + 1, len(texts))
    return vectors, reused


def _known(old: Path, encoder: str) -> dict[str, NDArray[np.float32]]:
    """Vectors of the old index by hash of their text; none if another encoder made them or if they are damaged."""
    if (read_manifest(old) or {}).get("encoder") != encoder:
        return {}
    try:
        hashes = json.loads((old / "hashes.json").read_text(encoding="utf-8"))
        vectors = np.load(old / "vectors.npy")
    except (OSError, ValueError, EOFError):
        return {}
    usable = isinstance(hashes, list) and vectors.shape == (len(hashes), DIMENSIONS) and vectors.dtype == np.int16
    return dict(zip(hashes, unpack(vectors), strict=True)) if usable else {}


def _fitting(scores: Mapping[str, float], patterns: Mapping[str, Pattern]) -> list[Pattern]:
    best = sorted((i for i in scores if scores[i] >= FITS), key=lambda i: -scores[i])[:3]
    return [patterns[i] for i in best]


def _fingerprint(articles: Sequence[Article], patterns: Mapping[str, Pattern], encoder: str, passage_words: int) -> str:
    parts = [
        str(FORMAT),
        encoder,
        str(passage_words),
        *off_topic_anchors(),
        *(a.content_hash for a in articles),
        *(p.model_dump_json() for p in patterns.values()),
    ]
    return _hash("\n".join(parts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _swap(fresh: Path, out: Path) -> None:
    """Put the finished folder in place; the old one goes away only once the new one is there."""
    _, old = _beside(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        os.replace(out, old)
    os.replace(fresh, out)
    shutil.rmtree(old, ignore_errors=True)
