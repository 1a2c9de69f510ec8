"""Rules of the whole project that no single module can keep: imports, `__all__`, settings, locks, length of files."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from craftlore.config import Config

HOME = Path(__file__).parent.parent
SRC = HOME / "src" / "craftlore"
FILES = sorted(SRC.rglob("*.py"))
ROOT = {"artifacts", "card", "config", "errors", "gold", "handwritten", "library", "log", "places", "records", "sentences", "vocabulary", "words"}
MAY_IMPORT = {
    **{name: ROOT for name in ROOT},
    "safety": ROOT | {"safety"},
    "index": ROOT | {"index"},
    "engines": ROOT | {"engines"},
    "suggest": ROOT | {"suggest", "engines", "index", "safety"},
    "crawl": ROOT | {"crawl", "index", "safety"},
    "dataset": ROOT | {"dataset", "suggest", "engines", "index", "safety"},
    "finetune": ROOT | {"finetune", "suggest", "engines", "index", "safety"},
    "serve": ROOT | {"serve", "suggest", "engines", "index", "safety"},
    "verify": ROOT | {"verify", "crawl", "dataset", "suggest", "index", "engines", "safety"},
}
SURFACE = {"__init__", "__main__", "cli", "commands"}


def part(file: Path) -> str:
    return file.relative_to(SRC).parts[0].removesuffix(".py")


def module(file: Path) -> ModuleType:
    name = ".".join(("craftlore", *file.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__")
    return importlib.import_module(name)


def imports(file: Path) -> Iterator[tuple[str, str | None]]:
    """Every import of craftlore in a file, lazy ones too: module, and name where one is taken from it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} imports relatively"
            if (node.module or "").split(".")[0] == "craftlore":
                yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names if alias.name.split(".")[0] == "craftlore")


def test_every_part_has_its_rule() -> None:
    assert {part(file) for file in FILES} == set(MAY_IMPORT) | SURFACE
    assert all(path.name.removesuffix(".py") in ROOT | SURFACE for path in SRC.glob("*.py"))


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_imports_go_one_way(name: str) -> None:
    wrong = []
    for file in (file for file in FILES if part(file) == name):
        for source, taken in imports(file):
            target = [*source.split("."), taken or ""][1]
            if target not in MAY_IMPORT[name]:
                wrong.append(f"{file.relative_to(SRC)} imports {source}.{taken}")
    assert not wrong


def test_nobody_imports_what_a_module_does_not_offer() -> None:
    wrong = [
        f"{file.relative_to(SRC)}: {source}.{taken}"
        for file in FILES
        for source, taken in imports(file)
        if taken and taken != "__version__" and not hasattr(importlib.import_module(source), "__path__")
        if taken not in importlib.import_module(source).__all__
    ]
    assert not wrong


@pytest.mark.parametrize("file", [f for f in FILES if f.name not in ("__init__.py", "__main__.py")], ids=lambda f: str(f.relative_to(SRC)))
def test_all_is_there_and_true(file: Path) -> None:
    names = module(file).__all__
    assert len(names) == len(set(names)) > 0
    assert all(hasattr(module(file), name) and not name.startswith("_") for name in names)


def test_every_module_says_what_it_is() -> None:
    wrong = [file.name for file in FILES if file.name != "__main__.py" and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert not wrong


def test_no_source_file_is_over_300_lines() -> None:
    lengths = {str(file.relative_to(SRC)): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_the_commented_settings_are_the_defaults_and_all_of_them() -> None:
    text = (HOME / "craftlore.toml").read_text(encoding="utf-8")
    assert Config.model_validate(tomllib.loads(text)) == Config(), "as it is shipped, the file changes nothing"
    written = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.M))
    defaults = Config().model_dump(mode="json")
    assert written["engine"].pop("served_model") and defaults["engine"].pop("served_model") is None, "TOML has no word for None"
    assert written == defaults


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_hold_hashes_and_no_address(name: str) -> None:
    text = (HOME / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|@", text)
    assert set(re.findall(r"(?<!\S)--?[a-z][\w-]*", text)) == {"--hash"}, "a lock names packages and hashes, and no other option of the installer"
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 10 and all(re.match(r"[\w.-]+==\S+", package) and "--hash=sha256:" in package for package in packages)


def test_test_files_have_names_of_their_own() -> None:
    names = [file.name for file in (HOME / "tests").rglob("*.py") if file.name != "conftest.py"]
    assert len(names) == len(set(names)) and "__init__.py" not in names
