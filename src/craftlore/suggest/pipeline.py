"""A teacher's request to ideas: screen -> parse -> search -> match -> write, each step timed and logged. No HTTP here.

`prepare` needs no model and takes milliseconds; `write` asks the model for one idea and tells it as it grows. `suggest` is both,
one after the other; a server does them apart, with a queue between.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from craftlore.config import Config
from craftlore.engines.seam import Engine
from craftlore.errors import EngineError, IdeaWithdrawn, RequestError
from craftlore.index.encoder import Encoder
from craftlore.index.search import Hit, Index
from craftlore.library import Library
from craftlore.log import StepLog
from craftlore.records import Disposition, Idea, Request, Verdict
from craftlore.safety.normalise import plain_text
from craftlore.safety.personal import strip_personal
from craftlore.safety.rules import verdict
from craftlore.safety.screen import Screened, screen_request, substitutions
from craftlore.suggest.activities import ActivityHit
from craftlore.suggest.cards import card_of
from craftlore.suggest.events import Card, Degraded, Progress, Tell, rung_of
from craftlore.suggest.match import Plan
from craftlore.suggest.matching import Matching
from craftlore.suggest.parse import Fields, Understood, check_length, names_something, understand
from craftlore.suggest.strangers import strange_names
from craftlore.suggest.write import Written, write_idea

__all__ = ["Prepared", "Source", "Suggester", "Suggestions"]

CANDIDATES = 8  # articles looked at for each request
Own = Callable[[Understood], Sequence[ActivityHit]]
_SAID = {"queued": "waiting", "reading": "reading", "writing": "writing", "again": "writing again", "checking": "checking"}


class Source(BaseModel):
    """An article that was found, for the page to offer even when no idea could be written."""

    model_config = ConfigDict(frozen=True)
    article_id: str
    title: str
    people: tuple[str, ...]
    places: tuple[str, ...]


class Suggestions(BaseModel):
    """The whole answer, as `craftlore suggest --json` prints it. `declined` is set when there are no ideas for a reason."""

    model_config = ConfigDict(frozen=True)
    request_id: str
    understood: Request
    notes: tuple[str, ...] = ()
    ideas: tuple[Idea, ...] = ()
    declined: Verdict | None = None
    verdicts: tuple[Verdict, ...] = ()
    sources: tuple[Source, ...] = ()
    degraded: tuple[str, ...] = ()
    timings: dict[str, float] = {}


@dataclass(frozen=True)
class Prepared:
    """A request, understood and matched, before any word is written. `plans` are best first; none when `declined` is set.

    `understood` is None when the request gate ended the request: then nothing was read.
    """

    understood: Understood | None
    declined: Verdict | None
    verdicts: tuple[Verdict, ...]
    plans: tuple[Plan, ...] = ()
    degraded: tuple[Degraded, ...] = ()
    study: bool = False

    @property
    def request(self) -> Request:
        return self.understood.request if self.understood else Request()

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(card_of(plan, self.request) for plan in self.plans)

    def studied(self, plans: Sequence[Plan]) -> tuple[Verdict, ...]:
        """A verdict for each of `plans` whose article is only studied about, unless the whole request already is."""
        return tuple(_study_about(plan) for plan in plans if plan.article.access == "study_only" and not self.study)


@dataclass
class Suggester:
    """Everything that a request needs, opened once. What is None is missing: without an index nothing is found, without an
    engine there are sources only; `degraded` says why.

    `watch` is told of every idea with the attempts behind it, for whoever measures.
    """

    library: Library
    index: Index | None
    encoder: Encoder | None
    engine: Engine | None
    config: Config
    degraded: tuple[Degraded, ...] = ()
    watch: Callable[[Written], None] = lambda _: None

    def suggest(
        self, text: str, fields: Fields = Fields(), *, count: int | None = None, seed: int = 0,  # noqa: B008 - frozen
        told: Callable[[str], None] = lambda _: None, cancel: threading.Event | None = None,
    ) -> Suggestions:  # fmt: skip
        """Ideas for a request. Raises RequestError for what cannot be read; a failing engine degrades to sources, by name."""
        log = StepLog(secrets.token_hex(6))
        prepared = self.prepare(text, fields, log)
        plans = prepared.plans[: count or self.config.suggest.count]
        ideas: tuple[Idea, ...] = ()
        failures: tuple[str, ...] = ()
        if plans and self.engine:
            with log.step("write") as facts:
                results, failures = self._write_all(plans, seed, told, cancel or threading.Event())
                ideas = tuple(written.idea for written in results)
                facts.update(ideas=len(ideas), attempts=sum(len(w.attempts) for w in results))
        return Suggestions(
            request_id=log.request_id, understood=prepared.request, notes=prepared.understood.notes if prepared.understood else (), ideas=ideas,
            declined=prepared.declined, verdicts=(*prepared.verdicts, *prepared.studied(plans)), sources=tuple(_source(plan) for plan in plans),
            degraded=(*(d.message for d in prepared.degraded), *failures), timings=log.timings,
        )  # fmt: skip

    def prepare(self, text: str, fields: Fields, log: StepLog, article_id: str | None = None, own: Own = lambda _: ()) -> Prepared:
        """Screen, understand, search and match. With `article_id` that article alone is matched, found or not.

        `own` gives the own activities for what was understood; those that can serve as making patterns are matched, too.

        Raises RequestError for what cannot be read and for an article that is not there.
        """
        check_length(text)
        check_length(plain_text(text))  # one sign of it can stand for many letters
        with log.step("screen") as facts:
            screened = _screen(text, fields, self.library, self.encoder)
            facts.update(rules=[verdict.rule for verdict in screened.verdicts])
        if screened.ends:
            return Prepared(None, screened.ends, screened.verdicts)
        with log.step("parse") as facts:
            understood = understand(screened.text, self.library, _without_personal(fields))
            facts.update(fields=sorted(understood.inferred), materials=len(understood.request.materials))
        request, grade, verdicts = self._constrain(understood)
        activities = own(understood)
        if not self.index:
            return Prepared(understood, None, (*screened.verdicts, *verdicts), degraded=self.degraded)
        with log.step("search") as facts:
            found = self.index.search(request, CANDIDATES, understood.inferred, gated=_changed((*screened.verdicts, *verdicts)))
            hits = self._only(article_id, found.hits) if article_id else found.hits
            facts.update(articles=len(hits), relevance=round(found.relevance, 3))
        with log.step("match") as facts:
            opened = article_id is not None
            plans = Matching(self.library, self.index, request, grade, understood.inferred, screened.study, activities, opened).plans(hits)
            facts.update(plans=[f"{plan.article.id} x {plan.pattern.id}" for plan in plans[:3]])
        nothing = None if plans else verdict("R16-nothing-found")
        strange = strange_names(screened.text, [plan.article for plan in plans[: self.config.suggest.count]]) if plans and not opened else ()
        verdicts += [verdict("R16-unknown-name", names=", ".join(strange))] if strange else []
        degraded = (*self.degraded, *(Degraded(rung="no_encoder", message=message) for message in found.degraded))
        return Prepared(understood, nothing, (*screened.verdicts, *verdicts), tuple(plans), degraded, bool(screened.study))

    def write(self, plan: Plan, seed: int, tell: Tell, cancel: threading.Event) -> Written | None:
        """One idea, told as it grows. An engine that fails, and an idea that does not pass, are told as `degraded` and give None."""
        assert self.engine is not None
        try:
            written = write_idea(
                plan, self.engine, self.encoder, self.library.items, self.config.suggest, seed=seed,
                deadline=self.config.engine.deadline_seconds, cancel=cancel, tell=tell,
            )  # fmt: skip
        except (EngineError, IdeaWithdrawn) as error:
            tell(Degraded(rung=rung_of(error), message=str(error)))
            return None
        self.watch(written)
        return written

    def _constrain(self, understood: Understood) -> tuple[Request, str, list[Verdict]]:
        grade = understood.request.grade or self.config.suggest.default_grade
        materials, verdicts = substitutions(understood.request, grade, self.library.items)
        if not understood.request.grade:
            verdicts.append(verdict("R01-grade", changed=f"grade {grade}", grade=grade))
        return understood.request.model_copy(update={"materials": materials}), grade, verdicts

    def _only(self, article_id: str, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        assert self.index is not None
        if article_id not in self.index.articles:
            raise RequestError(f"there is no article {article_id!r} in the index. Search again and open one of its cards.")
        return tuple(hit for hit in hits if hit.article.id == article_id) or (Hit(self.index.articles[article_id], 1.0, ()),)

    def _write_all(self, plans: Sequence[Plan], seed: int, told: Callable[[str], None], cancel: threading.Event) -> tuple[list[Written], tuple[str, ...]]:
        """Ideas in the order of `plans`, written side by side, and each failure once."""
        failures: list[dict[str, None]] = [{} for _ in plans]

        def one(number: int, plan: Plan) -> Written | None:
            def tell(event: object) -> None:
                if isinstance(event, Progress):
                    told(f"{_SAID[event.state]}: {plan.article.title}")
                elif isinstance(event, Degraded):
                    failures[number][event.message] = None

            return self.write(plan, seed, tell, cancel)

        with ThreadPoolExecutor(self.config.engine.parallel) as pool:
            futures = [pool.submit(one, *numbered) for numbered in enumerate(plans)]
            try:
                results = [future.result() for future in futures]
            except BaseException:  # Ctrl-C: the threads must hear of it, or leaving the pool waits for whole answers
                cancel.set()
                raise
        messages = dict.fromkeys(message for told_by_one in failures for message in told_by_one)
        return [result for result in results if result], tuple(messages)


def _screen(text: str, fields: Fields, library: Library, encoder: Encoder | None) -> Screened:
    """The request gate over the text and, as texts of their own, over what was typed into fields.

    Names that the library has need no second opinion; others are put into a sentence, as the opinion was fitted on whole requests.
    """
    screened = screen_request(text, encoder)
    typed = [part for part in (fields.product, fields.region, *fields.materials, *fields.without) if part]
    strange = [name for name in (fields.product, *fields.materials) if name and not names_something(name, library)]
    looked_at: list[tuple[str, Encoder | None]] = [(" . ".join(typed), None)] if typed else []
    looked_at += [(f"a class project with {', '.join(strange)}", encoder)] if strange and encoder else []
    for more, second in looked_at:
        if screened.ends:
            break
        found = screen_request(more, second)
        known = {verdict.rule for verdict in screened.verdicts}
        screened = Screened(screened.text, (*screened.verdicts, *(v for v in found.verdicts if v.rule not in known)), found.ends)
    return screened


def _without_personal(fields: Fields) -> Fields:
    """The typed fields as the gate leaves a text: without personal data, which is told but nowhere kept."""

    def clean(text: str | None) -> str | None:
        return (strip_personal(text)[0] or None) if text else None

    materials, without = (tuple(filter(None, map(clean, texts))) for texts in (fields.materials, fields.without))
    return replace(fields, product=clean(fields.product), region=clean(fields.region), materials=materials, without=without)


def _changed(verdicts: Sequence[Verdict]) -> bool:
    """Whether the gate changed how a request is served: studied, something else in its place, personal data gone, a note.

    Another language counts, too: the encoder knows English best and finds everything a little farther away.
    """
    return any(v.disposition is not Disposition.ASK and v.rule != "R01-note" for v in verdicts)


def _source(plan: Plan) -> Source:
    article = plan.article
    return Source(article_id=article.id, title=article.title, people=article.people, places=article.places)


def _study_about(plan: Plan) -> Verdict:
    return verdict("R09-study-only", changed=f"{plan.article.title} -> {plan.pattern.name}", reason=plan.article.access_reason)
