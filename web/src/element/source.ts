/** The sentences of the source that an idea rests on, and on demand the whole source around them. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import type { Article, Quote, Section } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { bodyStyles, quotes } from "./body.js";
import { KeepFocus } from "./focus.js";
import { basics, tokens } from "./look.js";

@customElement("craftlore-source")
export class CraftloreSource extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @property({ attribute: false }) articleId = "";
  @property({ attribute: false }) background: readonly Quote[] = [];
  @state() private article: Article | "failed" | null = null;
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector(".whole, button"));

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("articleId")) this.article = null;
  }

  protected override render(): TemplateResult {
    const words = this.strings.idea;
    const { article } = this;
    return html`<details>
      <summary>${this.background.length ? words.source : words.whole}</summary>
      ${this.background.length ? quotes(this.background, this.strings) : nothing}
      ${article === null ? html`<button class="plain" @click=${this.#read}>${words.whole}</button>` : nothing}
      <p role="status">${article === "failed" ? words.wholeFailed : ""}</p>
      ${article === "failed" ? html`<button class="plain" @click=${this.#read}>${this.strings.actions.retry}</button>` : nothing}
      ${article && article !== "failed" ? html`<div class="whole" tabindex="0" role="region" lang="en" aria-label=${article.title}>${article.sections.map((section) => this.#section(section))}</div>` : nothing}
    </details>`;
  }

  #section({ path, first, sentences }: Section): TemplateResult {
    const used = new Set(this.background.map((quote) => quote.sentence));
    return html`${path.length ? html`<h4>${path.join(" / ")}</h4>` : nothing}
      <p>${sentences.map((sentence, index) => (used.has(first + index) ? html`<mark>${sentence}</mark> ` : `${sentence} `))}</p>`;
  }

  readonly #read = async (): Promise<void> => {
    const id = this.articleId;
    const article = await this.client?.article(id).catch(() => "failed" as const); // said in the panel, with a way to try again
    if (id === this.articleId) this.article = article ?? null; // else this panel has gone on to another source
  };

  static override styles = [
    tokens,
    basics,
    bodyStyles,
    css`
      details { display: grid; gap: 0.6rem; }
      .whole { max-height: 22rem; overflow: auto; border: 1px solid var(--line); border-radius: calc(var(--radius) * 0.6); padding: 0.8rem 1rem; display: grid; gap: 0.5rem; margin-top: 0.6rem; }
      mark { background: var(--warn-tint); color: inherit; }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-source": CraftloreSource;
  }
}
