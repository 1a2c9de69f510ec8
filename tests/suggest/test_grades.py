"""A grade is read from the ways that teachers write it, and from nothing that only looks like one."""

from __future__ import annotations

import pytest

from craftlore.records import GRADES
from craftlore.suggest.grades import find_grade, parse_grade


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_is_read_in_its_plain_forms(grade: str) -> None:
    assert parse_grade(grade) == parse_grade(f" grade {grade.lower()} ") == grade
    assert find_grade(f"a game for grade {grade.lower()}, with chalk") == grade


@pytest.mark.parametrize(
    ("typed", "grade"),
    [
        ("K-2", "K"), ("3–5", "3"), ("3 to 5", "3"), ("Grades 3-5", "3"), ("4th", "4"), ("4th grade", "4"), ("1ST", "1"), ("Kindergarten", "K"),
        ("pre-K", "K"), ("class 5", "5"), ("k", "K"),
    ],
)  # fmt: skip
def test_a_typed_grade(typed: str, grade: str) -> None:
    assert parse_grade(typed) == grade


@pytest.mark.parametrize("typed", ["", " ", "13", "0", "-1", "99", "grade 99", "banana", "🎒", "3" * 1000, "3.5", "null"])
def test_what_is_no_grade_is_not_guessed(typed: str) -> None:
    assert parse_grade(typed) is None


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("my 3rd graders", "3"), ("grades 3-5", "3"), ("first and second grade", "1"), ("k-2 kids", "K"), ("gr. 5 art", "5"), ("4 to 6 grade", "4"),
        ("klasse 3", "3"), ("3. klasse", "3"),
        ("grade five", "5"), ("6/7 grade", "6"),
    ],
)  # fmt: skip
def test_american_and_other_grades_in_a_text(text: str, grade: str) -> None:
    assert find_grade(text) == grade


@pytest.mark.parametrize(
    ("text", "grade"), [("ages 9-10", "4"), ("8 year olds", "3"), ("for 6 yo", "1"), ("aged 5", "K"), ("year 4", "3"), ("year 1", "K"), ("18 year olds", "12")]
)
def test_ages_and_school_years_become_grades(text: str, grade: str) -> None:
    assert find_grade(text) == grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("kindergarten", "K"),
        ("preschool", "K"),
        ("elementary school", "1"),
        ("middle school", "6"),
        ("high school", "9"),
        ("seniors", "12"),
        ("junior high", "6"),
    ],
)
def test_a_stage_is_its_youngest_grade(text: str, grade: str) -> None:
    assert find_grade(text) == grade


def test_a_grade_wins_over_an_age() -> None:
    assert find_grade("grade 7, ages 9 to 10") == "7"


@pytest.mark.parametrize(
    "text",
    [
        "", "a 12th century castle", "in 5 groups", "25 kids and 30 cups", "grade 40", "the 4th of july", "2 classes of 30", "45 minutes",
        "3 cm of string", "5 g of salt", "a 30 year old wall",
        "🎨" * 500, "9" * 900, "a 2 year old dog",
    ],
)  # fmt: skip
def test_other_numbers_are_no_grade(text: str) -> None:
    assert find_grade(text) is None
