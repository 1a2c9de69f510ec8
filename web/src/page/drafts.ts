/** The saved drafts: open one, or delete it. Sends `draft-open`. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import type { Draft } from "../client/types.js";
import { basics, tokens } from "../element/look.js";
import { en, type Strings } from "../strings/index.js";

@customElement("craftlore-drafts")
export class CraftloreDrafts extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @state() private drafts: readonly Draft[] | "failed" = [];

  protected override firstUpdated(): void {
    void this.#load();
  }

  protected override render(): TemplateResult {
    const { drafts: words } = this.strings;
    return html`<section aria-labelledby="drafts">
      <h2 id="drafts">${words.heading}</h2>
      ${this.drafts === "failed" ? html`<p class="notice warn" role="alert">${words.failed}</p>` : this.#list(this.drafts)}
    </section>`;
  }

  #list(drafts: readonly Draft[]): TemplateResult {
    const { drafts: words, actions } = this.strings;
    if (!drafts.length) return html`<p class="soft">${words.none}</p>`;
    return html`<ul>${drafts.map((draft) => html`<li>
      <button class="plain" aria-label=${words.open(draft.idea.title)} @click=${() => this.dispatchEvent(new CustomEvent<Draft>("draft-open", { detail: draft }))}>${draft.idea.title}</button>
      <button class="plain small" aria-label=${words.remove(draft.idea.title)} @click=${() => this.#remove(draft)}>${actions.remove}</button>
    </li>`)}</ul>`;
  }

  async #load(): Promise<void> {
    try {
      this.drafts = (await this.client?.drafts()) ?? [];
    } catch {
      this.drafts = "failed"; // said in the panel
    }
  }

  async #remove({ id }: Draft): Promise<void> {
    await this.client?.deleteDraft(id).catch(() => undefined); // the list says whether it is gone
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
