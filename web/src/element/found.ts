/** What a search finds at once: the app's own activities, and the traditions that an idea could grow from. */

import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CraftloreClient } from "../client/api.js";
import type { Card, FoundActivity } from "../client/types.js";
import type { Strings } from "../strings/index.js";
import { gradesOf } from "./text.js";

export function activityList(found: readonly FoundActivity[], words: Strings): TemplateResult {
  const { activities } = words;
  return html`<section aria-labelledby="activities">
    <h2 id="activities">${activities.heading}</h2>
    ${found.length ? html`<ul class="list">${found.map(({ activity, why }) => html`<li><details class="card activity">
        <summary><span class="name" lang="en">${activity.title}</span><span class="small soft">${gradesOf(activity.class_grade, words)}${activity.minutes ? ` · ${activities.minutes(activity.minutes)}` : ""}</span>
          <span class="intro" lang="en">${activity.introduction}</span>${why ? html`<span class="small soft" lang="en">${why}</span>` : nothing}</summary>
        <div class="inside">
          ${part(activities.materials, html`<p lang="en">${activity.materials.join(", ")}</p>`)}
          ${part(activities.steps, html`<ol lang="en">${activity.making_steps.map((step) => html`<li>${step}</li>`)}</ol>`)}
          ${part(activities.goals, html`<p lang="en">${activity.learning_goals.join(" ")}</p>`)}
          ${activity.facilitation_tips.length ? part(activities.tips, html`<p lang="en">${activity.facilitation_tips.join(" ")}</p>`) : nothing}
        </div>
      </details></li>`)}</ul>` : html`<p class="soft">${activities.none}</p>`}
  </section>`;
}

function part(heading: string, content: TemplateResult): TemplateResult {
  return html`<section><h4>${heading}</h4>${content}</section>`;
}

export interface CardActions {
  /** What stands beside a card: nothing yet, an idea in the making, or one that is there. */
  readonly standing: (card: Card) => "free" | "making" | "made";
  readonly make: (card: Card) => void;
  readonly show: (card: Card) => void;
  /** False while no model answers: the sources stay readable. */
  readonly writes: boolean;
  readonly client: CraftloreClient;
}

export function cardList(cards: readonly Card[], words: Strings, enough: boolean, actions: CardActions): TemplateResult {
  const { sources } = words;
  return html`<section aria-labelledby="sources">
    <h2 id="sources">${sources.heading}</h2>
    <p class="soft small">${!cards.length ? sources.none : enough ? sources.enough : actions.writes ? sources.hint : nothing}</p>
    <ul class="cards">${repeat(cards, ({ article_id }) => article_id, (card) => html`<li class="card">
      <h3 lang="en" tabindex="-1">${card.title}</h3>
      <p class="small soft" lang="en">${[...card.people, ...card.places].slice(0, 4).join(" · ")}</p>
      <p lang="en">${card.why}</p>
      <p class="small soft">${sources.pattern(card.pattern_name, card.minutes)}</p>
      ${card.access === "open" ? nothing : html`<p class="small access">${card.access === "ask" ? sources.ask : sources.study}${card.access_reason ? html`: ${card.access_reason}` : nothing}</p>`}
      ${card.missing.length ? html`<p class="small soft">${sources.missing(card.missing.join(", "))}</p>` : nothing}
      ${cardButton(card, words, actions)}
    </li>`)}</ul>
  </section>`;
}

function cardButton(card: Card, words: Strings, { standing, make, show, writes, client }: CardActions): TemplateResult {
  const { sources } = words;
  const state = standing(card);
  if (state !== "free") return html`<button class="go" @click=${() => show(card)}>${state === "making" ? sources.making : sources.made}</button>`;
  if (!writes) return html`<craftlore-source class="go" .client=${client} .strings=${words} .articleId=${card.article_id}></craftlore-source>`;
  return html`<button class="go" aria-label=${sources.makeFrom(card.title)} @click=${() => make(card)}>${sources.make}</button>`;
}

export const foundStyles = css`
  .list { display: grid; gap: 0.6rem; margin-top: 0.6rem; }
  .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 0.8rem; margin-top: 0.7rem; }
  .card { min-width: 0; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); padding: 1rem 1.1rem; }
  .cards .card { display: flex; flex-direction: column; gap: 0.3rem; }
  .cards .go { margin-top: auto; align-self: flex-start; }
  .access { color: var(--warn); }
  .activity { padding: 0; }
  .activity summary { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.1rem 1rem; width: auto; padding: 0.8rem 1.1rem; color: inherit; list-style: none; border-radius: var(--radius); align-items: baseline; }
  .activity summary::-webkit-details-marker { display: none; }
  .activity summary:hover { background: var(--tint); }
  .activity .name { font: 600 1.05rem/1.35 var(--serif); unicode-bidi: isolate; }
  .activity .intro, .activity summary > :nth-child(4) { grid-column: 1 / -1; }
  .activity .inside { display: grid; gap: 0.7rem; padding: 0 1.1rem 1rem; }
  .activity ol { padding-inline-start: 1.4rem; }
  @media (max-width: 30rem) { .activity summary { grid-template-columns: minmax(0, 1fr); } }
`;
