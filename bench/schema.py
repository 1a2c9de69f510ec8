"""What the JSON schema costs: tokens a second of the embedded engine with and without it, same prompts, same lengths.

Both sides ask the same `EmbeddedEngine` the product's own prompts (starter articles x making patterns) at temperature 0 and
are cut off after `--tokens` tokens, so that both decode equally many; a pair where one side stopped by itself is left out and
said so. The schema is the product's own, with its regular expressions. The sides take turns, the first place changing, with
the prompt in the cache. Reported: decoding speed (`Completion.tokens_per_second`, which leaves out the time to the first
piece) and, beside it, that time, where the schema's compilation falls, and the ratio of whole answers' times. Other work on
the machine shows, and hits hardest where it holds one of the engine's threads: look at the spread.

    craftlore models pull qwen2.5-coder-0.5b
    python bench/schema.py [--model qwen2.5-coder-0.5b] [--prompts 8] [--tokens 120]
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from statistics import median

from craftlore.config import load_config
from craftlore.engines.catalogue import path_of
from craftlore.engines.embedded import EmbeddedEngine
from craftlore.engines.seam import Chat, Completion, Engine, stream
from craftlore.errors import CutOff
from craftlore.library import Library
from craftlore.records import Request
from craftlore.suggest.facts import beside_steps
from craftlore.suggest.match import Plan, fill
from craftlore.suggest.prompt import build_messages, shown_texts
from craftlore.suggest.schema import answer_schema

GRADE = "4"


def plans(count: int) -> list[Plan]:
    """`count` plans, each of another article with another pattern, every slot filled."""
    library = Library.load(keep_going=True)
    request = Request(text="something to make", grade=GRADE)
    found: list[Plan] = []
    for number, article in enumerate(library.articles.values()):
        pattern = list(library.patterns.values())[number % len(library.patterns)]
        plan = fill(article, pattern, library.items, request, GRADE) if GRADE in pattern.grades else None
        found += [plan] if plan else []
    return found[:count]


def chat(plan: Plan, tokens: int) -> Chat:
    """The product's own prompt and decoding schema for `plan` (sentences matched to steps by words, without an encoder)."""
    facts = beside_steps(plan, None)
    schema = answer_schema(plan, facts, shown_texts(plan, facts))
    return Chat(build_messages(plan, facts), schema, max_tokens=tokens, deadline_seconds=600)


def ask(engine: Engine, question: Chat) -> Completion:
    """`seam.complete`, except that being cut off is what we want here."""
    started, first, text, count, prompt = time.perf_counter(), 0.0, "", 0, 0
    try:
        for piece in stream(engine, question):
            if piece.text and not text:
                first = time.perf_counter() - started
            text += piece.text
            count, prompt = piece.completion_tokens or count, piece.prompt_tokens or prompt
    except CutOff:
        pass
    return Completion(text, prompt, count, first, time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=120)
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    engine = EmbeddedEngine(path_of(load_config().weights_dir, args.model), args.model, parallel=1, threads=args.threads)
    taken: dict[bool, list[Completion]] = {False: [], True: []}
    try:
        for number, plan in enumerate(plans(args.prompts + 1)):
            bound = chat(plan, args.tokens)
            free = replace(bound, schema=None)
            ask(engine, replace(free, max_tokens=1))  # both sides then find the prompt in the cache
            order = (False, True) if number % 2 else (True, False)
            pair = {constrained: ask(engine, bound if constrained else free) for constrained in order}
            lengths = {answer.completion_tokens for answer in pair.values()}
            speeds = f"free {pair[False].tokens_per_second:.1f}, schema {pair[True].tokens_per_second:.1f} tok/s"
            fate = "warm-up" if number == 0 else "counts" if len(lengths) == 1 else f"left out, lengths {sorted(lengths)}"
            print(f"{plan.article.title} x {plan.pattern.id}: {speeds} ({fate})", file=sys.stderr, flush=True)
            if fate == "counts":
                for constrained, answer in pair.items():
                    taken[constrained].append(answer)
    finally:
        engine.close()
    if not taken[True]:
        sys.exit("no pair of equal length: lower --tokens")
    print(f"{args.model}, {len(taken[True])} pairs of {args.tokens} tokens, temperature 0")
    print(f"{'':16}{'median tok/s':>14}{'min':>8}{'max':>8}{'first piece ms':>16}{'whole s':>9}")
    for constrained, name in ((False, "without schema"), (True, "with schema")):
        speed = [answer.tokens_per_second for answer in taken[constrained]]
        first = median(answer.first_piece_seconds for answer in taken[constrained]) * 1e3
        whole = median(answer.seconds for answer in taken[constrained])
        print(f"{name:16}{median(speed):14.1f}{min(speed):8.1f}{max(speed):8.1f}{first:16.0f}{whole:9.1f}")
    pairs = list(zip(taken[False], taken[True], strict=True))
    ratio = median(a.tokens_per_second for a in taken[True]) / median(a.tokens_per_second for a in taken[False])
    paired = median(bound.tokens_per_second / free.tokens_per_second for free, bound in pairs)
    whole = median(free.seconds / bound.seconds for free, bound in pairs)
    print(f"ratio with / without schema: {ratio:.3f} of the medians, {paired:.3f} median of pairs (goal: >= 0.95); whole answers: {whole:.3f}")


if __name__ == "__main__":
    main()
