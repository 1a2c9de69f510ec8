/** Three small buttons; a reason is chosen from a list, never written. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CraftloreClient } from "../client/api.js";
import type { Feedback } from "../client/types.js";
import { en, type Strings } from "../strings/index.js";
import { KeepFocus } from "./focus.js";
import { basics, tokens } from "./look.js";

@customElement("craftlore-feedback")
export class CraftloreFeedback extends LitElement {
  @property({ attribute: false }) client: CraftloreClient | null = null;
  @property({ attribute: false }) strings: Strings = en;
  @property({ attribute: false }) about: Omit<Feedback, "verdict" | "reason"> = {};
  @state() private situation: "open" | "asking" | "sent" | "failed" = "open";
  #sending = false;
  protected readonly keepFocus = new KeepFocus(this, () => this.renderRoot.querySelector("button, p"));

  protected override render(): TemplateResult {
    const { feedback: words } = this.strings;
    const said = { open: "", asking: "", sent: words.thanks, failed: words.failed }[this.situation];
    return html`${this.situation === "sent" ? nothing : this.#buttons(words)}<p class="small soft" role="status" tabindex="-1">${said}</p>`;
  }

  #buttons(words: Strings["feedback"]): TemplateResult {
    if (this.situation === "asking") {
      return html`<div class="row small" role="group" aria-label=${words.why}>
        <span class="soft">${words.why}</span>
        ${reasons(words.reasons).map(([reason, label]) => html`<button @click=${() => this.#send({ verdict: "problem", reason })}>${label}</button>`)}
      </div>`;
    }
    return html`<div class="row small" role="group" aria-label=${words.ask}>
      <span class="soft">${words.ask}</span>
      <button class="plain" @click=${() => this.#send({ verdict: "useful" })}>${words.useful}</button>
      <button class="plain" @click=${() => this.#send({ verdict: "not_useful" })}>${words.notUseful}</button>
      <button class="plain" @click=${() => (this.situation = "asking")}>${words.problem}</button>
    </div>`;
  }

  async #send(answer: Pick<Feedback, "verdict" | "reason">): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      await this.client?.feedback({ ...this.about, ...answer });
      this.situation = "sent";
    } catch {
      this.situation = "failed"; // said in the panel, where the buttons are still there
    } finally {
      this.#sending = false;
    }
  }

  static override styles = [tokens, basics];
}

type Reasons = Strings["feedback"]["reasons"];

function reasons(words: Reasons): (readonly [keyof Reasons, string])[] {
  return (Object.keys(words) as (keyof Reasons)[]).map((reason) => [reason, words[reason]]);
}

declare global {
  interface HTMLElementTagNameMap {
    "craftlore-feedback": CraftloreFeedback;
  }
}
