/** Declines, degradations and failures in friendly words, each with a way on. */

import { html, nothing, type TemplateResult } from "lit";
import type { Rung, Verdict } from "../client/types.js";
import type { Strings } from "../strings/index.js";
import type { Growing, Problem } from "./growing.js";

type Act = () => void;

/** A request that ends here: why, in the server's one sentence, and examples to go on from; in distress no examples. */
export function declineNotice(verdict: Verdict, words: Strings, start: (example: string) => void): TemplateResult {
  const { declined } = words;
  const headings: Partial<Record<Verdict["disposition"], string>> = { refuse: declined.refuse, support: declined.support, redirect: declined.redirect, abstain: declined.abstain };
  return html`<section class="notice" data-decline=${verdict.disposition}>
    <h2>${headings[verdict.disposition] ?? declined.other}</h2>
    <p lang="en">${verdict.why}</p>
    ${verdict.disposition === "support"
      ? nothing
      : html`<p class="soft">${declined.way}</p><div class="row">${words.search.examples.map((example) => html`<button @click=${() => start(example)}>${example}</button>`)}</div>`}
  </section>`;
}

/** What works with less than usual: our words where the rung is known, the server's sentence otherwise. */
export function degradedNotice(degraded: readonly Rung[], words: Strings, retry?: Act): TemplateResult | typeof nothing {
  if (!degraded.length) return nothing;
  const known: Readonly<Record<string, string>> = words.degraded.rungs;
  const texts = new Set(degraded.map(({ rung, message }) => (Object.hasOwn(known, rung) ? known[rung] : message)));
  return html`<section class="notice warn small" data-degraded><p><b>${words.degraded.heading}</b></p>${[...texts].map((text) => html`<p>${text}</p>`)}
    ${retry ? again(words, retry) : nothing}</section>`;
}

export function problemNotice(problem: Problem, words: Strings, retry: Act): TemplateResult {
  const said = problem.kind === "bad_request" || problem.kind === "too_large" ? problem.message : null; // the server names what is wrong
  return html`<section class="notice warn" role="alert" data-problem=${problem.kind}>
    <p>${words.problem[problem.kind]} ${said ?? nothing}</p>
    <div class="row">${again(words, retry)}
      ${problem.requestId ? html`<span class="small soft">${words.problem.reference(problem.requestId)}</span>` : nothing}</div>
  </section>`;
}

/** Everything that went another way than planned with one idea. */
export function ideaNotices(growing: Growing, words: Strings, retry: Act): TemplateResult {
  const { withdrawn, declined, degraded, problem, stage } = growing;
  const less = degraded.filter(({ rung }) => rung !== "withdrawn" || !withdrawn.length);
  const gone = stage === "failed" && !problem;
  return html`
    ${withdrawn.map(({ field, why }) => html`<p class="notice small" data-withdrawn=${field ?? "idea"}>
      ${field ? words.withdrawn.field(nameOf(field, words), why) : words.withdrawn.idea(why)}</p>`)}
    ${declined ? html`<p class="notice" lang="en">${declined.why}</p>` : nothing}
    ${degradedNotice(less, words, gone ? retry : undefined)}
    ${problem ? problemNotice(problem, words, retry) : nothing}
    ${gone && !less.length ? html`<div class="notice"><p>${words.withdrawn.way}</p>${again(words, retry)}</div>` : nothing}
    ${stage === "stopped" ? html`<div class="row small soft"><span>${words.stage.stopped}</span>${again(words, retry)}</div>` : nothing}
  `;
}

function again(words: Strings, retry: Act): TemplateResult {
  return html`<button class="again" @click=${retry}>${words.actions.retry}</button>`;
}

/** A field's name in the teacher's language; parts such as `step 2` and unknown ones as they are. */
export function nameOf(field: string, { fields }: Strings): string {
  const known: Readonly<Record<string, string>> = fields;
  return (Object.hasOwn(known, field) ? known[field] : undefined) ?? field.replaceAll("_", " ");
}
