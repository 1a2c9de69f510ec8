"""The manners of a crawl, against a transport that misbehaves."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tiny_wiki import SETTINGS

from craftlore.config import CrawlConfig
from craftlore.crawl.client import Client, Unanswered
from craftlore.errors import CrawlError

FINE = httpx.Response(200, json={"query": {}, "batchcomplete": True})


def client(*answers: httpx.Response | Exception, seen: list[httpx.Request] | None = None, **settings: Any) -> Client:
    """Gives the answers in turn, the last one for ever."""
    queue = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    return Client(SETTINGS.model_copy(update=settings), httpx.MockTransport(answer))


@pytest.mark.parametrize("contact", ["", "me", "nobody at home", "@", "http://", "Müller <m@wiki.test>", "a@wiki.test\r\nX: y"])
def test_without_a_contact_nothing_is_asked(contact: str) -> None:
    with pytest.raises(CrawlError, match=r"has to say who runs it.*--contact"):
        Client(CrawlConfig(contact=contact))


@pytest.mark.parametrize("api", ["", "en.wikipedia.org", "ftp://wiki.test/api.php", "https://", "https://a b/api.php", "http://:x/api.php"])
def test_an_address_has_to_be_one(api: str) -> None:
    with pytest.raises(CrawlError, match=r"no address of an api\.php"):
        Client(SETTINGS.model_copy(update={"api": api}))


def test_a_request_says_who_asks_and_what_it_can_bear() -> None:
    seen: list[httpx.Request] = []
    with client(FINE, seen=seen) as asking:
        asking.ask({"action": "query"})
        asking.ask({"action": "query", "titles": "x" * 5000})
    short, long = seen
    assert short.headers["User-Agent"].startswith("craftlore/") and "keeper@wiki.test" in short.headers["User-Agent"]
    assert "gzip" in short.headers["Accept-Encoding"] and short.headers["Connection"] == "keep-alive"
    assert dict(short.url.params) == {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
    assert short.method == "GET" and long.method == "POST" and not long.url.query


PASSING = {
    "429": httpx.Response(429), "503": httpx.Response(503, text="<html>busy</html>"), "500": httpx.Response(500),
    "maxlag": httpx.Response(200, json={"error": {"code": "maxlag", "info": "Waiting"}}),
    "ratelimited": httpx.Response(200, json={"error": {"code": "ratelimited", "info": "slower"}}),
    "database": httpx.Response(200, json={"error": {"code": "internal_api_error_DBQueryError", "info": "oh"}}),
    "truncated": httpx.Response(200, text='{"query": {"pages": [{"pageid": 1, "ti'), "empty": httpx.Response(200),
    "page": httpx.Response(200, text="<html><title>Maintenance</title>"), "utf-8": httpx.Response(200, content=b'{"a": "\xff\xfe"}'),
    "list": httpx.Response(200, json=[1]),
    "error": httpx.Response(200, json={"error": "Not found"}), "dropped": httpx.RemoteProtocolError("gone"), "reset": httpx.ReadError("reset"),
    "slow": httpx.ReadTimeout("slow"), "silent": httpx.ConnectTimeout("slow"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_passes_by_itself_is_asked_again(fault: httpx.Response | Exception) -> None:
    with client(fault, fault, FINE) as asking:
        assert asking.ask({"action": "query"})["batchcomplete"] and asking.asked == 3


def test_a_page_without_an_end_to_its_title_costs_no_time() -> None:
    """A search through all of it would need hours."""
    with client(httpx.Response(200, text="<title>" * 500_000), attempts=1) as asking, pytest.raises(Unanswered, match="no whole JSON"):
        asking.ask({"action": "query"})


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_given_up_with_its_reason(fault: httpx.Response | Exception) -> None:
    with client(fault, attempts=4) as asking, pytest.raises(Unanswered, match=r"after 4 attempts: .+ again later"):
        asking.ask({"action": "query"})
    assert asking.asked == 4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(403), "refuses the request"), (httpx.Response(404), "no MediaWiki API at this address"),
        (httpx.ConnectError("Name or service not known"), "cannot be reached"),
        (httpx.Response(429, headers={"Retry-After": "7200"}), "left alone for 7200 seconds"),
    ],
    ids=["403", "404", "no host", "two hours"],
)  # fmt: skip
def test_what_waiting_does_not_help_ends_at_once(answer: httpx.Response | Exception, said: str) -> None:
    with client(answer) as asking, pytest.raises(CrawlError, match=said):
        asking.ask({"action": "query"})
    assert asking.asked == 1


def test_a_connection_that_fails_later_is_tried_again() -> None:
    with client(FINE, httpx.ConnectError("refused"), FINE) as asking:
        asking.ask({"action": "query"})
        assert asking.ask({"action": "query"}) and asking.asked == 3


@pytest.mark.parametrize("value", ["0.4", "nonsense", "Sun, 06 Nov 1994 08:49:37 GMT", "0"])
def test_a_retry_after_that_says_nothing_useful_is_no_obstacle(value: str) -> None:
    with client(httpx.Response(503, headers={"Retry-After": value}), FINE) as asking:
        assert asking.ask({"action": "query"}) and asking.asked == 2


def test_retry_after_holds_for_every_thread() -> None:
    times: list[float] = []
    answers = iter([httpx.Response(429, headers={"Retry-After": "1"})])

    def answer(request: httpx.Request) -> httpx.Response:
        times.append(time.monotonic())
        return next(answers, FINE)

    with Client(SETTINGS.model_copy(update={"parallel": 3}), httpx.MockTransport(answer)) as asking, ThreadPoolExecutor(3) as pool:
        pool.submit(asking.ask, {"action": "query"}).result()
        assert len(times) == 2 and times[1] - times[0] >= 1


def test_pauses_grow_up_to_a_ceiling() -> None:
    times: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        times.append(time.monotonic())
        return httpx.Response(503)

    settings = SETTINGS.model_copy(update={"backoff_seconds": 0.02, "backoff_ceiling_seconds": 0.08, "attempts": 6})
    with Client(settings, httpx.MockTransport(answer)) as asking, pytest.raises(Unanswered):
        asking.ask({"action": "query"})
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(gap >= least for gap, least in zip(gaps, [0.02, 0.04, 0.08, 0.08, 0.08], strict=True))


@pytest.mark.parametrize("parallel", [1, 3])
def test_never_more_requests_at_once_than_allowed(parallel: int) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return FINE

    with Client(SETTINGS.model_copy(update={"parallel": parallel}), httpx.MockTransport(answer)) as asking, ThreadPoolExecutor(12) as pool:
        list(pool.map(asking.ask, [{"action": "query"}] * 24))
    assert most == parallel


def test_the_budget_counts_every_attempt() -> None:
    with client(httpx.Response(503), FINE, budget=2) as asking:
        asking.ask({"action": "query"})
        with pytest.raises(CrawlError, match=r"budget of 2 requests is used up.*run the same command"):
            asking.ask({"action": "query"})


def test_an_error_that_is_an_answer_comes_back() -> None:
    with client(httpx.Response(200, json={"error": {"code": "nosuchrevid", "info": "none"}})) as asking:
        assert asking.ask({"action": "parse"})["error"]["code"] == "nosuchrevid"


def test_a_stopped_client_asks_nothing_more() -> None:
    with client(FINE) as asking:
        asking.stop()
        with pytest.raises(CrawlError, match="was stopped"):
            asking.ask({"action": "query"})
    assert asking.asked == 0
