"""An idea as text for a terminal, in the order in which a teacher reads it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from craftlore.records import Idea

__all__ = ["print_idea"]

FOOTER = "Draft by a language model, steps and facts from vetted sources. Check your school's risk assessment and allergy list."


def print_idea(idea: Idea, number: int, out: Console) -> None:
    """Print one idea: what it is, what is needed, the steps, what to look at in the tradition, notes and credit."""
    out.print(f"\n[bold]{number}. {escape(idea.title)}[/bold]")
    people, places = ", ".join(idea.people), ", ".join(idea.places)
    out.print(f"   {escape(idea.tradition)} · {escape(people)} · {escape(places)} · grade {idea.grade} · {idea.minutes} minutes", style="cyan")
    out.print(Padding(escape(idea.summary), (0, 0, 0, 3)))
    for heading, names in (("You have", idea.materials_used), ("To find", idea.materials_to_find), ("Tools", idea.tools)):
        if names:
            things = "; ".join(f"{name} ({idea.amounts[name]})" if name in idea.amounts else name for name in names)
            out.print(Padding(f"[bold]{heading}:[/bold] {escape(things)}", (0, 0, 0, 3)))
    for n, step in enumerate(idea.steps, 1):
        out.print(Padding(f"{n}. {escape(step)}", (0, 0, 0, 3)))
        for quote in idea.background:
            if quote.step == n and n in idea.kept_from_pattern:
                out.print(Padding(escape(f"In the tradition: “{quote.text}” [{quote.sentence}]"), (0, 0, 0, 6)), style="green")
    goals = " ".join(idea.learning_goals)
    out.print(Padding(f"[bold]Pupils will:[/bold] {escape(goals)}", (0, 0, 0, 3)))
    out.print(Padding(f"[bold]To think about:[/bold] {escape(idea.question)}", (0, 0, 0, 3)))
    for tip in idea.tips:
        out.print(Padding(f"[bold]Tip:[/bold] {escape(tip)}", (0, 0, 0, 3)))
    for note in idea.safety_notes:
        out.print(Padding(f"! {escape(note)}", (0, 0, 0, 3)), style="yellow")
    out.print(Padding("[bold]From the source:[/bold]", (0, 0, 0, 3)))
    for quote in idea.background:
        out.print(Padding(escape(f"[{quote.sentence}] {quote.text}"), (0, 0, 0, 6)))
    credit = idea.credit
    out.print(
        Padding(escape(f"{credit.source}: {credit.title}, revision {credit.revision}, {credit.licence}. Further reading: {credit.url}"), (0, 0, 0, 3)),
        style="dim",
    )
    out.print(Padding(FOOTER, (0, 0, 0, 3)), style="dim")
