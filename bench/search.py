"""Hybrid search on one machine: our index beside LanceDB, over the very same rows, in the same run.

Measured from the teacher's text to the ranked rows, query encoding included on both sides:
  1. about 100,000 chunks: p50 and p95 of `craftlore.index.search.Index.search` (Tantivy + `Vectors`, fused by rank, grouped
     by article) and of LanceDB hybrid (flat vectors + its full-text index, RRF reranker); recall@20 of our vector search
     against exact float32 search over every row;
  2. 1,000,000 vectors (`--no-million` leaves it out): p95 of query encoding + `Vectors.nearest`, recall@20, memory.

The data, honestly: the starter library's passages with their real vectors, and synthetic chunks. A chunk is ten sentences of
fifteen words drawn with the word frequencies of the starter library: the usual skew, but fewer distinct words than a real
corpus, so longer posting lists. Its vector is no encoding of its text: two real MiniLM vectors mixed, plus seeded noise with
the covariance of the real ones, at unit length; the cosines of the 1st, 20th and median neighbour are printed, to compare
with a real corpus. Queries are real requests (`bench/requests.jsonl`) through the real encoder. The relevance floor is off,
so that every query does all the work; without making patterns the third ranking takes no part. The sides take turns, ten
queries each after a pause, so that whatever else the machine does slows both; still, expect noise.

    pip install lancedb && craftlore models pull all-minilm-l6-v2
    python bench/search.py [--chunks 100000] [--rounds 3] [--no-million]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from craftlore.config import SearchConfig, load_config
from craftlore.engines.catalogue import path_of
from craftlore.index.build import build
from craftlore.index.encoder import DIMENSIONS, Encoder
from craftlore.index.passages import passages_of, searchable
from craftlore.index.search import Index
from craftlore.index.vectors import Vectors, pack, unpack
from craftlore.library import Library
from craftlore.records import Article, Label, Request, Section
from craftlore.words import STOP, tokens

K = 20
WORDS, SENTENCES, CHUNKS_PER_ARTICLE = 15, 10, 20
BLOCK = 50_000
SETTLE = 0.3  # seconds in which the other side's threads come to rest
TURN = 10  # texts in a row: one query each would measure what the other side's threads and caches leave behind
Floats = NDArray[np.float32]


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


class Mixer:
    """Endless synthetic unit vectors: two real ones mixed, plus noise with the covariance of the real ones."""

    def __init__(self, real: Floats, seed: int) -> None:
        self._real, self._rng = real, np.random.default_rng(seed)
        self._root = np.linalg.cholesky(np.cov(real.T) + 1e-5 * np.eye(DIMENSIONS)).astype(np.float32).T

    def block(self, rows: int) -> Floats:
        pick = self._rng.integers(0, len(self._real), (2, rows))
        share = self._rng.uniform(0.5, 1.0, (rows, 1)).astype(np.float32)
        noise = self._rng.standard_normal((rows, DIMENSIONS), np.float32) @ self._root
        mixed: Floats = share * self._real[pick[0]] + (1 - share) * self._real[pick[1]] + 0.6 * noise
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        return mixed


class Prepared(Encoder):
    """Stands in for the encoder while the index is built: known texts get their real vectors, all others synthetic ones."""

    def __init__(self, name: str, known: dict[str, Floats], mixer: Mixer) -> None:
        self.name = name  # the files are not opened again
        self._known, self._fresh = known, (row for _ in iter(int, 1) for row in mixer.block(BLOCK))
        self.texts: list[str] = []
        self.rows: list[Floats] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        if len(texts) != 1:  # the affinity to making patterns, of which there are none here
            return np.zeros((len(texts), DIMENSIONS), np.float32)
        self.texts.append(texts[0])
        self.rows.append(self._known[texts[0]] if texts[0] in self._known else next(self._fresh))
        return self.rows[-1][None]


def synthetic_articles(starter: Sequence[Article], chunks: int, seed: int) -> Iterator[Article]:
    """Articles of `CHUNKS_PER_ARTICLE` sections; every section becomes exactly one passage of 150 words."""
    rng = np.random.default_rng(seed)
    counts = Counter(word for a in starter for word in a.text.split())
    words, weights = np.array(list(counts)), np.array(list(counts.values())) / counts.total()
    titles = sorted({word for a in starter for word in tokens(a.text) if len(word) > 3} - STOP)
    for number, left in enumerate(range(chunks, 0, -CHUNKS_PER_ARTICLE)):
        size = min(CHUNKS_PER_ARTICLE, left)
        drawn = iter(rng.choice(words, (size * SENTENCES, WORDS), p=weights).tolist())
        sections = [[" ".join(next(drawn)).rstrip(".") + "." for _ in range(SENTENCES)] for _ in range(size)]
        yield Article(
            id=f"bench:{number}", title=" ".join(rng.choice(titles, 2)), places=(str(rng.choice(titles)),), labels=(Label.CRAFTS,),
            url="", revision="0", licence="none", source="synthetic",
            sections=tuple(Section(first=1 + i * SENTENCES, sentences=tuple(s)) for i, s in enumerate(sections)),
        )  # fmt: skip


def lance(folder: Path, made: Prepared, encoder: Encoder) -> Callable[[str], object]:
    """The rows of `made` in LanceDB, vectors flat, its default English full-text index; returns its hybrid search."""
    os.environ.setdefault("LANCEDB_LOG", "error")  # read when lancedb is imported; it warns on every query
    import lancedb
    import pyarrow as pa
    from lancedb.index import FTS
    from lancedb.rerankers import RRFReranker

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(made.rows), pa.float32()), DIMENSIONS)
    rows: Any = pa.table({"row": pa.array(range(len(made.rows))), "text": pa.array(made.texts), "vector": vectors})
    table: Any = lancedb.connect(folder).create_table("rows", rows)
    table.create_index("text", config=FTS(with_position=False))

    def search(text: str) -> object:
        query = table.search(query_type="hybrid", vector_column_name="vector", fts_columns="text").vector(encoder.encode([text])[0]).text(text)
        return query.rerank(RRFReranker()).limit(K).select(["row"]).to_arrow()

    return search


def best(queries: Floats, blocks: Iterator[Floats]) -> tuple[NDArray[np.int64], Floats]:
    """Exact float32 search: row numbers and cosines of the `K` nearest rows of every query, best first."""
    rows, cosines, start = np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32), 0
    for block in blocks:
        here = np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block)))
        rows, cosines = np.hstack([rows, here]), np.hstack([cosines, queries @ block.T])
        top = np.argsort(-cosines, axis=1)[:, :K]
        rows, cosines, start = np.take_along_axis(rows, top, 1), np.take_along_axis(cosines, top, 1), start + len(block)
    return rows, cosines


def race(sides: dict[str, Callable[[str], object]], texts: Sequence[str], rounds: int) -> dict[str, NDArray[np.float64]]:
    """Milliseconds of every side on every text: turns of `TURN` texts, the first place changing, each after a pause and five to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number, turn in enumerate([texts[at : at + TURN] for _ in range(rounds) for at in range(0, len(texts), TURN)]):
        for name in list(sides)[:: 1 if number % 2 else -1]:
            time.sleep(SETTLE)
            for place, text in enumerate((*turn[-5:], *turn)):
                started = time.perf_counter()
                sides[name](text)
                if place >= 5:
                    taken[name].append((time.perf_counter() - started) * 1e3)
    return {name: np.array(times) for name, times in taken.items()}


