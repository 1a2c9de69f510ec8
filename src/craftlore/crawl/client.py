"""The manners of a crawl in one place: who asks, how often, how many at once, and what happens when the wiki says "later".

Follows Wikimedia's User-Agent policy and API etiquette: a contact in the User-Agent, `maxlag`, `Retry-After`, gzip, kept-alive
connections, a growing pause after every fault, few requests at the same time.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import httpx

from craftlore.config import CrawlConfig
from craftlore.errors import CrawlError

__all__ = ["Client", "Unanswered"]

LATER = frozenset({"maxlag", "ratelimited", "readonly", "timeouterror"})  # error codes of the API that pass by themselves
PATIENCE = 600.0  # seconds; a wiki that asks for a longer pause is left alone until the next run
LONG_QUERY = 4000  # characters; servers refuse longer addresses, so these go as POST
PAGE_HEAD = 5000  # characters of a web page in which its title is looked for
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Unanswered(CrawlError):
    """Every attempt at one request failed; the rest of the crawl may still work."""


@dataclass(frozen=True)
class _Fault:
    """Why an answer is none, and for how many seconds the wiki wants to be left alone, if it says so."""

    reason: str
    pause: float | None = None


class Client:
    """Asks one `api.php`. Safe to use from several threads: never more than `config.parallel` requests are on their way."""

    def __init__(self, config: CrawlConfig, transport: httpx.BaseTransport | None = None) -> None:
        if not re.fullmatch(r"[ -~]*(?:\S@\S+\.\S|https?://\S)[ -~]*", config.contact):
            raise CrawlError(
                "a crawl has to say who runs it. Set `contact` under [crawl] in craftlore.toml, or give --contact: a mail address or a web page where the "
                "wiki's operators can reach you, in plain ASCII."
            )
        if not re.match(r"https?://[\w.:\[\]-]+/\S*$", config.api) or not _host(config.api):
            raise CrawlError(f"{config.api!r} is no address of an api.php; for example https://en.wikipedia.org/w/api.php.")
        self.asked = 0
        self._config, self._answered = config, 0
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._slots = threading.Semaphore(config.parallel)
        self._not_before = 0.0
        agent = f"craftlore/{version('craftlore')} ({config.contact}) httpx/{httpx.__version__}"
        self._http = httpx.Client(
            headers={"User-Agent": agent}, timeout=config.timeout_seconds, follow_redirects=True, transport=transport,
            trust_env=_host(config.api) not in LOOPBACK,
        )  # fmt: skip

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._http.close()

    def stop(self) -> None:
        """Ask nothing more: threads that wait for their turn end with a CrawlError; what is on its way may arrive."""
        self._stopped.set()

    def ask(self, query: Mapping[str, str]) -> dict[str, Any]:
        """The wiki's answer, an `error` object that will not pass by itself included.

        Raises Unanswered when all attempts failed, CrawlError when going on makes no sense (no such host, not allowed, budget used up).
        """
        reason = ""
        for attempt in range(self._config.attempts):
            with self._slots:
                self._wait_for_turn()
                answer = self._once({**query, "format": "json", "formatversion": "2", "maxlag": str(self._config.maxlag)})
            if not isinstance(answer, _Fault):
                return answer
            reason = answer.reason
            self._pause(answer, min(self._config.backoff_ceiling_seconds, self._config.backoff_seconds * 2**attempt))
        raise Unanswered(f"{self._config.api} did not answer after {self._config.attempts} attempts: {reason}. Run the same command again later.")

    def _once(self, query: dict[str, str]) -> dict[str, Any] | _Fault:
        long = len(urlencode(query)) > LONG_QUERY
        try:
            response = self._http.post(self._config.api, data=query) if long else self._http.get(self._config.api, params=query)
        except httpx.TimeoutException:
            return _Fault(f"no answer within {self._config.timeout_seconds:g} seconds")
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError) and not self._answered:  # a wrong address does not become right by waiting
                raise CrawlError(f"{self._config.api} cannot be reached ({error}). Check the address and the network.") from error
            return _Fault(f"the connection failed ({error or type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CrawlError(f"{self._config.api}: {error}. Check the address.") from error
        self._answered += 1
        return _read(response, self._config.api)

    def _wait_for_turn(self) -> None:
        """Wait as long as the wiki asked for, then count the request. Raises CrawlError at the end of the budget."""
        while (seconds := self._not_before - time.monotonic()) > 0 and not self._stopped.wait(seconds):
            pass
        if self._stopped.is_set():
            raise CrawlError("the crawl was stopped. Run the same command to go on.")
        with self._lock:
            if self.asked >= self._config.budget:
                raise CrawlError(f"the budget of {self.asked} requests is used up. What was answered is kept; run the same command to go on.")
            self.asked += 1

    def _pause(self, fault: _Fault, pause: float) -> None:
        """Hold back every thread after a fault: as long as the wiki says, else `pause` seconds."""
        seconds = pause if fault.pause is None else max(fault.pause, self._config.backoff_seconds)
        if seconds > PATIENCE:
            raise CrawlError(f"{self._config.api} asks to be left alone for {seconds:.0f} seconds. What was answered is kept; run the same command then.")
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)


def _host(api: str) -> str:
    try:
        return httpx.URL(api).host
    except httpx.InvalidURL:
        return ""


def _read(response: httpx.Response, api: str) -> dict[str, Any] | _Fault:
    """The JSON of a response, or the fault that may pass. Raises CrawlError for what will not."""
    status, pause = response.status_code, _retry_after(response.headers.get("Retry-After"))
    if status in (408, 425, 429) or status >= 500:
        return _Fault(f"HTTP {status} {response.reason_phrase}", pause)
    if status in (401, 403):
        raise CrawlError(f"{api} refuses the request (HTTP {status}). Check that the contact is real and that the wiki may be read without an account.")
    if status != httpx.codes.OK:
        raise CrawlError(f"{api} answers with HTTP {status}: there is no MediaWiki API at this address. It usually ends with /w/api.php or /api.php.")
    try:
        answer = json.loads(response.content.decode())
    except UnicodeDecodeError as error:
        return _Fault(f"the answer is not valid UTF-8 ({error})", pause)
    except json.JSONDecodeError:
        page = re.search(r"<title>(.*?)</title>", response.text[:PAGE_HEAD], re.S)
        what = f"a web page ({page[1].strip()[:80]!r})" if page else f"no whole JSON ({len(response.content)} bytes)"
        return _Fault(f"the answer is {what}; is {api} the wiki's api.php?", pause)
    if not isinstance(answer, dict):
        return _Fault("the answer is JSON, but not of a MediaWiki API", pause)
    refusal = answer.get("error") or {}
    if not isinstance(refusal, dict):
        return _Fault(f"the answer is an error, but not of a MediaWiki API ({str(refusal)[:80]!r})", pause)
    if refusal.get("code") in LATER or str(refusal.get("code")).startswith("internal_api_error"):
        return _Fault(f"{refusal['code']}: {refusal.get('info', '')}", pause)
    return answer


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date; None if there is none that can be read."""
    if value is None:
        return None
    try:
        return max(0.0, float(value) if value.strip().isdigit() else (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
