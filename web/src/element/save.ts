/** Saving an idea as a draft, saving it again, and publishing it: only ever on a click. Sends `draft-saved` and `draft-theirs`. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import { ApiError } from "../client/errors.js";
import type { Draft, Idea } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { basics, tokens } from "./look.js";

type Situation = "idle" | "busy" | "saved" | "failed" | "conflict" | "asking" | "published";

@customElement("craftlore-save")
export class CraftloreSave extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @property({ attribute: false }) idea: Idea | null = null;
  @property({ attribute: false }) draft: Draft | null = null;
  @state() private situation: Situation = "idle";

  protected override render(): TemplateResult {
    const { actions, drafts } = this.strings;
    const unsaved = this.draft?.idea !== this.idea;
    const busy = this.situation === "busy";
    return html`
      <div class="row">
        ${unsaved ? html`<button ?disabled=${busy} @click=${() => this.#save(this.draft)}>${this.draft ? actions.saveChanges : actions.save}</button>` : nothing}
        ${this.draft && !unsaved && this.situation !== "published" ? html`<button ?disabled=${busy} @click=${() => (this.situation = "asking")}>${drafts.publish}</button>` : nothing}
        <slot></slot>
        <span class="small soft" role="status">${unsaved && this.situation === "saved" ? "" : this.#said()}</span>
      </div>
      ${this.situation === "asking" ? this.#question(drafts.publishHint, [drafts.publishGo, this.#publish], [actions.close, () => (this.situation = "idle")]) : nothing}
      ${this.situation === "conflict" ? this.#question(drafts.conflict, [drafts.theirs, this.#theirs], [drafts.mine, () => this.#save(null)]) : nothing}
    `;
  }

  #said(): string {
    const { actions, drafts } = this.strings;
    if (this.situation === "saved") return actions.saved;
    if (this.situation === "failed") return drafts.notSaved;
    return this.situation === "published" ? drafts.published : "";
  }

  #question(text: string, ...ways: readonly (readonly [string, () => unknown])[]): TemplateResult {
    return html`<div class="notice" role="group"><p>${text}</p><div class="row">${ways.map(([label, act]) => html`<button @click=${act}>${label}</button>`)}</div></div>`;
  }

  async #save(draft: Draft | null): Promise<void> {
    const { client, idea } = this;
    if (!client || !idea) return;
    await this.#try(async () => {
      this.#keep(await (draft ? client.updateDraft({ ...draft, idea }) : client.saveDraft(idea)), idea);
      return "saved";
    });
  }

  readonly #publish = (): Promise<void> =>
    this.#try(async () => {
      if (this.client && this.draft) await this.client.publishDraft(this.draft);
      return "published";
    });

  readonly #theirs = (): Promise<void> =>
    this.#try(async () => {
      if (!this.client || !this.draft) return "failed";
      this.dispatchEvent(new CustomEvent<Draft>("draft-theirs", { detail: await this.client.draft(this.draft.id) }));
      return "idle";
    });

  async #try(act: () => Promise<Situation>): Promise<void> {
    this.situation = "busy";
    try {
      this.situation = await act();
    } catch (error) {
      this.situation = error instanceof ApiError && error.code === "conflict" ? "conflict" : "failed";
    }
  }

  /** The draft holds the very idea that is shown, so that "unsaved" is a comparison of objects. */
  #keep(draft: Draft, idea: Idea): void {
    this.draft = { ...draft, idea };
    this.dispatchEvent(new CustomEvent<Draft>("draft-saved", { detail: this.draft }));
  }

  static override styles = [tokens, basics];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-save": CraftloreSave;
  }
}