def p(times: NDArray[np.float64], share: int) -> float:
    return float(np.percentile(times, share))


def quality(vectors: Vectors, queries: Floats, truth: NDArray[np.int64], cosines: Floats, sample: Floats) -> str:
    found = [len(set(vectors.nearest(q, K)[0].tolist()) & set(t.tolist())) / K for q, t in zip(queries, truth, strict=True)]
    near = f"{np.median(cosines[:, 0]):.2f} / {np.median(cosines[:, -1]):.2f} / {np.median(queries @ sample.T):.2f}"
    return f"recall@{K} of our vector search {np.mean(found):.3f} (wanted: >= 0.98); cosine of neighbour 1 / {K} / median: {near}"


def hybrid(args: argparse.Namespace, encoder: Encoder, texts: Sequence[str], made: Prepared, starter: Sequence[Article], folder: Path) -> str:
    """The first part; prints its table and returns the line that sums it up."""
    articles = [*starter, *synthetic_articles(starter, args.chunks, args.seed)]
    say(f"{len(articles)} articles made")
    clock = [time.perf_counter()]
    report = build(articles, {}, made, folder / "index", passage_words=WORDS * SENTENCES)
    clock.append(time.perf_counter())
    say(f"our index built in {clock[1] - clock[0]:.0f} s")
    other = lance(folder / "lance", made, encoder)
    clock.append(time.perf_counter())
    say(f"LanceDB built in {clock[2] - clock[1]:.0f} s")
    index = Index(folder / "index", {}, SearchConfig(floor=-1), encoder)
    vectors = Vectors(np.load(folder / "index" / "vectors.npy"))
    times = race({"craftlore": lambda text: index.search(Request(text=text), limit=K), "LanceDB": other}, texts, args.rounds)
    times |= race({"encoding alone": lambda text: encoder.encode([text])}, texts, args.rounds)
    times |= race({"encoding + vectors": lambda text: vectors.nearest(encoder.encode([text])[0], K)}, texts, args.rounds)
    rows, queries = np.stack(made.rows), encoder.encode(texts)
    print(f"{report.passages} passages + {report.articles} article cards = {len(rows)} rows; {len(texts)} requests x {args.rounds}")
    print(f"{'query encoding included':24}{'p50 ms':>9}{'p95 ms':>9}{'build s':>9}")
    for number, name in enumerate(times):
        built = f"{clock[number + 1] - clock[number]:.0f}" if number < 2 else ""
        print(f"{name:24}{p(times[name], 50):9.1f}{p(times[name], 95):9.1f}{built:>9}")
    print(quality(vectors, queries, *best(queries, iter(np.array_split(rows, 10))), rows[:BLOCK]))
    ours, theirs = p(times["craftlore"], 95), p(times["LanceDB"], 95)
    return f"p95 {ours:.1f} ms (target: <= 10); ratio of p95s, LanceDB / craftlore: {theirs / ours:.1f}x (target: >= 20x)"


