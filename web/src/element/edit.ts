/** An idea as a form, in the place where it stood. Sends `edit-done` with the changed idea, or `edit-discard`. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Idea } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { KeepFocus } from "./focus.js";
import { basics, tokens } from "./look.js";

const MOST_STEPS = 8;
const FEWEST_STEPS = 3;

type Texts = Pick<Idea, "title" | "summary" | "steps" | "learning_goals" | "question">;

@customElement("craftlore-idea-edit")
export class CraftloreIdeaEdit extends LitElement {
  @property({ attribute: false }) idea!: Idea;
  @property({ attribute: false }) strings: Strings = en;
  @state() private texts: Texts = { title: "", summary: "", steps: [], learning_goals: [], question: "" };
  #dirty = false;
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector(".add"));

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("idea")) {
      const { title, summary, steps, learning_goals, question } = this.idea;
      this.texts = { title, summary, steps, learning_goals, question };
      this.#dirty = false;
    }
  }

  /** `required` takes spaces for a text. */
  protected override updated(): void {
    for (const field of this.renderRoot.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")) {
      field.setCustomValidity(field.value && !field.value.trim() ? this.strings.edit.blank : "");
    }
  }

  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector("input")?.focus());
  }

  protected override render(): TemplateResult {
    const { edit, actions } = this.strings;
    const { title, summary, steps, learning_goals, question } = this.texts;
    return html`<form @submit=${this.#finish} @keydown=${this.#keys}>
      <label>${edit.title}<input required maxlength="160" .value=${live(title)} @input=${(event: Event) => this.#set({ title: typed(event) })} /></label>
      ${area(edit.summary, summary, (text) => this.#set({ summary: text }))}
      ${steps.map((step, index) => html`<div class="step">
          ${area(edit.step(index + 1), step, (text) => this.#set({ steps: steps.with(index, text) }))}
          ${steps.length > FEWEST_STEPS ? html`<button type="button" class="plain" aria-label=${edit.removeStep(index + 1)} @click=${() => this.#set({ steps: steps.toSpliced(index, 1) })}>×</button>` : nothing}
        </div>`)}
      ${steps.length < MOST_STEPS ? html`<button type="button" class="plain add" @click=${this.#another}>+ ${edit.addStep}</button>` : nothing}
      ${learning_goals.map((goal, index) => area(edit.goal(index + 1), goal, (text) => this.#set({ learning_goals: learning_goals.with(index, text) })))}
      ${area(edit.question, question, (text) => this.#set({ question: text }))}
      <div class="row"><button class="main">${actions.finish}</button><button type="button" @click=${this.#discard}>${actions.discard}</button></div>
    </form>`;
  }

  #set(texts: Partial<Texts>): void {
    this.texts = { ...this.texts, ...texts };
    this.#dirty = true;
  }

  readonly #another = async (): Promise<void> => {
    this.#set({ steps: [...this.texts.steps, ""] });
    await this.updateComplete;
    [...this.renderRoot.querySelectorAll<HTMLElement>(".step textarea")].at(-1)?.focus();
  };

  readonly #finish = (event: Event): void => {
    event.preventDefault();
    const { title, summary, steps, learning_goals, question } = this.texts;
    const trimmed = (texts: readonly string[]): string[] => texts.map((text) => text.trim());
    const detail: Idea = { ...this.idea, title: title.trim(), summary: summary.trim(), steps: trimmed(steps), learning_goals: trimmed(learning_goals), question: question.trim() };
    this.dispatchEvent(new CustomEvent<Idea>("edit-done", { detail }));
  };

  readonly #discard = (): void => {
    this.dispatchEvent(new Event("edit-discard"));
  };

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.isComposing && !this.#dirty) this.#discard(); // work is only thrown away on a click
  };

  static override styles = [
    tokens,
    basics,
    css`
      form, label { grid-template-columns: minmax(0, 1fr); }
      form { display: grid; gap: 0.8rem; }
      label { display: grid; gap: 0.2rem; font-size: 0.92rem; font-weight: 600; color: var(--soft); }
      label input, label textarea { font-weight: 400; font-size: 1rem; color: var(--ink); }
      .step { display: grid; grid-template-columns: 1fr auto; align-items: end; gap: 0.3rem; }
      .step label:only-child { grid-column: 1 / -1; }
      .add { justify-self: start; }
    `,
  ];
}

function area(label: string, text: string, set: (text: string) => void): TemplateResult {
  return html`<label>${label}<textarea required maxlength="1000" rows="2" dir="auto" .value=${live(text)} @input=${(event: Event) => set(typed(event))}></textarea></label>`;
}

function typed(event: Event): string {
  return event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement ? event.target.value : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-idea-edit": CraftloreIdeaEdit;
  }
}
