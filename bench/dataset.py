"""Training pairs: scenarios a minute of the whole stage against the bare server, same engine, same prompts; and over Ray workers.

Side A asks the engine the chats of N scenarios with as many threads as it has slots, and does nothing else. Side B is the stage:
filters over every answer, the journal on disk, one candidate a scenario. The sides take turns over two halves of the scenarios.
With `--ray` the stage runs with one worker, then with two, each with an engine process of its own on one thread.

    craftlore models pull qwen2.5-coder-0.5b && craftlore index
    python bench/dataset.py [--model qwen2.5-coder-0.5b] [--scenarios 24] [--ray]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from craftlore.config import Config, load_config, with_engine
from craftlore.dataset.ask import from_engine
from craftlore.dataset.journal import Journal
from craftlore.dataset.known import Known
from craftlore.dataset.run import Ask, Work
from craftlore.dataset.scenarios import Planner, draw_scenarios
from craftlore.dataset.staging import chat_for, stage
from craftlore.dataset.teacher import Teacher
from craftlore.engines.choose import open_engine
from craftlore.engines.seam import Engine, complete
from craftlore.errors import EngineError
from craftlore.suggest.open import open_index, open_library


def planned(config: Config) -> Work:
    library = open_library(config)
    index, encoder, _ = open_index(config, library)
    known = Known(library)
    scenarios = draw_scenarios(Planner(config, library, index, encoder), list(library.articles.values()))
    return [(stage(scenario, known), ()) for scenario in scenarios[: config.dataset.scenarios]]


def seconds(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def bare(work: Work, engine: Engine, config: Config) -> None:
    """Only the calls."""

    def one(place: int) -> None:
        try:
            complete(engine, chat_for(work[place][0], 0, config))
        except EngineError as error:
            print(f"   {type(error).__name__}")

    with ThreadPoolExecutor(config.engine.parallel) as pool:
        list(pool.map(one, range(len(work))))


def whole(work: Work, ask: Ask) -> int:
    """The stage up to its answers; the number of whole pairs."""
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "candidates.jsonl") as journal:
        return sum(not each.choice.missing for each in ask(work, journal, lambda _: None)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--scenarios", type=int, default=24)
    parser.add_argument("--ray", action="store_true")
    options = parser.parse_args()
    config = with_engine(load_config(), "embedded", options.model)
    settings = config.dataset.model_copy(update={"scenarios": options.scenarios, "candidates": 1})
    config = config.model_copy(update={"dataset": settings, "engine": config.engine.model_copy(update={"deadline_seconds": 900})})
    work = planned(config)
    over_ray(work, config) if options.ray else beside_the_server(work, config)


def beside_the_server(work: Work, config: Config) -> None:
    engine = open_engine(config)
    Teacher(engine, config).warm_up(work[0][0])
    halves, took = (work[::2], work[1::2]), {"server alone": 0.0, "whole stage": 0.0}
    for order in (("server alone", "whole stage"), ("whole stage", "server alone")):
        for name, half in zip(order, halves, strict=True):
            side = partial(bare, half, engine, config) if name == "server alone" else partial(whole, half, from_engine(engine, config))
            took[name] += seconds(side)
    for name, spent in took.items():
        print(f"{name:<14} {60 * len(work) / spent:6.2f} scenarios a minute")
    print(f"ratio {took['server alone'] / took['whole stage']:.3f} (goal 0.95)")
    engine.close()


def over_ray(work: Work, config: Config) -> None:
    from craftlore.dataset.cluster import over_ray as ask_over_ray

    took = {}
    for workers in (1, 2):
        engine = config.engine.model_copy(update={"parallel": workers, "threads": 1})
        ask = ask_over_ray(config.model_copy(update={"engine": engine}), "local")
        took[workers] = seconds(partial(whole, work, ask))
        print(f"{workers} worker(s): {60 * len(work) / took[workers]:6.2f} scenarios a minute (start of the cluster and of the engines included)")
    print(f"ratio {took[1] / took[2]:.2f} (goal 1.8)")


if __name__ == "__main__":
    main()
