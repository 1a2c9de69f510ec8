"""Everything that suggesting needs, opened from a configuration; what cannot be had is named, not hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from craftlore.artifacts import read_jsonl, read_manifest
from craftlore.config import Config
from craftlore.engines.catalogue import path_of
from craftlore.engines.choose import open_engine
from craftlore.engines.seam import Engine
from craftlore.errors import DataError, EngineError, WeightsError
from craftlore.index.build import Report, build
from craftlore.index.encoder import Encoder
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import Article
from craftlore.safety.meaning import words_alone
from craftlore.suggest.events import Degraded
from craftlore.suggest.pipeline import Suggester

__all__ = ["articles_for", "build_index", "open_encoder", "open_index", "open_library", "open_suggester"]


def open_library(config: Config) -> Library:
    """The starter library with the maker's own beside it. Raises LibraryError naming the file that is wrong."""
    return Library.load(own=config.library_dir)


def open_encoder(config: Config, threads: int = 0) -> Encoder:
    """The sentence encoder of the configuration; `threads` encode one text (0: all cores). Raises WeightsError if it is not on this machine."""
    name, home = config.search.encoder, config.weights_dir
    return Encoder(path_of(home, name, "model.onnx"), path_of(home, name, "tokenizer.json"), name, threads)


def articles_for(config: Config, library: Library, corpus: Path | None = None) -> list[Article]:
    """What the index is made of: the articles of the file `corpus` alone, else the library and the finished crawl beside it.

    Where both tell of the same title the library's article stands: people have checked it. Raises DataError for a file that is no corpus.
    """
    if corpus is None and read_manifest(config.crawl_dir) is None:
        return list(library.articles.values())
    file = corpus or config.crawl_dir / "articles.jsonl"
    articles = {article.id: article for article in read_jsonl(file, Article)}
    if not articles:
        raise DataError(f"{file}: holds no article. `craftlore crawl --report` shows what was dropped and why.")
    if corpus:
        return list(articles.values())
    told = {article.title.casefold() for article in library.articles.values()}
    return [*library.articles.values(), *(article for article in articles.values() if article.title.casefold() not in told)]


def build_index(
    config: Config, library: Library, encoder: Encoder, progress: Callable[[int, int], None] = lambda done, total: None, corpus: Path | None = None
) -> Report:
    """Bring the index up to date with `articles_for`; nothing is done when it already is."""
    articles = articles_for(config, library, corpus)
    return build(articles, library.patterns, encoder, config.index_dir, passage_words=config.search.passage_words, progress=progress)


def open_index(config: Config, library: Library, threads: int = 0) -> tuple[Index, Encoder | None, tuple[str, ...]]:
    """The index, the encoder if there is one, and what is missing. Raises IndexUnusable if there is no usable index."""
    try:
        encoder: Encoder | None = open_encoder(config, threads)
        missing: tuple[str, ...] = ()
    except WeightsError as error:
        encoder, missing = None, (str(error),)
    return Index(config.index_dir, library.patterns, config.search, encoder), encoder, missing


def open_suggester(config: Config, threads: int = 0) -> Suggester:
    """A Suggester on the library; with one of `threads` a text takes longer to encode and many at once take less.

    Raises IndexUnusable; without a model it still finds sources and says why.
    """
    library = open_library(config)
    index, encoder, missing = open_index(config, library, threads)
    degraded = [Degraded(rung="no_encoder", message=message) for message in missing]
    if message := words_alone(encoder):
        degraded.append(Degraded(rung="no_encoder", message=message))
    engine: Engine | None = None
    try:
        engine = open_engine(config)
    except (EngineError, WeightsError) as error:
        degraded.append(Degraded(rung="no_model", message=f"no idea can be written: {error}"))
    return Suggester(library, index, encoder, engine, config, tuple(degraded))
