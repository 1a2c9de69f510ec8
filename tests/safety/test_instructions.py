"""The lines that the policy adds to a prompt depend on the article's access and on the grade, and on nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from craftlore.errors import ConfigError
from craftlore.library import Library
from craftlore.records import Request
from craftlore.safety.instructions import instructions, read_lines
from craftlore.suggest.match import fill
from craftlore.suggest.prompt import build_messages


def test_an_open_article_for_older_pupils_needs_no_line() -> None:
    assert instructions("open", "9") == ()


def test_what_is_studied_is_not_copied_and_what_is_asked_for_is_not_called_real() -> None:
    [study], [ask] = instructions("study_only", "9"), instructions("ask", "9")
    assert "no copy" in study and "real" in ask and study != ask


@pytest.mark.parametrize("grade", ["K", "1", "2"])
def test_the_youngest_get_short_words_beside_what_the_access_asks(grade: str) -> None:
    [line] = instructions("open", grade)
    assert "Short words" in line and instructions("study_only", grade) == (*instructions("study_only", "3"), line)


def test_the_lines_stand_in_the_prompt_of_such_an_article_alone(library: Library) -> None:
    article, pattern = library.articles["starter:oware"], library.patterns["sowing-game-board"]
    for access in ("open", "study_only"):
        plan = fill(article.model_copy(update={"access": access}), pattern, library.items, Request(text="a game"), "4")
        assert plan
        prompt = "\n".join(message["content"] for message in build_messages(plan, {}))
        assert (instructions("study_only", "4")[0] in prompt) is (access == "study_only")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('says = "Look."\naccess = ["secret"]\n', "line 2: x: access"), ('says = "Look."\nbands = ["K-3"]\n', "line 2: x: bands"),
        ('says = "look without an end"\n', "line 2: x: says"), ('says = "Look."\ngrade = "4"\n', "line 2: x: grade"), ("", "line 2: x: says"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_refused_with_file_and_line(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "instructions.toml"
    path.write_text(f'[[line]]\nid = "x"\n{row}', encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"instructions\.toml, {said}"):
        read_lines(path)


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instructions.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no"):
        read_lines(tmp_path / "instructions.toml")
