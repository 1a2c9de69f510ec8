"""The rules R01 to R22 as one table (`rules.toml`), the only place where a sentence of a gate is written.

Every verdict is made here, from the id of a sentence: a gate cannot decide something that the table does not name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craftlore.errors import ConfigError
from craftlore.handwritten import first_problem
from craftlore.records import Disposition, Verdict

__all__ = ["Rule", "Sentence", "fault_in", "read_rules", "read_table", "rules", "sentences", "verdict"]

TABLE = Path(__file__).parent / "rules.toml"


class Sentence(BaseModel):
    """What one verdict does, and says to the teacher; words in braces are filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^R\d\d-[a-z-]+$")
    disposition: Disposition
    why: str = Field(pattern=r"(?s)^[A-Z{].*[.}]$")


class Rule(BaseModel):
    """One rule: what it covers and what it misses, who must sign it, on which basis it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^R\d\d$")
    name: str
    covers: str
    misses: str
    signs: str
    basis: str
    status: Literal["draft", "signed"]
    says: tuple[Sentence, ...] = ()


def read_table(path: Path, key: str) -> list[dict[str, Any]]:
    """The rows `[[key]]` of a policy file. Raises ConfigError with file and line."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))[key]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except KeyError as error:
        raise ConfigError(f"{path}: there is no [[{key}]]") from error
    return list(rows)


def fault_in(path: Path, row: Mapping[str, Any], error: Exception | str) -> ConfigError:
    """An error that names the file, the line of the row's id (its last one, if two rows share it), the row and the reason."""
    name = str(row.get("id", "a row without an id"))
    lines = [n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if re.match(rf"id = \"{re.escape(name)}\"", line)]
    reason = first_problem(error) if isinstance(error, ValidationError) else error
    return ConfigError(f"{path}{f', line {lines[-1]}' if lines else ''}: {name}: {reason}")


def read_rules(path: Path = TABLE) -> dict[str, Rule]:
    """The rules of a file by id. Raises ConfigError with file and line for an unknown disposition, a missing field, a twin."""
    found: dict[str, Rule] = {}
    said: set[str] = set()
    for row in read_table(path, "rule"):
        try:
            rule = Rule.model_validate(row)
        except ValidationError as error:
            raise fault_in(path, row, error) from error
        if rule.id in found:
            raise fault_in(path, row, "there are two rules of this id")
        for sentence in rule.says:
            if sentence.id in said or sentence.id[:3] != rule.id:
                raise fault_in(path, {"id": sentence.id}, "there are two of this id" if sentence.id in said else f"it stands under {rule.id}")
            said.add(sentence.id)
        found[rule.id] = rule
    return found


@cache
def rules() -> dict[str, Rule]:
    """The rules that ship, by id, read once."""
    return read_rules()


@cache
def sentences() -> dict[str, Sentence]:
    """Every sentence of `rules`, by its id."""
    return {sentence.id: sentence for rule in rules().values() for sentence in rule.says}


def verdict(sentence_id: str, changed: str | None = None, **words: object) -> Verdict:
    """The verdict of one sentence, with its words filled in. Raises KeyError for a sentence that the table does not have."""
    sentence = sentences()[sentence_id]
    return Verdict(rule=sentence.id, disposition=sentence.disposition, changed=changed, why=sentence.why.format(**words) if words else sentence.why)
