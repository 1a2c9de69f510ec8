/** The teacher's page: a header, <craftlore-ideas>, the drafts, and a history that keeps what was asked.

The request lives in `history.state`, never in the address: so Back and reload find it, and no log of a server or proxy does. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { CraftloreClient } from "../client/index.js";
import type { Draft, RequestBody } from "../client/types.js";
import type { CraftloreIdeas, Snapshot } from "../element/index.js";
import "../element/index.js";
import { basics, tokens } from "../element/look.js";
import { LANGUAGES, stringsFor } from "../strings/index.js";
import "./drafts.js";

const NOTHING: Snapshot = { request: { text: "" }, ideas: [] };

@customElement("craftlore-page")
export class CraftlorePage extends LitElement {
  @state() private language = kept("language") ?? navigator.language;
  @state() private drafts = false;
  @query("craftlore-ideas") private readonly ideas!: CraftloreIdeas;
  readonly #client = new CraftloreClient();

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.#restore);
  }

  override disconnectedCallback(): void {
    removeEventListener("popstate", this.#restore);
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    if (history.state !== null) this.#restore();
  }

  protected override render(): TemplateResult {
    const words = stringsFor(this.language);
    document.documentElement.lang = code(this.language);
    document.title = `${words.page.title} · ${words.page.tagline}`;
    return html`
      <header>
        <h1><a href="/" @click=${this.#home}>${words.page.title}</a></h1>
        <p class="soft small">${words.page.tagline}</p>
        <nav class="row">
          <button class="plain" aria-expanded=${this.drafts} @click=${() => (this.drafts = !this.drafts)}>${words.drafts.heading}</button>
          <label class="small"><span class="silent">${words.page.languages}</span>
            <select @change=${this.#speak}>${Object.entries(LANGUAGES).map(([tag, other]) => html`<option value=${tag} lang=${tag} .selected=${live(tag === code(this.language))}>${other.language}</option>`)}</select>
          </label>
        </nav>
      </header>
      <main>
        ${this.drafts ? html`<craftlore-drafts .client=${this.#client} .strings=${words} @draft-open=${this.#open}></craftlore-drafts>` : null}
        <craftlore-ideas language=${this.language} @craftlore-search=${this.#searched} @craftlore-change=${this.#changed}></craftlore-ideas>
      </main>
      <footer class="small soft"><p>${words.page.footer}</p></footer>
    `;
  }

  readonly #searched = (event: CustomEvent<RequestBody>): void => {
    history.pushState({ request: event.detail, ideas: [] } satisfies Snapshot, "");
  };

  readonly #changed = (event: CustomEvent<Snapshot>): void => {
    history.replaceState(event.detail, "");
  };

  readonly #restore = (): void => {
    this.ideas.snapshot = isSnapshot(history.state) ? history.state : NOTHING;
  };

  readonly #home = (event: Event): void => {
    event.preventDefault();
    history.pushState(NOTHING, "");
    this.#restore();
  };

  readonly #open = (event: CustomEvent<Draft>): void => {
    this.drafts = false;
    void this.ideas.show(event.detail.idea, event.detail);
  };

  readonly #speak = (event: Event): void => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    this.language = event.target.value;
    keep("language", this.language);
  };

  static override styles = [
    tokens,
    basics,
    css`
      :host { display: flex; flex-direction: column; min-height: 100vh; max-width: 52rem; margin: 0 auto; padding-inline: clamp(1rem, 4vw, 2rem); }
      header { position: relative; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 0.9rem; padding-block: 1.1rem; }
      header::after { content: ""; position: absolute; inset: auto 0 0; height: 5px; opacity: 0.55; background: repeating-linear-gradient(90deg, var(--accent) 0 14px, transparent 14px 20px, var(--warn) 20px 26px, transparent 26px 32px) 0 0 / 100% 2px no-repeat, repeating-linear-gradient(90deg, transparent 0 6px, var(--accent) 6px 20px, transparent 20px 32px) 0 100% / 100% 2px no-repeat; }
      h1 { margin: 0; font: 700 1.3rem/1.3 var(--serif); letter-spacing: 0.01em; }
      h1 a { color: inherit; text-decoration: none; }
      nav { margin-inline-start: auto; }
      nav select { min-height: 2rem; padding-block: 0.15rem; }
      main { flex: 1; display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 1.5rem; padding-block: 0.6rem 3rem; }
      footer { border-top: 1px solid var(--line); padding-block: 1rem 1.4rem; }
    `,
  ];
}

function code(language: string): string {
  const tag = language.toLowerCase().split("-")[0] ?? "en";
  return tag in LANGUAGES ? tag : "en";
}

// a browser that keeps nothing for this page throws; the page works without
function kept(name: string): string | null {
  try {
    return localStorage.getItem(`craftlore-${name}`);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`craftlore-${name}`, value);
  } catch {
    // next time the browser's language stands again
  }
}

/** True for a state that this page has put into the history, and not an older page at the same address. */
function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === "object" && value !== null && "request" in value && "ideas" in value && Array.isArray(value.ideas);
}
