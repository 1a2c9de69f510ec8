"""Everything that suggesting needs, opened from a configuration; what cannot be had is named, not hidden."""

from __future__ import annotations

from collections.abc import Callable

from craftlore.config import Config
from craftlore.engines.catalogue import path_of
from craftlore.engines.choose import open_engine
from craftlore.engines.seam import Engine
from craftlore.errors import EngineError, WeightsError
from craftlore.index.build import Report, build
from craftlore.index.encoder import Encoder
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.pipeline import Suggester

__all__ = ["build_index", "open_encoder", "open_index", "open_library", "open_suggester"]


def open_library(config: Config) -> Library:
    """The starter library with the maker's own beside it. Raises LibraryError naming the file that is wrong."""
    return Library.load(own=config.library_dir)


def open_encoder(config: Config) -> Encoder:
    """The sentence encoder of the configuration. Raises WeightsError if it is not on this machine."""
    name, home = config.search.encoder, config.weights_dir
    return Encoder(path_of(home, name, "model.onnx"), path_of(home, name, "tokenizer.json"), name)


def build_index(config: Config, library: Library, encoder: Encoder, progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Bring the index up to date with the library; nothing is done when it already is."""
    return build(list(library.articles.values()), library.patterns, encoder, config.index_dir, passage_words=config.search.passage_words, progress=progress)


def open_index(config: Config, library: Library) -> tuple[Index, Encoder | None, tuple[str, ...]]:
    """The index, the encoder if there is one, and what is missing. Raises IndexUnusable if there is no usable index."""
    try:
        encoder: Encoder | None = open_encoder(config)
        missing: tuple[str, ...] = ()
    except WeightsError as error:
        encoder, missing = None, (str(error),)
    return Index(config.index_dir, library.patterns, config.search, encoder), encoder, missing


def open_suggester(config: Config) -> Suggester:
    """A Suggester on the library. Raises IndexUnusable; without a model it still finds sources and says why."""
    library = open_library(config)
    index, encoder, missing = open_index(config, library)
    engine: Engine | None = None
    try:
        engine = open_engine(config)
    except (EngineError, WeightsError) as error:
        missing += (f"no idea can be written: {error}",)
    return Suggester(library, index, encoder, engine, config, missing)
