/** <craftlore-ideas>: search, own activities, traditions and growing ideas, to be put into any page.

Attributes: `endpoint`, `grade`, `language`. Properties: `snapshot`. Events (all bubble out of shadow roots): `craftlore-search` with the request,
`craftlore-change` with a Snapshot to keep, `craftlore-idea-chosen` with the idea and how it was taken. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { CraftloreClient } from "../client/api.js";
import type { Card, Draft, Grade, Idea, Material, RequestBody, SearchResult } from "../client/types.js";
import { stringsFor, type Strings } from "../strings/index.js";
import "./criteria.js";
import { activityList, cardList, foundStyles } from "./found.js";
import { KeepFocus } from "./focus.js";
import { asked, type Growing, type Problem, problemOf } from "./growing.js";
import { Growth, type Kept } from "./growth.js";
import type { CraftloreIdea, Taken } from "./idea.js";
import "./idea.js";
import { ideasStyles } from "./ideas-style.js";
import { basics, tokens } from "./look.js";
import { declineNotice, degradedNotice, problemNotice } from "./notices.js";

/** What a page keeps, so that Back and reload lose nothing. */
export interface Snapshot extends Kept {
  readonly request: RequestBody;
}

export interface ChosenIdea {
  readonly idea: Idea;
  readonly how: Taken;
}

const LONGEST = 1000;
const ACTIVITIES = 3; // shown before "Show more": a teacher should see the ideas without a long way down
const CARDS = 4;

