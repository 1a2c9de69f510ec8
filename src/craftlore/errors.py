"""Every error that Craftlore raises on purpose. Each message says what happened and what to do next.

CraftloreError
├── ConfigError          a setting is unknown or has the wrong type
├── RequestError         the teacher's request cannot be read
├── LibraryError         an article, pattern or vocabulary file is wrong (named, with its line where known)
├── WeightsError         a model file cannot be had
│   └── HashMismatch     a source delivered other bytes than the catalogue promises
├── IndexUnusable        the index is missing, damaged or made by another encoder
├── DataError            an evaluation file is wrong
├── CrawlError           a wiki, a seeds file or a ZIM file cannot be read
├── DatasetError         training pairs cannot be made
├── FinetuneError        an adapter cannot be trained, exported or accepted
├── ServeError           the server, or its store of activities, cannot do what was asked
├── IdeaWithdrawn        an idea did not pass the idea gate
└── EngineError          a language model cannot answer
    ├── EngineUnavailable    not installed, not running, or died
    ├── PromptTooLong        prompt and answer do not fit the context
    ├── EngineTimeout        no answer before the deadline
    ├── Cancelled            the caller stopped it
    ├── EmptyCompletion      nothing came back
    ├── CutOff               the answer hit a token limit
    └── SchemaIgnored        the answer is not what the JSON schema demands
"""

from __future__ import annotations

__all__ = [
    "Cancelled",
    "ConfigError",
    "CraftloreError",
    "CrawlError",
    "CutOff",
    "DataError",
    "DatasetError",
    "EmptyCompletion",
    "EngineError",
    "EngineTimeout",
    "EngineUnavailable",
    "FinetuneError",
    "HashMismatch",
    "IdeaWithdrawn",
    "IndexUnusable",
    "LibraryError",
    "PromptTooLong",
    "RequestError",
    "SchemaIgnored",
    "ServeError",
    "WeightsError",
]


class CraftloreError(Exception):
    """Base of all errors that a user may see; the message is complete in itself."""


class ConfigError(CraftloreError):
    pass


class RequestError(CraftloreError):
    pass


class LibraryError(CraftloreError):
    pass


class WeightsError(CraftloreError):
    pass


class HashMismatch(WeightsError):
    pass


class IndexUnusable(CraftloreError):
    pass


class DataError(CraftloreError):
    pass


class CrawlError(CraftloreError):
    pass


class DatasetError(CraftloreError):
    pass


class FinetuneError(CraftloreError):
    pass


class ServeError(CraftloreError):
    pass


class EngineError(CraftloreError):
    pass


class EngineUnavailable(EngineError):
    pass


class PromptTooLong(EngineError):
    pass


class EngineTimeout(EngineError):
    pass


class Cancelled(EngineError):
    pass


class EmptyCompletion(EngineError):
    pass


class CutOff(EngineError):
    pass


class IdeaWithdrawn(CraftloreError):
    """An idea that did not pass the idea gate even in the pattern's own words; it is not shown."""


class SchemaIgnored(EngineError):
    pass
