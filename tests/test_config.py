"""Settings: known keys only, the right types, and a message that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from craftlore.config import Config, load_config
from craftlore.errors import ConfigError
from craftlore.records import GRADES


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CRAFTLORE_HOME", raising=False)
    monkeypatch.delenv("CRAFTLORE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def write(text: str | bytes, name: str = "craftlore.toml") -> Path:
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_the_defaults_hold() -> None:
    assert load_config() == Config()


def test_an_empty_file_means_the_defaults() -> None:
    write("")
    assert load_config() == Config()


def test_one_key_changes_one_setting() -> None:
    write("[search]\nfloor = 0.5\n")
    assert load_config().search.floor == 0.5
    assert load_config().suggest == Config().suggest


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colour = 1", "colour"), ("[engine]\ncontex = 1", "engine.contex"), ("[engine]\ncontext = 'many'", "engine.context"),
        ("[engine]\nname = 'gpt'", "engine.name"),
        ("[search]\nfloor = 7", "search.floor"), ("[suggest]\ncount = 0", "suggest.count"), ("engine = 3", "engine"),
        ("[suggest]\ndefault_grade = '13'", "suggest.default_grade"),
        ("[engine]\ndeadline_seconds = nan", "engine.deadline_seconds"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_file(text: str, key: str) -> None:
    write(text)
    with pytest.raises(ConfigError, match=rf"^craftlore.toml: {key}: .*craftlore.toml of the project"):
        load_config()


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_can_be_the_default(grade: str) -> None:
    write(f"[suggest]\ndefault_grade = '{grade}'\n")
    assert load_config().suggest.default_grade == grade


@pytest.mark.parametrize("text", ["[engine", b"\xff\xfe\x00", "a = 1\na = 2"])
def test_what_is_no_toml_says_so(text: str | bytes) -> None:
    write(text)
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config()


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_named_file_has_to_be_readable(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(Path(name))


def test_the_environment_names_file_and_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAFTLORE_CONFIG", str(write("home = 'from-file'\n[suggest]\ncount = 2\n", "other.toml")))
    assert load_config().home == Path("from-file")
    monkeypatch.setenv("CRAFTLORE_HOME", "from-env")
    found = load_config()
    assert (found.home, found.suggest.count) == (Path("from-env"), 2)
    assert found.index_dir == Path("from-env/index")


def test_a_path_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAFTLORE_CONFIG", str(write("[suggest]\ncount = 2\n", "env.toml")))
    assert load_config(write("[suggest]\ncount = 4\n", "given.toml")).suggest.count == 4
