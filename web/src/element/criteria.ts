/** What was understood, as chips that a teacher can change. Sends `criteria-change` with the request to search next. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Label, Material, RequestBody, Understood } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { KeepFocus } from "./focus.js";
import { basics, tokens } from "./look.js";
import { GRADES } from "./text.js";

const MINUTES = [15, 20, 30, 45, 60, 90, 120];

/** A request with some fields changed; a field that was cleared is left out. */
type Changed = { readonly [Name in keyof RequestBody]?: RequestBody[Name] | undefined };

@customElement("craftlore-criteria")
export class CraftloreCriteria extends LitElement {
  @property({ attribute: false }) request: RequestBody = { text: "" };
  @property({ attribute: false }) understood: Understood | null = null;
  /** The fields that were read out of the text: those cannot be cleared, only changed. */
  @property({ attribute: false }) inferred: readonly string[] = [];
  @property({ attribute: false }) materials: readonly Material[] = [];
  @property({ attribute: false }) strings: Strings = en;
  @query(".add") private readonly add!: HTMLInputElement | null;
  protected readonly keepFocus = new KeepFocus(this, () => this.add);

  protected override render(): TemplateResult | typeof nothing {
    const understood = this.understood;
    if (!understood) return nothing;
    const words = this.strings.criteria;
    return html`
      <section aria-labelledby="heading">
        <h2 id="heading" class="soft">${words.heading}</h2>
        <div class="chips">
          ${this.#grade(understood)} ${this.#minutes(understood)} ${this.#written("product", words.product, words.anyProduct, understood.product)}
          ${understood.label ? this.#label(understood.label) : nothing}
          ${understood.region ? this.#written("region", words.region, words.anyRegion, understood.region) : nothing}
        </div>
        <div class="chips" role="group" aria-label=${words.materials}>
          ${understood.materials.length ? html`<ul class="chips">${understood.materials.map((name) => this.#material(name, understood))}</ul>` : nothing}
          ${understood.without.length ? html`<ul class="chips">${understood.without.map((name) => this.#without(name))}</ul>` : nothing}
          <input class="add" list="known" maxlength="60" aria-label=${words.addMaterial} placeholder="+ ${words.addMaterial}" @change=${(event: Event) => this.#add(event, understood)} />
          <datalist id="known">${this.materials.map((item) => html`<option value=${item.name}></option>`)}</datalist>
        </div>
        <p class="soft small">${words.hint}</p>
      </section>
    `;
  }

  #grade({ grade }: Understood): TemplateResult {
    const words = this.strings.criteria;
    const clearable = !this.inferred.includes("grade");
    return html`<label class="chip">
      <span>${words.grade}</span>
      <select name="grade" @change=${(event: Event) => this.#change({ grade: GRADES.find((known) => known === chosen(event)) })}>
        ${clearable || !grade ? html`<option value="" .selected=${live(!grade)}>${words.anyGrade}</option>` : nothing}
        ${GRADES.map((known) => html`<option value=${known} .selected=${live(known === grade)}>${known === "K" ? words.kindergarten : known}</option>`)}
      </select>
    </label>`;
  }

  #minutes({ minutes }: Understood): TemplateResult {
    const words = this.strings.criteria;
    const offered = minutes && !MINUTES.includes(minutes) ? [...MINUTES, minutes].sort((a, b) => a - b) : MINUTES;
    const clearable = !this.inferred.includes("minutes");
    return html`<label class="chip">
      <span>${words.minutes}</span>
      <select name="minutes" @change=${(event: Event) => this.#change({ minutes: Number(chosen(event)) || undefined })}>
        ${clearable || !minutes ? html`<option value="" .selected=${live(!minutes)}>${words.anyMinutes}</option>` : nothing}
        ${offered.map((value) => html`<option value=${value} .selected=${live(value === minutes)}>${words.minutesValue(value)}</option>`)}
      </select>
    </label>`;
  }

  #written(name: "product" | "region", heading: string, any: string, value: string | null): TemplateResult {
    return html`<label class="chip">
      <span>${heading}</span>
      <input name=${name} maxlength="60" .value=${live(value ?? "")} placeholder=${any} @change=${(event: Event) => this.#change({ [name]: chosen(event).trim() || undefined })} />
    </label>`;
  }

  #label(label: Label): TemplateResult {
    const { criteria, labels } = this.strings;
    const known = Object.entries(labels) as [Label, string][];
    const clearable = !this.inferred.includes("label");
    return html`<label class="chip">
      <span>${criteria.label}</span>
      <select name="label" @change=${(event: Event) => this.#change({ label: known.find(([name]) => name === chosen(event))?.[0] })}>
        ${clearable ? html`<option value="">${criteria.anyLabel}</option>` : nothing}
        ${known.map(([name, shown]) => html`<option value=${name} .selected=${live(name === label)}>${shown}</option>`)}
      </select>
    </label>`;
  }

  #material(name: string, { materials }: Understood): TemplateResult {
    const change = (): void => this.#change({ materials: materials.filter((other) => other !== name) });
    return html`<li class="chip"><bdi>${name}</bdi><button class="x" aria-label=${this.strings.criteria.remove(name)} @click=${change}>×</button></li>`;
  }

  #without(name: string): TemplateResult {
    const words = this.strings.criteria;
    const { without = [] } = this.request;
    const allow = (): void => this.#change({ without: without.filter((other) => other !== name) });
    const said = !without.includes(name); // in the text: only another text allows it again
    return html`<li class="chip no"><bdi>${words.without(name)}</bdi>${said ? nothing : html`<button class="x" aria-label=${words.allow(name)} @click=${allow}>×</button>`}</li>`;
  }

  #add(event: Event, { materials }: Understood): void {
    const name = chosen(event).trim();
    if (event.target instanceof HTMLInputElement) event.target.value = "";
    if (name && !materials.includes(name)) this.#change({ materials: [...materials, name] });
  }

  #change(changed: Changed): void {
    // an empty list of materials says "none of those in the text"; every other empty field says nothing
    const says = ([name, value]: [string, unknown]): boolean => value !== undefined && (name === "materials" || !(Array.isArray(value) && value.length === 0));
    const entries = Object.entries({ ...this.request, ...changed }).filter(says);
    const detail: RequestBody = { ...Object.fromEntries(entries), text: this.request.text };
    this.dispatchEvent(new CustomEvent<RequestBody>("criteria-change", { detail }));
  }

  static override styles = [
    tokens,
    basics,
    css`
      section { display: grid; gap: 0.6rem; }
      h2 { font: 600 0.95rem/1.4 var(--font); }
      .chips { display: flex; flex-wrap: wrap; gap: 0.5rem; min-width: 0; }
      .chip { display: inline-flex; align-items: center; max-width: 100%; min-height: 2.5rem; border: 1px solid var(--line); border-radius: 1.4rem; background: var(--card); padding-inline: 0.9rem; }
      .chip:focus-within { border-color: var(--accent); }
      label.chip { border-color: var(--edge); }
      label.chip span { color: var(--soft); font-size: 0.9rem; white-space: nowrap; }
      li.chip { background: var(--tint); padding-inline-end: 0.2rem; }
      li.no { background: none; border-style: dashed; padding-inline-end: 0.9rem; }
      li.no:has(button) { padding-inline-end: 0.2rem; }
      .chip select, .chip input { border: 0; background: none; padding: 0.3rem 0.4rem; min-height: 2.3rem; min-width: 0; font-weight: 600; }
      .chip input { width: 8.5rem; flex: 0 1 auto; }
      .chip option { background: var(--card); color: var(--ink); }
      .x { min-height: 2rem; min-width: 2rem; padding: 0; margin-inline-start: 0.15rem; border: 0; border-radius: 50%; background: none; font-size: 1.15rem; line-height: 1; color: var(--soft); }
      .add { min-height: 2.5rem; width: 13rem; border: 1px dashed var(--edge); border-radius: 1.4rem; background: none; padding-inline: 0.9rem; }
      ::placeholder { color: var(--soft); opacity: 1; font-weight: 400; }
    `,
  ];
}

function chosen(event: Event): string {
  return event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement ? event.target.value : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-criteria": CraftloreCriteria;
  }
}
