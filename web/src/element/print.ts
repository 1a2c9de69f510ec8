/** One idea as a card on one sheet, A4 or Letter: seen first as it will be printed, then printed or saved as PDF by the browser.

What a teacher has made too long for one sheet goes on over several, in letters that can be read, no step torn apart. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Idea } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { creditLine } from "./body.js";
import { basics, tokens } from "./look.js";
import { withAmount } from "./text.js";

/** What both A4 and Letter hold within 12 mm margins, less a little for rounding. */
const SHEET = { width: 184, height: 250 };
const FRAME = 10; // around the card on the screen, where the printer's margin will be
const PIXELS_PER_MM = 96 / 25.4;
const SIZES = [12, 11.5, 11, 10.5, 10, 9.5, 9]; // points, largest first; below that nobody reads it at arm's length
const FLOWING = 10.5; // points, for what is too long for one sheet

/** The app's own page steps aside while the card is printed; its styles cannot be reached from a shadow root. */
const page = new CSSStyleSheet();
page.replaceSync("@page { margin: 12mm; } @media print { body:has(> craftlore-print) > :not(craftlore-print) { display: none !important; } }");

@customElement("craftlore-print")
export class CraftlorePrint extends LitElement {
  @property({ attribute: false }) idea: Idea | null = null;
  @property({ attribute: false }) strings: Strings = en;
  /** Called when the browser was asked to print. */
  @property({ attribute: false }) printed: () => void = () => undefined;
  @state() private flows = false;
  @query("dialog") private readonly dialog!: HTMLDialogElement | null;
  @query(".sheet") private readonly sheet!: HTMLElement | null;

  /** Show the card over the page; it leaves the document when it is closed. */
  static async open(idea: Idea, strings: Strings, printed: () => void): Promise<void> {
    if (!document.adoptedStyleSheets.includes(page)) document.adoptedStyleSheets.push(page);
    const card = Object.assign(new CraftlorePrint(), { idea, strings, printed });
    document.body.append(card);
    await card.updateComplete;
    card.dialog?.showModal();
    card.fit();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== page); // an app prints its own pages as it likes
  }

  readonly #print = (): void => {
    window.print();
    this.printed();
  };

  /** Choose the largest letters with which everything stands on one sheet, or let it go on over several. */
  private fit(): void {
    const sheet = this.sheet;
    if (!sheet) return;
    const stands = SIZES.some((points) => {
      sheet.style.fontSize = `${String(points)}pt`;
      return sheet.scrollHeight <= (SHEET.height + 2 * FRAME) * PIXELS_PER_MM;
    });
    if (!stands) sheet.style.fontSize = `${String(FLOWING)}pt`;
    this.flows = !stands;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { idea, strings } = this;
    if (!idea) return nothing;
    return html`<dialog lang=${strings.tag} aria-label=${strings.print.heading} @close=${() => this.remove()}>
      <div class="row bar">
        <button class="main" autofocus @click=${this.#print}>${strings.print.go}</button>
        <button @click=${() => this.dialog?.close()}>${strings.actions.close}</button>
        <p class="soft" role="status">${this.flows ? strings.print.flows : ""}</p>
      </div>
      <article class="sheet">${this.#card(idea)}</article>
    </dialog>`;
  }

  #card(idea: Idea): TemplateResult {
    const { idea: words, print } = this.strings;
    const things = (heading: string, names: readonly string[]): TemplateResult | typeof nothing =>
      names.length ? html`<p><b>${heading}:</b> <span lang="en">${names.map((name) => withAmount(name, idea.amounts)).join("; ")}</span></p>` : nothing;
    return html`
      <header>
        <h2 lang="en">${idea.title}</h2>
        <p class="where" lang="en">${[idea.tradition, idea.people.join(", "), idea.places.join(", ")].filter(Boolean).join(" · ")}</p>
        <p class="soft">${words.meta(idea.grade, idea.minutes)}</p>
      </header>
      <p lang="en">${idea.summary}</p>
      <div class="box">${things(words.have, idea.materials_used)} ${things(words.find, idea.materials_to_find)} ${things(words.tools, idea.tools)}</div>
      <h3>${words.steps}</h3>
      <ol lang="en">${idea.steps.map((step) => html`<li>${step}</li>`)}</ol>
      <p><b>${words.goals}:</b> <span lang="en">${idea.learning_goals.join(" ")}</span></p>
      <p><b>${words.question}:</b> <span lang="en">${idea.question}</span></p>
      ${idea.tips.length ? html`<p><b>${words.tips}:</b> <span lang="en">${idea.tips.join(" ")}</span></p>` : nothing}
      ${idea.safety_notes.length ? html`<div class="box safety"><b>${words.safety}:</b> <span lang="en">${idea.safety_notes.join(" ")}</span></div>` : nothing}
      <footer>
        <p><b>${print.sources}:</b> <span lang="en">${idea.background.map((quote) => `[${String(quote.sentence)}] ${quote.text}`).join(" ")}</span></p>
        ${creditLine(idea, this.strings)}
        <p class="soft">${words.draft}</p>
      </footer>
    `;
  }

  static override styles = [
    tokens,
    basics,
    css`
      dialog { border: 0; padding: 1rem; max-width: min(100vw, 222mm); max-height: 100dvh; background: var(--paper); color: inherit; border-radius: var(--radius); }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .bar { padding-bottom: 1rem; }
      .sheet { margin-inline: auto; color-scheme: light; color: #1d1a17; background: #fff; width: ${SHEET.width}mm; max-width: none; padding: 0; font: 12pt/1.4 var(--serif); }
      .sheet > * + * { margin-top: 0.7em; }
      .sheet h2 { font-size: 1.8em; line-height: 1.2; }
      .sheet h3 { font-size: 1.1em; }
      .sheet ol { padding-inline-start: 1.6em; }
      .sheet li + li { margin-top: 0.25em; }
      .sheet .soft { color: #55504a; font-size: 0.9em; }
      .sheet a { color: inherit; text-decoration: none; }
      .sheet a::after { content: " " attr(href); overflow-wrap: anywhere; }
      .where { font-style: italic; }
      .box { border: 1px solid #b9b0a4; border-radius: 6px; padding: 0.5em 0.8em; }
      .safety { border-width: 2px; }
      .sheet h2, .sheet h3 { break-after: avoid; }
      .sheet li, .box, footer { break-inside: avoid; }
      footer { border-top: 1px solid #b9b0a4; padding-top: 0.6em; font-size: 0.82em; }
      footer p + p { margin-top: 0.4em; }
      @media screen {
        dialog { overflow: auto; }
        .sheet { padding: ${FRAME}mm; width: ${SHEET.width + 2 * FRAME}mm; }
      }
      @media print {
        .bar { display: none; }
        dialog { position: static; display: block; overflow: visible; max-width: none; max-height: none; margin: 0; padding: 0; background: none; }
        dialog::backdrop { display: none; }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-print": CraftlorePrint;
  }
}
