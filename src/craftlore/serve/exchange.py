"""Activities in and out as JSON or CSV. One bad row refuses the whole file, and every bad row is named: nothing is imported by halves.

CSV has one row an activity under the names of its fields; a field with several values has them with ` | ` between, and `||` where a
value itself has `|`. What a spreadsheet would take for a formula begins with `'`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from craftlore.records import Activity
from craftlore.serve.faults import Fault

__all__ = ["FIELDS", "RowFault", "read_activities", "write_activities"]

FIELDS = tuple(Activity.model_fields)
_LISTS = ("class_grade", "categories", "learning_goals", "materials", "making_steps", "facilitation_tips")
_BETWEEN = " | "
_FORMULA = ("=", "+", "-", "@")
NAMED = 20  # bad rows that are named one by one
Format = Literal["json", "csv"]


class RowFault(Fault):
    """The rows that cannot be imported; none of the others was."""

    def __init__(self, problems: Sequence[str], rows: int) -> None:
        more = f" And {len(problems) - NAMED} more." if len(problems) > NAMED else ""
        listed = "; ".join(problems[:NAMED])
        super().__init__(
            "bad_request", f"{len(problems)} of {rows} rows cannot be imported, so none was: {listed}.{more} Correct them and send the file again.", "body"
        )


def read_activities(body: bytes, kind: Format) -> list[Activity]:
    """The activities of a file. Raises Fault naming every row (counted from 1, headings not counted) and field that is wrong."""
    try:
        rows = _csv_rows(body.decode("utf-8-sig")) if kind == "csv" else _json_rows(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Fault("bad_request", f"The file is no UTF-8 text (byte {error.start}). Save it as UTF-8 and send it again.", "body") from error
    if not rows:
        raise Fault("bad_request", "There is no activity in the file.", "body")
    problems: list[str] = []
    found: dict[str, int] = {}
    good: list[Activity] = []
    for number, row in enumerate(rows, 1):
        try:
            activity = Activity.model_validate(row)
        except ValidationError as error:
            problem = error.errors()[0]
            problems.append(f"row {number}: {'.'.join(map(str, problem['loc'])) or 'row'}: {problem['msg']}")
            continue
        if activity.id in found:
            problems.append(f"row {number}: id: {activity.id!r} is the id of row {found[activity.id]}, too")
        found.setdefault(activity.id, number)
        good.append(activity)
    if problems:
        raise RowFault(problems, len(rows))
    return good


def write_activities(activities: Iterable[Activity], kind: Format) -> str:
    """A file that `read_activities` reads back to the same activities."""
    if kind == "json":
        return json.dumps({"activities": [a.model_dump(mode="json") for a in activities]}, ensure_ascii=False, indent=2) + "\n"
    file = io.StringIO()
    writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
    writer.writeheader()
    for activity in activities:
        row = activity.model_dump(mode="json")
        cells = {name: _BETWEEN.join(part.replace("|", "||") for part in value) if name in _LISTS else value for name, value in row.items()}
        writer.writerow({name: f"'{value}" if str(value).lstrip("'").startswith(_FORMULA) else value for name, value in cells.items()})
    return file.getvalue()


def _json_rows(text: str) -> list[Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Fault("bad_request", f"The file is no JSON: {error}.", "body") from error
    rows = data.get("activities") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise Fault("bad_request", 'The file has to be a list of activities, or {"activities": [...]}.', "body")
    return rows


def _csv_rows(text: str) -> list[dict[str, Any]]:
    try:
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if unknown := [name for name in table.fieldnames or () if name not in FIELDS]:
            raise Fault("unknown_field", f"{unknown[0]!r} is no field of an activity. The fields are: {', '.join(FIELDS)}.", "body")
        return [_csv_row(row) for row in table]
    except csv.Error as error:
        raise Fault("bad_request", f"The file is no CSV: {error}.", "body") from error


def _csv_row(row: dict[str, str]) -> dict[str, Any]:
    """Lists taken apart and empty cells left out; a row with more cells than headings keeps them under a name that no field has."""
    cells = {name or "(cell without a heading)": value for name, value in row.items() if value}
    cells = {name: value[1:] if str(value).startswith("'") and value.lstrip("'").startswith(_FORMULA) else value for name, value in cells.items()}
    parts = {name: [whole for part in value.split(_BETWEEN) if (whole := part.strip().replace("||", "|"))] for name, value in cells.items() if name in _LISTS}
    return {**cells, **parts}
