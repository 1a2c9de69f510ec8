/** Where the focus is, and where it goes when the control that had it goes away. */

import type { LitElement, ReactiveController } from "lit";

/** The element that has the focus, through all shadow roots. */
export function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** When a new drawing takes away what had the focus, `next` gets it: else it would fall back to the top of the page. */
export class KeepFocus implements ReactiveController {
  #had = false;

  constructor(
    private readonly host: LitElement,
    private readonly next: () => HTMLElement | null,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    this.#had = !!this.host.shadowRoot?.activeElement;
  }

  hostUpdated(): void {
    if (this.#had && !this.host.shadowRoot?.activeElement) this.next()?.focus({ preventScroll: true });
  }
}
