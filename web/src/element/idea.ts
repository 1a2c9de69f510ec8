/** One idea, growing or grown, with everything that a teacher may do with it.

Sends `idea-change` (the idea as it is now), `idea-draft` (the draft that it is now), `idea-another`, `idea-retry`, `idea-stop`, and `idea-taken` when it is printed, copied, exported or saved. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import type { Change, Draft, Idea, Material, RequestBody } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { bodyStyles, type Changed, creditLine, ideaBody } from "./body.js";
import "./edit.js";
import "./feedback.js";
import { KeepFocus } from "./focus.js";
import { type Growing, isGrowing, problemOf, seed } from "./growing.js";
import { ideaStyles } from "./idea-style.js";
import { basics, tokens } from "./look.js";
import { ideaNotices, nameOf } from "./notices.js";
import { CraftlorePrint } from "./print.js";
import "./save.js";
import "./source.js";
import { asText, copyText, saveJson } from "./text.js";

export type Taken = "printed" | "copied" | "exported" | "saved";

const NOTHING_CHANGED: Changed = new Set();

@customElement("craftlore-idea")
export class CraftloreIdea extends LitElement {
  @property({ attribute: false }) growing: Growing = seed("", "", "");
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @property({ attribute: false }) request: RequestBody = { text: "" };
  @property({ attribute: false }) materials: readonly Material[] = [];
  @state() private mode: "reading" | "editing" | "swapping" | "changing" = "reading";
  @state() private changed: Changed = NOTHING_CHANGED;
  @state() private said = "";
  @state() private previous: Idea | null = null;
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector(this.mode === "changing" ? "#swap" : "h3"));

  override focus(): void {
    const heading = this.renderRoot.querySelector("h3");
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: "start" });
  }

  protected override render(): TemplateResult {
    const { growing, strings } = this;
    const { fields, idea } = growing;
    const busy = isGrowing(growing) || this.mode === "changing";
    return html`<article aria-labelledby="title" aria-busy=${busy}>
      <header>
        ${fields.title ? html`<p class="kicker">${strings.idea.from(growing.tradition)}</p>` : nothing}
        <h3 id="title" lang=${fields.title ? "en" : nothing} tabindex="-1" class=${this.changed.has("title") ? "changed" : ""}>${fields.title ?? strings.idea.from(growing.tradition)}</h3>
        ${fields.people || fields.places ? html`<p class="soft" lang="en">${[...(fields.people ?? []), ...(fields.places ?? [])].join(" · ")}</p>` : nothing}
        ${fields.grade && fields.minutes ? html`<p class="soft small">${strings.idea.meta(fields.grade, fields.minutes)}</p>` : nothing}
      </header>
      ${isGrowing(growing) ? this.#progress() : nothing} ${ideaNotices(growing, strings, () => this.#send("idea-retry"))}
      ${idea && this.mode === "editing"
        ? html`<craftlore-idea-edit .idea=${idea} .strings=${strings} @edit-done=${this.#edited} @edit-discard=${this.#discard}></craftlore-idea-edit>`
        : html`<div class="body" data-mode=${this.mode}>${ideaBody(fields, strings, isGrowing(growing), this.changed)}</div>`}
      ${fields.background ? html`<craftlore-source .client=${this.client} .strings=${strings} .articleId=${growing.articleId} .background=${fields.background}></craftlore-source>` : nothing}
      ${idea ? this.#foot(idea) : nothing}
    </article>`;
  }

  #progress(): TemplateResult {
    const { stage: words } = this.strings;
    const { stage, position, usual } = this.growing;
    const said = stage === "queued" ? words.queued(position) : stage === "reading" || stage === "again" || stage === "checking" ? words[stage] : words.writing;
    return html`<div class="progress row">
      <span class="thread" aria-hidden="true"></span><span class="small" data-stage=${stage}>${said}${usual ? `, ${words.usually(Math.ceil(usual / 1000))}` : ""}</span>
      <button class="plain small" @click=${() => this.#send("idea-stop")}>${words.stop}</button>
    </div>`;
  }

  #foot(idea: Idea): TemplateResult {
    const { strings } = this;
    const words = strings.idea;
    return html`
      <footer>
        ${creditLine(idea, strings)}
        <p class="small soft">${words.draft} ${idea.model ? words.writtenBy(idea.model.name) : nothing}</p>
      </footer>
      ${this.mode === "editing" ? nothing : this.#actions(idea)}
      <p class="small soft said" role="status">${this.mode === "changing" ? strings.stage.changing : this.said}</p>
      ${this.previous && this.mode === "reading" ? html`<button class="plain undo" @click=${this.#undo}>${strings.actions.undo}</button>` : nothing}
      ${this.mode === "editing" ? nothing : html`<craftlore-save .client=${this.client} .strings=${strings} .idea=${idea} .draft=${this.growing.draft} @draft-saved=${this.#keep} @draft-theirs=${this.#theirs}>
        <button class="plain" @click=${() => this.#copy(idea)}>${strings.actions.copy}</button>
        <button class="plain" @click=${() => { saveJson(idea, idea.title); this.#tell("exported"); }}>${strings.actions.json}</button>
      </craftlore-save>`}
      <craftlore-feedback .client=${this.client} .strings=${strings} .about=${{ idea_id: idea.id, article_id: idea.article_id, ...(this.growing.requestId && { request_id: this.growing.requestId }) }}></craftlore-feedback>
    `;
  }

  #actions(idea: Idea): TemplateResult {
    const { actions } = this.strings;
    const busy = this.mode === "changing";
    const act = (label: string, click: () => unknown, id?: "print" | "edit"): TemplateResult =>
      html`<button id=${id ?? nothing} class=${id === "print" ? "main" : ""} aria-disabled=${busy} @click=${() => !busy && click()}>${label}</button>`; // stays focusable while it waits
    return html`
      <div class="row actions" role="group" aria-label=${actions.group(idea.title)}>
        ${act(actions.print, () => CraftlorePrint.open(idea, this.strings, () => this.#tell("printed")), "print")} ${act(actions.edit, () => this.#edit(), "edit")}
        <button id="swap" aria-expanded=${this.mode === "swapping"} aria-disabled=${busy} @click=${() => { if (!busy) this.mode = this.mode === "swapping" ? "reading" : "swapping"; }}>${actions.swap}</button>
        ${act(actions.easier, () => this.#change({ kind: "easier" }))} ${act(actions.harder, () => this.#change({ kind: "harder" }))}
        ${act(actions.another, () => this.#send("idea-another"))}
      </div>
      ${this.mode === "swapping" ? this.#swapForm(idea) : nothing}
    `;
  }

  #swapForm(idea: Idea): TemplateResult {
    const { actions } = this.strings;
    const things = [...idea.materials_used, ...idea.materials_to_find, ...idea.tools];
    return html`<form class="row swap" @submit=${this.#swap}>
      <label>${actions.swapFrom} <select name="from">${things.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <label>${actions.swapTo} <input name="to" required pattern=".*\\S.*" maxlength="60" list="known" autocomplete="off" /></label>
      <datalist id="known">${this.materials.map((item) => html`<option value=${item.name}></option>`)}</datalist>
      <button class="main">${actions.swapGo}</button>
    </form>`;
  }

  readonly #swap = (event: Event): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const data = new FormData(event.currentTarget);
    const [from, to] = [data.get("from"), data.get("to")];
    if (typeof from === "string" && typeof to === "string") void this.#change({ kind: "material", from, to: to.trim() });
  };

  async #change(change: Change): Promise<void> {
    const { client } = this;
    const { idea } = this.growing;
    if (!client || !idea) return;
    this.mode = "changing";
    const { actions } = this.strings;
    try {
      const answer = await client.regenerate(idea, change, this.request);
      const notes = [...answer.verdicts.map((verdict) => verdict.why), ...answer.degraded.map((rung) => rung.message)];
      const what = [...new Set(answer.changed.map((field) => nameOf(field, this.strings)))].join(", ");
      this.#replace(answer.idea, new Set(answer.changed), [what ? actions.changed(what) : actions.unchanged, ...notes].join(" "));
    } catch (error) {
      const problem = problemOf(error);
      const why = problem.kind === "bad_request" && problem.message ? problem.message : this.strings.problem[problem.kind];
      this.#back(`${actions.cannotChange} ${why}`);
    }
  }

  #replace(idea: Idea, changed: Changed, said: string): void {
    this.previous = this.growing.idea;
    this.changed = changed;
    this.#back(said);
    this.dispatchEvent(new CustomEvent<Idea>("idea-change", { detail: idea }));
  }

  #edit(): void {
    this.mode = "editing";
    void this.updateComplete.then(() => this.renderRoot.querySelector("craftlore-idea-edit")?.focus());
  }

  readonly #edited = (event: CustomEvent<Idea>): void => {
    this.#replace(event.detail, NOTHING_CHANGED, this.strings.idea.edited);
    void this.updateComplete.then(() => this.focus());
  };

  readonly #discard = (): void => {
    this.#back();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#edit")?.focus());
  };

  readonly #undo = (): void => {
    const { previous } = this;
    if (!previous) return;
    this.#replace(previous, NOTHING_CHANGED, "");
    this.previous = null;
  };

  #back(said = ""): void {
    this.mode = "reading";
    this.said = said;
  }

  async #copy(idea: Idea): Promise<void> {
    const { actions } = this.strings;
    const copied = await copyText(asText(idea, this.strings));
    this.said = copied ? actions.copied : actions.copyFailed;
    if (copied) this.#tell("copied");
  }

  readonly #keep = (event: CustomEvent<Draft>): void => {
    this.#hold(event.detail);
    this.#tell("saved");
  };

  readonly #theirs = (event: CustomEvent<Draft>): void => {
    this.#hold(event.detail);
    this.#replace(event.detail.idea, NOTHING_CHANGED, "");
  };

  #hold(draft: Draft): void {
    this.dispatchEvent(new CustomEvent<Draft>("idea-draft", { detail: draft }));
  }

  #send(name: "idea-another" | "idea-retry" | "idea-stop"): void {
    this.dispatchEvent(new Event(name));
  }

  #tell(how: Taken): void {
    this.dispatchEvent(new CustomEvent<Taken>("idea-taken", { detail: how }));
  }

  static override styles = [tokens, basics, bodyStyles, ideaStyles];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-idea": CraftloreIdea;
  }
}
