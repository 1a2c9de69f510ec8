"""A teacher's request to ideas: parse -> screen -> search -> match -> write, each step timed and logged. No HTTP here."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from craftlore.config import Config
from craftlore.engines.seam import Engine
from craftlore.errors import EngineError, IdeaWithdrawn
from craftlore.index.encoder import Encoder
from craftlore.index.search import Hit, Index
from craftlore.library import Library
from craftlore.log import StepLog
from craftlore.records import Disposition, Idea, Request, Verdict
from craftlore.safety.screen import screen_request, substitutions
from craftlore.suggest.match import Plan, plans_for
from craftlore.suggest.parse import Fields, Understood, check_length, understand
from craftlore.suggest.write import Written, write_idea

__all__ = ["Source", "Suggester", "Suggestions"]

CANDIDATES = 8  # articles looked at for each request
PATTERN_WEIGHT = 0.35  # what a plan's fit counts beside the article's rank
NO_GRADE = "Which grade is it for? Without one, the rules are those of grade"
NOTHING = "Nothing in the library fits this request. Try other materials or another product, or describe what the class should do."


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


@dataclass
class Suggester:
    """Everything that a request needs, opened once. `engine` is None when no model can be had: then there are sources only.

    `watch` is told of every idea with the attempts behind it, for whoever measures.
    """

    library: Library
    index: Index
    encoder: Encoder | None
    engine: Engine | None
    config: Config
    degraded: tuple[str, ...] = ()
    watch: Callable[[Written], None] = lambda _: None

    def suggest(
        self, text: str, fields: Fields = Fields(), *, count: int | None = None, seed: int = 0,  # noqa: B008 - frozen
        told: Callable[[str], None] = lambda _: None, cancel: threading.Event | None = None,
    ) -> Suggestions:  # fmt: skip
        """Ideas for a request. Raises RequestError for what cannot be read; a failing engine degrades to sources, by name."""
        log = StepLog(secrets.token_hex(6))
        check_length(text)
        with log.step("screen") as facts:
            screened = screen_request(text)
            facts.update(rules=[verdict.rule for verdict in screened.verdicts])
        if screened.ends:
            return Suggestions(request_id=log.request_id, understood=Request(), declined=screened.ends, verdicts=screened.verdicts, timings=log.timings)
        with log.step("parse") as facts:
            understood = understand(screened.text, self.library, fields)
            facts.update(fields=sorted(understood.inferred), materials=len(understood.request.materials))
        request, grade, verdicts = self._constrain(understood)
        with log.step("search") as facts:
            found = self.index.search(request, CANDIDATES, understood.inferred)
            facts.update(articles=len(found.hits), relevance=round(found.relevance, 3))
        with log.step("match") as facts:
            plans = self._plans(found.hits, request, grade, screened.study)[: count or self.config.suggest.count]
            facts.update(plans=[f"{plan.article.id} x {plan.pattern.id}" for plan in plans])
        degraded = (*self.degraded, *found.degraded)
        ideas: tuple[Idea, ...] = ()
        if plans and self.engine:
            with log.step("write") as facts:
                results, failures = self._write(plans, seed, told, cancel or threading.Event())
                ideas = tuple(written.idea for written in results)
                degraded += failures
                facts.update(ideas=len(ideas), attempts=sum(len(w.attempts) for w in results))
            for written in results:
                self.watch(written)
        nothing = None if plans else Verdict(rule="R16-nothing-found", disposition=Disposition.ABSTAIN, why=NOTHING)
        study = [_study_about(plan) for plan in plans if plan.article.access == "study_only" and not screened.study]
        return Suggestions(
            request_id=log.request_id, understood=understood.request, notes=understood.notes, ideas=ideas, declined=nothing,
            verdicts=(*screened.verdicts, *verdicts, *study), sources=tuple(_source(plan) for plan in plans), degraded=degraded, timings=log.timings,
        )  # fmt: skip

    def _constrain(self, understood: Understood) -> tuple[Request, str, list[Verdict]]:
        grade = understood.request.grade or self.config.suggest.default_grade
        materials, verdicts = substitutions(understood.request, grade, self.library.items)
        if not understood.request.grade:
            verdicts.append(Verdict(rule="R01-grade", disposition=Disposition.ASK, changed=f"grade {grade}", why=f"{NO_GRADE} {grade}."))
        return understood.request.model_copy(update={"materials": materials}), grade, verdicts

    def _plans(self, hits: tuple[Hit, ...], request: Request, grade: str, study: Verdict | None = None) -> list[Plan]:
        """One plan for each article, best first; a pattern that was already taken stands back behind a new one.

        With `study` nothing is made: every article is treated as one that is for study only, for the reason that it gives.
        """
        scored = []
        like = self.index.patterns_like(request)
        for hit in hits:
            suited = self.index.patterns_for(hit.article.id)
            article = hit.article.model_copy(update={"access": "study_only", "access_reason": study.why}) if study else hit.article
            plans = plans_for(article, suited, self.library.patterns, self.library.items, request, grade, like)
            if plans and (plans[0].pattern.kind == "make" or article.access == "study_only" or request.product):
                scored.append((hit.score / hits[0].score + PATTERN_WEIGHT * plans[0].score, plans[0]))
        scored.sort(key=lambda pair: -pair[0])
        taken: set[str] = set()
        first: list[Plan] = []
        later: list[Plan] = []
        for _, plan in scored:
            (later if plan.pattern.id in taken else first).append(plan)
            taken.add(plan.pattern.id)
        return first + later

    def _write(self, plans: list[Plan], seed: int, told: Callable[[str], None], cancel: threading.Event) -> tuple[list[Written], tuple[str, ...]]:
        """Ideas in the order of `plans`, written side by side; an engine that fails costs its idea and is named."""
        engine = self.engine
        assert engine is not None

        def one(plan: Plan) -> Written | EngineError | IdeaWithdrawn:
            try:
                return write_idea(
                    plan, engine, self.encoder, dict(self.library.items), self.config.suggest, seed=seed,
                    deadline=self.config.engine.deadline_seconds, cancel=cancel, told=lambda what: told(f"{what}: {plan.article.title}"),
                )  # fmt: skip
            except (EngineError, IdeaWithdrawn) as error:
                return error

        with ThreadPoolExecutor(self.config.engine.parallel) as pool:
            futures = [pool.submit(one, plan) for plan in plans]
            try:
                results = [future.result() for future in futures]
            except BaseException:  # Ctrl-C: the threads must hear of it, or leaving the pool waits for whole answers
                cancel.set()
                raise
        failures = dict.fromkeys(str(result) for result in results if not isinstance(result, Written))
        return [result for result in results if isinstance(result, Written)], tuple(failures)


def _source(plan: Plan) -> Source:
    article = plan.article
    return Source(article_id=article.id, title=article.title, people=article.people, places=article.places)


def _study_about(plan: Plan) -> Verdict:
    return Verdict(
        rule="R09-study-only", disposition=Disposition.STUDY_ABOUT, changed=f"{plan.article.title} -> {plan.pattern.name}",
        why=f"{plan.article.access_reason} So the class studies it and copies nothing.",
    )  # fmt: skip