@customElement("craftlore-ideas")
export class CraftloreIdeas extends LitElement {
  @property() endpoint = "";
  @property() grade: Grade | "" = "";
  @property() language = "en";
  @state() private request: RequestBody = { text: "" };
  @state() private result: SearchResult | null = null;
  @state() private problem: Problem | null = null;
  @state() private searching = false;
  @state() private materials: readonly Material[] = [];
  @state() private said = "";
  @state() private empty = false;
  @state() private open: ReadonlySet<"activities" | "cards"> = new Set();
  @query("textarea") private readonly box!: HTMLTextAreaElement | null;
  #client = new CraftloreClient();
  #search = new AbortController();
  #seeds = 0;
  readonly #growth = new Growth(this, () => this.#client, (now, before) => this.#grew(now, before));

  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector(".main"));

  get snapshot(): Snapshot {
    return { request: this.request, ...this.#growth.kept };
  }

  /** Take up where a page was left: the search runs again, its ideas are shown as they were. */
  set snapshot({ request, ...kept }: Snapshot) {
    if (request.text || request.materials?.length) void this.#find(request, kept);
    else this.#clear(request, kept);
  }

  /** Show an idea that was saved before, as a draft for example. */
  async show(idea: Idea, draft: Draft | null = null): Promise<void> {
    const id = this.#growth.add(idea, draft);
    this.#keep();
    await this.#focusOn(id);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#search.abort();
    this.said = "";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("endpoint")) this.#client = new CraftloreClient(this.endpoint);
  }

  protected override render(): TemplateResult {
    const words = this.#words;
    const { result, problem } = this;
    return html`<div class="all" lang=${words.tag}>
      ${this.#form(words)}
      <p class="silent" role="status" aria-live="polite">${this.said}</p>
      ${problem ? problemNotice(problem, words, () => void this.#find(this.request, null, true)) : nothing}
      ${result ? this.#found(result, words) : nothing}
      ${this.#growth.panels.length ? this.#ideas(words) : nothing}
    </div>`;
  }

  #form(words: Strings): TemplateResult {
    const { search } = words;
    return html`<form role="search" class=${this.result ? "" : "first"} @submit=${this.#submit}>
      <label for="box">${search.label}</label>
      <div class="box">
        <textarea id="box" name="text" rows="1" maxlength=${LONGEST} dir="auto" aria-describedby="hint" aria-invalid=${this.empty} placeholder=${search.placeholder}
          @keydown=${this.#enter} @input=${() => (this.empty = false)}></textarea>
        <button class="main">${this.searching ? search.looking : search.go}</button>
      </div>
      <p id="hint" class="small ${this.empty ? "missing" : "soft"}">${this.empty ? search.empty : search.hint}</p>
      ${this.result || this.problem || this.searching ? nothing : html`<div class="examples"><span class="soft small">${search.try}</span>
        ${search.examples.map((example) => html`<button type="button" @click=${() => this.#begin(example)}>${example}</button>`)}</div>`}
    </form>`;
  }

  #found(result: SearchResult, words: Strings): TemplateResult {
    const { understood, inferred, declined, decision } = result;
    if (declined && !result.cards.length && !result.activities.length) return declineNotice(declined, words, (example) => this.#begin(example));
    const told = [...new Set([...result.notes, ...result.verdicts.filter((verdict) => verdict.rule !== declined?.rule).map((verdict) => verdict.why)])];
    return html`
      <craftlore-criteria .request=${this.request} .understood=${understood} .inferred=${inferred} .materials=${this.materials} .strings=${words}
        @criteria-change=${this.#narrow}></craftlore-criteria>
      ${told.length ? html`<ul class="told small" lang="en">${told.map((line) => html`<li>${line}</li>`)}</ul>` : nothing}
      ${degradedNotice(result.degraded, words)}
      ${declined ? declineNotice(declined, words, (example) => this.#begin(example)) : nothing}
      ${activityList(this.#first("activities", result.activities, ACTIVITIES), words)} ${this.#more("activities", result.activities.length - ACTIVITIES, words)}
      ${declined && !result.cards.length ? nothing : html`${cardList(this.#first("cards", result.cards, CARDS), words, decision.state === "enough", {
        standing: (card) => this.#growth.standing(card),
        make: (card) => void this.#focusOn(this.#make(card, this.#growth.panelOf(card)?.id)),
        show: (card) => void this.#focusOn(this.#growth.panelOf(card)?.id),
        writes: decision.state !== "model_down",
        client: this.#client,
      })} ${this.#more("cards", result.cards.length - CARDS, words)}`}
    `;
  }

  #first<T>(list: "activities" | "cards", all: readonly T[], few: number): readonly T[] {
    return this.open.has(list) ? all : all.slice(0, few);
  }

  #more(list: "activities" | "cards", hidden: number, words: Strings): TemplateResult | typeof nothing {
    if (hidden <= 0 || this.open.has(list)) return nothing;
    return html`<button class="plain more" @click=${() => void this.#showAll(list)}>${list === "cards" ? words.sources.moreCards(hidden) : words.activities.moreActivities(hidden)}</button>`;
  }

  async #showAll(list: "activities" | "cards"): Promise<void> {
    this.open = new Set([...this.open, list]);
    await this.updateComplete;
    const [entries, few] = list === "cards" ? [".cards h3", CARDS] : [".list summary", ACTIVITIES];
    this.renderRoot.querySelectorAll<HTMLElement>(entries)[few]?.focus();
  }

  #ideas(words: Strings): TemplateResult {
    return html`<section aria-labelledby="ideas" class="ideas">
      <h2 id="ideas">${words.idea.heading}</h2>
      ${repeat(this.#growth.panels, ({ id }) => id, (panel) => html`<craftlore-idea id=${panel.id}
        .growing=${panel} .client=${this.#client} .strings=${words} .request=${this.request} .materials=${this.materials}
        @idea-change=${(event: CustomEvent<Idea>) => this.#growth.replace(panel.id, event.detail)}
        @idea-draft=${(event: CustomEvent<Draft>) => this.#growth.saved(panel.id, event.detail)}
        @idea-another=${() => void this.#another(panel)}
        @idea-retry=${() => this.#make({ article_id: panel.articleId, title: panel.tradition }, panel.id)}
        @idea-stop=${() => this.#growth.stop(panel.id)}
        @idea-taken=${(event: CustomEvent<Taken>) => { if (panel.idea) this.#tell<ChosenIdea>("craftlore-idea-chosen", { idea: panel.idea, how: event.detail }); }}
      ></craftlore-idea>`)}
    </section>`;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const text = this.box?.value.trim() ?? "";
    this.empty = !text;
    if (!text) this.box?.focus();
    else if (!this.searching || text !== this.request.text) this.#begin(text);
  };

  /** Other criteria, with the words that stand in the box by now. */
  readonly #narrow = ({ detail }: CustomEvent<RequestBody>): void => {
    void this.#find({ ...detail, text: this.box?.value.trim() || detail.text });
  };

  readonly #enter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.box?.form?.requestSubmit();
  };

  /** A new text is a new request: criteria that were set for the last one are not kept. */
  #begin(text: string): void {
    void this.#find({ text, ...(this.grade && { grade: this.grade }) });
  }

  #clear(request: RequestBody, kept: Kept): void {
    this.#search.abort();
    this.#growth.clear(kept);
    this.request = request;
    this.result = null;
    this.problem = null;
    this.searching = false;
    this.said = "";
    if (this.box) this.box.value = this.request.text;
  }

  /** `kept`: the ideas of a page that is taken up again. `again`: the same request once more. */
  async #find(request: RequestBody, kept: Kept | null = null, again = false): Promise<void> {
    this.#search.abort();
    const search = (this.#search = new AbortController());
    const other = request.text !== this.request.text;
    if (other) this.result = null; // what was found for other words is no answer to these
    this.request = request;
    this.empty = false;
    this.searching = true;
    this.problem = null;
    this.said = this.#words.search.looking;
    this.#growth.clear(kept ?? { ideas: [] });
    this.#seeds = 0;
    this.open = new Set();
    await this.updateComplete;
    if (this.box && (kept || other)) this.box.value = request.text; // else she may be typing the next one
    if (!kept && !again) this.#tell("craftlore-search", request);
    try {
      this.result = await this.#client.search(request, search.signal);
      this.said = this.#summary(this.result);
      const best = this.result.cards[0];
      if (this.result.decision.state === "thin" && best && !kept?.ideas.length) this.#make(best);
      void this.#loadMaterials();
    } catch (error) {
      if (search.signal.aborted) return; // a later search has taken over
      this.problem = problemOf(error);
      this.said = "";
    } finally {
      if (this.#search === search) this.searching = false;
    }
  }

  /** Suggestions for the chips; without them a teacher can still write. */
  async #loadMaterials(): Promise<void> {
    if (!this.materials.length) this.materials = await this.#client.materials().catch(() => []);
  }

  #summary({ activities, cards, declined }: SearchResult): string {
    const words = this.#words;
    return declined ? declined.why : `${words.activities.heading}: ${String(activities.length)}. ${words.sources.heading}: ${String(cards.length)}.`;
  }

  #make(card: Pick<Card, "article_id" | "title">, id?: string, seed = 0): string {
    return this.#growth.start(card, { ...asked(this.request, card.title, this.#growth.panelOf(card)?.fields.grade), seed }, id);
  }

  /** The next tradition that has no idea yet; when all have one, the same tradition written anew. */
  async #another(panel: Growing): Promise<void> {
    const free = this.result?.cards.find((card) => this.#growth.standing(card) === "free");
    await this.#focusOn(free ? this.#make(free) : this.#make({ article_id: panel.articleId, title: panel.tradition }, undefined, ++this.#seeds));
  }

  async #focusOn(id: string | undefined): Promise<void> {
    await this.updateComplete;
    const panel = id ? this.renderRoot.querySelector<CraftloreIdea>(`#${id}`) : null;
    await panel?.updateComplete;
    panel?.focus();
  }

  /** Say a new stage once, not every field; keep what is whole. */
  #grew(now: Growing, before: Growing | undefined): void {
    const { stage: words, withdrawn } = this.#words;
    if (now.stage !== before?.stage || now.position !== before.position) {
      if (now.stage === "queued") this.said = words.queued(now.position);
      else if (now.stage === "done") this.said = words.done(now.idea?.title ?? now.tradition);
      else if (now.stage === "failed") this.said = now.problem ? "" : withdrawn.way; // a problem is an alert in its panel
      else this.said = words[now.stage];
    }
    if (now.idea && (now.idea !== before?.idea || now.draft !== before.draft)) this.#keep();
  }

  #keep(): void {
    this.#tell("craftlore-change", this.snapshot);
  }

  #tell<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }));
  }

  get #words(): Strings {
    return stringsFor(this.language);
  }

  static override styles = [tokens, basics, foundStyles, ideasStyles];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-ideas": CraftloreIdeas;
  }
  interface GlobalEventHandlersEventMap {
    "craftlore-search": CustomEvent<RequestBody>;
    "craftlore-change": CustomEvent<Snapshot>;
    "craftlore-idea-chosen": CustomEvent<ChosenIdea>;
  }
}
