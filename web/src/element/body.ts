/** The parts of an idea, each shown as soon as it is there and as a quiet gap before. Text is only ever bound as text. */

import { css, html, nothing, type TemplateResult } from "lit";
import type { Idea, Quote } from "../client/types.js";
import type { Strings } from "../strings/index.js";
import { httpsUrl, withAmount } from "./text.js";

export type Changed = ReadonlySet<string>;

/** `growing`: gaps stand where parts are still to come. `changed`: names of the parts that a change has just touched. */
export function ideaBody(fields: Partial<Idea>, words: Strings, growing: boolean, changed: Changed): TemplateResult {
  const { idea } = words;
  const mark = (...names: readonly string[]): string => (names.some((name) => changed.has(name)) ? "changed" : "");
  const gap = (lines: number): TemplateResult | typeof nothing =>
    growing ? html`<div class="gap" aria-hidden="true">${Array.from({ length: lines }, () => html`<span></span>`)}</div>` : nothing;
  return html`
    ${fields.summary ? html`<p lang="en" class="summary ${mark("summary")}">${fields.summary}</p>` : gap(2)}
    ${fields.safety_notes?.length ? safety(fields.safety_notes, words) : nothing}
    ${things(fields, words, mark("materials_used", "materials_to_find", "tools", "amounts")) ?? gap(2)}
    ${fields.steps?.length ? html`<section class=${mark("steps")}><h4>${idea.steps}</h4><ol class="steps" lang="en">${fields.steps.map((step) => html`<li>${step}</li>`)}</ol></section>` : gap(5)}
    ${fields.learning_goals?.length ? listed(idea.goals, fields.learning_goals, mark("learning_goals")) : gap(2)}
    ${fields.question ? html`<section class=${mark("question")}><h4>${idea.question}</h4><p class="question" lang="en">${fields.question}</p></section>` : gap(1)}
    ${fields.tips?.length ? listed(idea.tips, fields.tips, mark("tips")) : nothing}
  `;
}

function safety(notes: readonly string[], words: Strings): TemplateResult {
  return html`<section class="safety"><h4>${words.idea.safety}</h4><ul lang="en">${notes.map((note) => html`<li>${note}</li>`)}</ul></section>`;
}

function things(fields: Partial<Idea>, { idea }: Strings, mark: string): TemplateResult | null {
  const groups = ([[idea.have, fields.materials_used], [idea.find, fields.materials_to_find], [idea.tools, fields.tools]] as const).filter(([, names]) => names?.length);
  if (!groups.length) return null;
  return html`<dl class="things ${mark}">
    ${groups.map(([heading, names]) => html`<div><dt>${heading}</dt><dd><ul lang="en">${names?.map((name) => html`<li>${withAmount(name, fields.amounts)}</li>`)}</ul></dd></div>`)}
  </dl>`;
}

function listed(heading: string, lines: readonly string[], mark: string): TemplateResult {
  return html`<section class=${mark}><h4>${heading}</h4><ul class="dots" lang="en">${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

/** The source's own sentences with their numbers. */
export function quotes(background: readonly Quote[], words: Strings): TemplateResult {
  return html`<ol class="quotes">
    ${background.map((quote) => html`<li><span class="number" title=${words.idea.sourceNumber(quote.sentence)}>${quote.sentence}</span><blockquote lang="en">${quote.text}</blockquote></li>`)}
  </ol>`;
}

/** Whom the facts come from; a link only where the address is plain https. */
export function creditLine({ credit }: Idea, words: Strings): TemplateResult {
  const url = httpsUrl(credit.url);
  return html`<p class="small soft credit">
    ${words.idea.credit(credit.title, credit.source, credit.revision, credit.licence)}
    ${url ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${words.idea.more}</a>` : nothing}
  </p>`;
}

export const bodyStyles = css`
  h4 { margin-bottom: 0.2rem; }
  .summary { font-size: 1.08rem; }
  .things { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: 0.9rem 1.5rem; }
  .things dt { font-weight: 600; font-size: 0.92rem; color: var(--soft); }
  .things li, .dots li { position: relative; padding-inline-start: 1rem; }
  .things li::before, .dots li::before { content: ""; position: absolute; inset-inline-start: 0; top: 0.66em; width: 0.36rem; height: 0.36rem; border-radius: 50%; background: var(--edge); }
  .steps { list-style: none; counter-reset: step; display: grid; gap: 0.55rem; margin-top: 0.3rem; }
  .steps li { counter-increment: step; position: relative; padding-inline-start: 2.4rem; min-height: 1.7rem; }
  .steps li::before {
    content: counter(step); position: absolute; inset-inline-start: 0; top: 0; width: 1.65rem; height: 1.65rem; border-radius: 50%; background: var(--tint);
    color: var(--accent); font: 600 0.9rem/1.65rem var(--font); text-align: center;
  }
  .question { font: italic 1.05rem/1.5 var(--serif); }
  .safety { border-inline-start: 4px solid var(--warn); border-radius: calc(var(--radius) * 0.5); background: var(--warn-tint); padding: 0.7rem 1rem; }
  .safety h4 { color: var(--warn); }
  .quotes { list-style: none; display: grid; gap: 0.5rem; }
  .quotes li { display: grid; grid-template-columns: 2.2rem 1fr; }
  .quotes .number { color: var(--soft); font-variant-numeric: tabular-nums; font-size: 0.9rem; line-height: 1.7; }
  .quotes blockquote { border-inline-start: 2px solid var(--line); padding-inline-start: 0.8rem; }
  .changed { animation: glow 4s ease-out; margin-inline-start: -0.9rem; border-inline-start: 3px solid var(--accent); padding-inline-start: calc(0.9rem - 3px); }
  .gap { display: grid; gap: 0.55rem; }
  .gap span { height: 0.8rem; border-radius: 0.4rem; background: var(--line); opacity: 0.55; }
  .gap span:last-child { width: 62%; }
  @keyframes glow { from { background: var(--tint); } }
`;
