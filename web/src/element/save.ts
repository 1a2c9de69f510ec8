/** Saving an idea as a draft, saving it again, and publishing it: only ever on a click. Sends `draft-saved` and `draft-theirs`. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import { ApiError } from "../client/errors.js";
import type { Draft, Idea } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { KeepFocus } from "./focus.js";
import { basics, tokens } from "./look.js";

type Failure = "notSaved" | "notPublished" | "forbidden" | "conflict" | "gone";
type Situation = "idle" | "busy" | "saved" | "asking" | "published" | Failure;

@customElement("craftlore-save")
export class CraftloreSave extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @property({ attribute: false }) idea: Idea | null = null;
  @property({ attribute: false }) draft: Draft | null = null;
  @state() private situation: Situation = "idle";
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector("button") ?? this.querySelector("button"));

  protected override render(): TemplateResult {
    const { actions, drafts } = this.strings;
    const { situation } = this;
    const unsaved = !this.draft || !same(this.draft.idea, this.idea);
    const busy = situation === "busy";
    const publishes = this.draft && !unsaved && situation !== "published" && situation !== "forbidden" && situation !== "gone";
    return html`
      <div class="row">
        ${unsaved ? html`<button aria-disabled=${busy} @click=${() => this.#save(this.draft)}>${this.draft ? actions.saveChanges : actions.save}</button>` : nothing}
        ${publishes ? html`<button aria-disabled=${busy} @click=${() => { if (!busy) this.situation = "asking"; }}>${drafts.publish}</button>` : nothing}
        <slot></slot>
        <span class="small soft" role="status">${this.#said(unsaved)}</span>
      </div>
      ${situation === "asking" && !unsaved ? this.#question(drafts.publishHint, [drafts.publishGo, this.#publish], [actions.close, () => (this.situation = "idle")]) : nothing}
      ${situation === "conflict" ? this.#question(drafts.conflict, [drafts.theirs, this.#theirs], [drafts.mine, () => this.#save(null)]) : nothing}
      ${situation === "gone" ? this.#question(drafts.gone, [drafts.mine, () => this.#save(null)]) : nothing}
    `;
  }

  #said(unsaved: boolean): string {
    const { actions, drafts } = this.strings;
    if (this.situation === "notSaved") return drafts.notSaved;
    if (this.situation === "notPublished") return drafts.notPublished;
    if (this.situation === "forbidden") return drafts.publishForbidden;
    if (unsaved) return ""; // what was saved or published is not what is shown now
    return this.situation === "saved" ? actions.saved : this.situation === "published" ? drafts.published : "";
  }

  #question(text: string, ...ways: readonly (readonly [string, () => unknown])[]): TemplateResult {
    return html`<div class="notice" role="group"><p>${text}</p><div class="row">${ways.map(([label, act]) => html`<button @click=${act}>${label}</button>`)}</div></div>`;
  }

  async #save(draft: Draft | null): Promise<void> {
    const { client, idea } = this;
    if (!client || !idea) return;
    await this.#try("notSaved", async () => {
      this.#keep(await (draft ? client.updateDraft({ ...draft, idea }) : client.saveDraft(idea)), idea);
      return "saved";
    });
  }

  readonly #publish = (): Promise<void> =>
    this.#try("notPublished", async () => {
      if (this.client && this.draft) await this.client.publishDraft(this.draft);
      return "published";
    });

  readonly #theirs = (): Promise<void> =>
    this.#try("notSaved", async () => {
      if (!this.client || !this.draft) return "idle";
      this.dispatchEvent(new CustomEvent<Draft>("draft-theirs", { detail: await this.client.draft(this.draft.id) }));
      return "idle";
    });

  async #try(failed: "notSaved" | "notPublished", act: () => Promise<Situation>): Promise<void> {
    if (this.situation === "busy") return;
    this.situation = "busy";
    try {
      this.situation = await act();
    } catch (error) {
      this.situation = failure(error, failed);
    }
  }

  /** The draft holds the very idea that is shown, in our own words of it. */
  #keep(draft: Draft, idea: Idea): void {
    this.draft = { ...draft, idea };
    this.dispatchEvent(new CustomEvent<Draft>("draft-saved", { detail: this.draft }));
  }

  static override styles = [tokens, basics, css`:host { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.7rem; }`];
}

function failure(error: unknown, failed: "notSaved" | "notPublished"): Failure {
  if (!(error instanceof ApiError)) return failed;
  if (error.code === "conflict") return "conflict";
  if (error.code === "not_found") return "gone";
  return error.code === "forbidden" && failed === "notPublished" ? "forbidden" : failed;
}

/** By value: what was kept and brought back is another object. */
function same(one: Idea, other: Idea | null): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-save": CraftloreSave;
  }
}
