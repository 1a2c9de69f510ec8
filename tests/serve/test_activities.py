"""Own activities: stored, exchanged, found again; on SQLite and on a real PostgreSQL; or asked of another app over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Serve
from fakes import FakeEncoder

from craftlore.errors import ServeError
from craftlore.gold import as_idea, read_gold
from craftlore.library import Library
from craftlore.records import Activity, Request
from craftlore.serve.activities import Catalogue, RemoteCatalogue
from craftlore.serve.database import Database, activities, drafts
from craftlore.serve.drafts import Drafts
from craftlore.serve.exchange import read_activities, write_activities
from craftlore.serve.faults import Fault

RUN = Request(text="marble run from cardboard tubes")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, gone afterwards. Its folder is not pytest's, whose parents are closed to other users."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or (os.getuid() == 0 and not shutil.which("setpriv")):
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="craftlore-postgres-"))
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]

    def run(name: str, *more: str) -> None:
        subprocess.run([*as_user, str(programs[-1] / name), *more], cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=60)

    run("initdb", "-D", f"{folder}/data", "-U", "craftlore", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
    yield f"postgresql+psycopg://craftlore@/postgres?host={folder}"
    run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'own.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres"))
    yield made
    made.close()


def changed(activity: Activity, **fields: Any) -> Activity:
    return Activity.model_validate(activity.model_dump(mode="json") | fields)


def test_a_new_store_has_the_starter_activities_and_keeps_what_is_added(database: Database, library: Library) -> None:
    first = Catalogue(database, library.activities, None)
    assert first.search(RUN, None, frozenset()).hits[0].activity.id == "cardboard-tube-run"
    new = changed(library.activities["cardboard-tube-run"], id="zebra-run", title="Zebra marble run from cardboard tubes for Žofie 🦓")
    assert first.add([new]) == 65
    for catalogue in (first, Catalogue(database, {}, None)):  # another process sees it, too
        index, trouble = catalogue.current()
        assert trouble is None and len(index.activities) == 65 and new in index.activities
    assert first.add([changed(new, minutes=30)]) == 65


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_store_that_goes_down_leaves_the_last_known_activities_and_says_so(database: Database, library: Library, tmp_path: Path) -> None:
    catalogue = Catalogue(database, library.activities, None)
    catalogue.current()
    database.close()
    for file in tmp_path.glob("own.db*"):
        file.unlink()
    tmp_path.chmod(0o500)
    (tmp_path / "own.db").mkdir()
    catalogue._checked = 0.0
    found = catalogue.search(RUN, None, frozenset())
    assert found.hits[0].activity.id == "cardboard-tube-run" and found.trouble and "database" in found.trouble
    with pytest.raises(ServeError, match="cannot be used"):
        catalogue.add(list(library.activities.values())[:1])


def test_a_row_that_cannot_be_read_is_left_out_and_said(database: Database, library: Library) -> None:
    before = Catalogue(database, library.activities, None).current()[0].activities
    with database.transaction() as connection:
        connection.execute(sa.insert(activities), [{"id": "odd", "title": "Odd", "record": "{}"}])
    index, trouble = Catalogue(database, {}, None).current()
    assert len(index.activities) == len(before) >= 64 and trouble and trouble.startswith("1 rows")


def test_a_draft_that_cannot_be_read_costs_no_other(database: Database, library: Library) -> None:
    gold = read_gold(library)[0]["starter:oware"].ideas[0]
    good = Drafts(database).add(as_idea(gold, library.articles["starter:oware"], library.patterns[gold.pattern], 1))
    with database.transaction() as connection:
        connection.execute(sa.insert(drafts), [{"id": "odd", "version": 1, "idea": "{}", "changed": 1.0}])
    assert [draft.id for draft in Drafts(database).all()] == [good.id]
    with pytest.raises(Fault, match="cannot be read"):
        Drafts(database).get("odd")


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x", "mysql://nobody@127.0.0.1:1/x"])
def test_a_database_that_nobody_knows_is_a_clear_error(url: str) -> None:
    with pytest.raises(ServeError, match="sqlite:///FILE"):
        Database(url)


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_what_was_exported_can_be_imported(library: Library, kind: Any) -> None:
    activities = list(library.activities.values())
    activities[0] = changed(activities[0], title='Quotes "and", commas; žluťoučký 🎨', minutes=None, facilitation_tips=[])
    activities[1] = changed(activities[1], title="=1+1", introduction="'-2 is read as it is", making_steps=["Cut red | blue.", "+ Glue both|all."])
    assert read_activities(write_activities(activities, kind).encode(), kind) == activities


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_one_bad_row_in_a_thousand_refuses_the_file_by_its_number(serve: Serve, library: Library, kind: Any) -> None:
    one = library.activities["cardboard-tube-run"]
    rows = [changed(one, id=f"run-{n}", title=f"Run {n}") for n in range(1000)]
    file = write_activities(rows, kind).replace("run-416", "Run 416!").encode()
    client = serve()
    send = {"content": file, "headers": {"content-type": "application/json" if kind == "json" else "text/csv"}}
    refused = client.post("/api/activities/import", **send)
    assert refused.status_code == 422 and "1 of 1000 rows cannot be imported, so none was: row 417: id" in refused.json()["error"]["message"]
    assert client.get("/api/activities").json()["total"] == 64
    send["content"] = file.replace(b"Run 416!", b"run-416")
    assert client.post("/api/activities/import", **send).json() == {"imported": 1000, "total": 1064}


BAD_FILES = {
    "no JSON": (b"{", "json", "no JSON"),
    "another thing": (b'"hello"', "json", "list of activities"),
    "empty": (b"[]", "json", "no activity"),
    "no text": (b"\xff\xfe", "csv", "UTF-8"),
    "an unknown column": (b"id,colour\nx,red\n", "csv", "'colour' is no field"),
    "an open quote": (b'id,title\nx,"open', "csv", "no CSV|rows cannot"),
    "deep": (b"[" * 100_000, "json", "no JSON"),
    "the same id twice": (None, "json", "id of row 1"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(library: Library, name: str) -> None:
    content, kind, reason = BAD_FILES[name]
    twice = json.dumps([library.activities["cardboard-tube-run"].model_dump(mode="json")] * 2).encode()
    with pytest.raises(Fault, match=reason):
        read_activities(content or twice, kind)  # type: ignore[arg-type]


def test_activities_are_listed_by_what_is_asked_for(serve: Serve) -> None:
    client = serve()
    page = client.get("/api/activities", params={"grade": "K", "label": "Visual arts", "minutes": 35}).json()
    assert page["total"] == len(page["activities"]) > 0
    assert all("K" in a["class_grade"] and "Visual arts" in a["categories"] and a["minutes"] <= 35 for a in page["activities"])
    two = client.get("/api/activities", params={"offset": 62}).json()
    assert two["total"] == 64 and len(two["activities"]) == 2
    assert client.get("/api/activities", params={"material": "marbles", "q": "maze"}).json()["activities"][0]["id"] == "tilting-marble-maze"


class _App(BaseHTTPRequestHandler):
    answer: bytes = b""
    asked: list[str] = []  # noqa: RUF012 - one app a test

    def do_GET(self) -> None:
        _App.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(_App.answer)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def app_search() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _App.asked.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}/find"
    server.shutdown()
    server.server_close()


def test_an_apps_own_search_is_asked_and_its_answer_ranked(app_search: str, library: Library) -> None:
    rows = [a.model_dump(mode="json") for a in list(library.activities.values())[:6]]
    _App.answer = json.dumps({"activities": rows, "took": 3}).encode()
    remote = RemoteCatalogue(app_search, 2, FakeEncoder())
    found = remote.search(RUN, FakeEncoder().encode([RUN.text])[0], frozenset())
    assert found.trouble is None and found.hits[0].activity.id == "cardboard-tube-run" and "q=marble+run" in _App.asked[0]
    remote.close()


@pytest.mark.parametrize("answer", [b"<html>", b'{"activities": [{"id": "x"}]}', b'{"results": []}', b'{"activities": []}' + b" " * 6_000_000, None])
def test_an_apps_own_search_that_fails_is_named_and_stops_nothing(app_search: str, serve: Serve, answer: bytes | None) -> None:
    _App.answer = answer or b""
    url = app_search if answer else "http://127.0.0.1:9/find"
    found = serve(activities_url=url).post("/api/search", json={"text": "grade 4 kolam with chalk"}).json()
    assert [d["rung"] for d in found["degraded"]] == ["store_down"] and found["cards"] and not found["activities"]


def test_an_address_that_is_none_is_named_and_stops_nothing() -> None:
    found = RemoteCatalogue("http://[::1/find", 2, None).search(RUN, None, frozenset())
    assert not found.hits and found.trouble and "InvalidURL" in found.trouble