def million(args: argparse.Namespace, encoder: Encoder, texts: Sequence[str], mixer: Mixer) -> None:
    """The second part: only vectors, kept as the product keeps them, packed."""
    rows, queries = np.empty((args.vectors, DIMENSIONS), np.int16), encoder.encode(texts)

    def blocks() -> Iterator[Floats]:
        for start in range(0, args.vectors, BLOCK):
            yield (block := mixer.block(min(BLOCK, args.vectors - start)))
            rows[start : start + len(block)] = pack(block)
            say(f"{start + len(block)} of {args.vectors} vectors")

    truth, cosines = best(queries, blocks())
    vectors = Vectors(rows)
    times = race({"ours": lambda text: vectors.nearest(encoder.encode([text])[0], K)}, texts, args.rounds)["ours"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    print(f"{args.vectors} vectors: p50 {p(times, 50):.1f} ms, p95 {p(times, 95):.1f} ms with query encoding (goal: <= 30)")
    print(quality(vectors, queries, truth, cosines, unpack(rows[:BLOCK])))
    print(f"memory: {rows.nbytes / 2**20:.0f} MiB vectors + {rows.size / 2**23:.0f} MiB sign bits; peak of the whole run, LanceDB included: {peak:.1f} GiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--vectors", type=int, default=1_000_000, help="rows of the second part")
    parser.add_argument("--million", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    config = load_config()
    name = config.search.encoder
    encoder = Encoder(path_of(config.weights_dir, name, "model.onnx"), path_of(config.weights_dir, name, "tokenizer.json"), name)
    lines = (Path(__file__).parent / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines][: args.queries]
    starter = list(Library.load(keep_going=True).articles.values())
    say("encoding the starter library")
    passages = [searchable(a, passage) for a in starter for passage in passages_of(a, WORDS * SENTENCES)]
    known = dict(zip(passages, encoder.encode(passages), strict=True))
    mixer = Mixer(np.stack([*known.values(), *encoder.encode([s for a in starter for s in a.sentences])]), args.seed)
    with tempfile.TemporaryDirectory() as folder:
        summary = hybrid(args, encoder, texts, Prepared(name, known, mixer), starter, Path(folder))
    if args.million:
        million(args, encoder, texts, mixer)
    print(summary)


if __name__ == "__main__":
    main()
