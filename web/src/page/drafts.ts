/** The saved drafts: open one, or remove it. Sends `draft-open`. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { CraftloreClient } from "../client/api.js";
import { ApiError } from "../client/errors.js";
import type { Draft } from "../client/types.js";
import { KeepFocus } from "../element/focus.js";
import { basics, tokens } from "../element/look.js";
import { en, type Strings } from "../strings/index.js";

@customElement("craftlore-drafts")
export class CraftloreDrafts extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @state() private drafts: readonly Draft[] | "failed" | null = null;
  /** The draft that is asked about before it goes. */
  @state() private asked: string | null = null;
  @state() private said = "";
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector(".ask button") ?? this.renderRoot.querySelector("h2"));

  protected override firstUpdated(): void {
    void this.#load();
  }

  protected override render(): TemplateResult {
    const { drafts: words } = this.strings;
    return html`<section aria-labelledby="drafts">
      <h2 id="drafts" tabindex="-1">${words.heading}</h2>
      ${this.drafts === "failed" ? html`<p class="notice warn" role="alert">${words.failed}</p>` : this.#list(this.drafts)}
      <p class="small" role="status">${this.said}</p>
    </section>`;
  }

  #list(drafts: readonly Draft[] | null): TemplateResult | typeof nothing {
    const { drafts: words } = this.strings;
    if (!drafts) return nothing; // they are on their way
    if (!drafts.length) return html`<p class="soft">${words.none}</p>`;
    return html`<ul>${repeat(drafts, ({ id }) => id, (draft) => html`<li>
      <button class="plain" lang="en" aria-label=${words.open(draft.idea.title)} @click=${() => this.dispatchEvent(new CustomEvent<Draft>("draft-open", { detail: draft }))}>${draft.idea.title}</button>
      ${this.#removal(draft)}
    </li>`)}</ul>`;
  }

  #removal(draft: Draft): TemplateResult {
    const { drafts: words, actions } = this.strings;
    const { title } = draft.idea;
    if (this.asked !== draft.id) return html`<button class="plain small" aria-label=${words.remove(title)} @click=${() => (this.asked = draft.id)}>${actions.remove}</button>`;
    return html`<div class="row small ask" role="group" aria-label=${words.removeAsk(title)}>
      <span>${words.removeAsk(title)}</span><button @click=${() => this.#remove(draft)}>${words.removeGo}</button><button class="plain" @click=${() => (this.asked = null)}>${actions.close}</button>
    </div>`;
  }

  async #load(): Promise<void> {
    try {
      this.drafts = (await this.client?.drafts()) ?? [];
    } catch {
      this.drafts = "failed"; // said in the panel
    }
  }

  async #remove({ id }: Draft): Promise<void> {
    this.asked = null;
    this.said = "";
    try {
      await this.client?.deleteDraft(id);
    } catch (error) {
      const gone = error instanceof ApiError && error.code === "not_found"; // somebody else was faster
      if (!gone) this.said = this.strings.drafts.notRemoved;
    }
    await this.#load();
  }

  static override styles = [
    tokens,
    basics,
    css`
      section { display: grid; gap: 0.5rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); padding: 1rem 1.2rem; }
      li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem; }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-drafts": CraftloreDrafts;
  }
}
