/** The ideas of one search: starts their streams, applies what arrives, stops them. A Lit controller, so that the element redraws. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { CraftloreClient } from "../client/api.js";
import type { Card, Draft, Idea, IdeasBody } from "../client/types.js";
import { fail, grow, grown, type Growing, isGrowing, seed } from "./growing.js";

/** Whole ideas, and for each the draft that it is, if any. */
export interface Kept {
  readonly ideas: readonly Idea[];
  readonly drafts?: readonly (Draft | null)[];
}

export class Growth implements ReactiveController {
  panels: readonly Growing[] = [];
  readonly #stops = new Map<string, AbortController>();
  #count = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: () => CraftloreClient,
    private readonly changed: (now: Growing, before: Growing | undefined) => void,
  ) {
    host.addController(this);
  }

  /** An element may be moved, or come back: what has arrived stays, but no model writes for nobody. */
  hostDisconnected(): void {
    this.#stopAll();
    this.panels = this.panels.map((panel) => (isGrowing(panel) ? { ...panel, stage: "stopped" } : panel));
    this.host.requestUpdate();
  }

  get kept(): Kept {
    const whole = this.panels.flatMap(({ idea, draft }) => (idea ? [{ idea, draft }] : []));
    return { ideas: whole.map(({ idea }) => idea), drafts: whole.map(({ draft }) => draft) };
  }

  /** Nothing of an earlier search goes on; `ideas` are those that were kept. */
  clear({ ideas, drafts = [] }: Kept = { ideas: [] }): void {
    this.#stopAll();
    this.panels = ideas.map((idea, index) => grown(this.#next(), idea, drafts[index] ?? null));
    this.host.requestUpdate();
  }

  /** Show an idea that is there already, first of all; a draft that is open already stays as the teacher has it. */
  add(idea: Idea, draft: Draft | null): string {
    const open = draft && this.panels.find((panel) => panel.draft?.id === draft.id);
    if (open) return open.id;
    const panel = grown(this.#next(), idea, draft);
    this.panels = [panel, ...this.panels];
    this.host.requestUpdate();
    return panel.id;
  }

  /** The latest panel of a card's tradition. */
  panelOf(card: Pick<Card, "article_id">): Growing | undefined {
    return this.panels.findLast((panel) => panel.articleId === card.article_id);
  }

  standing(card: Card): "free" | "making" | "made" {
    const panel = this.panelOf(card);
    if (!panel || panel.stage === "stopped" || panel.stage === "failed") return "free";
    return isGrowing(panel) ? "making" : "made";
  }

  /** Start an idea in a panel of its own, or again in the panel `id`; gives the panel's id. */
  start(card: Pick<Card, "article_id" | "title">, body: IdeasBody, id = this.#next()): string {
    const panel = seed(id, card.article_id, card.title);
    this.panels = this.panels.some((other) => other.id === id) ? this.panels.map((other) => (other.id === id ? panel : other)) : [...this.panels, panel];
    void this.#read(id, { ...body, article_id: card.article_id, count: 1 });
    this.host.requestUpdate();
    return id;
  }

  stop(id: string): void {
    this.#stops.get(id)?.abort();
    this.#update(id, (panel) => (isGrowing(panel) ? { ...panel, stage: "stopped" } : panel));
  }

  /** The teacher's own change of an idea. */
  replace(id: string, idea: Idea): void {
    this.#update(id, (panel) => ({ ...panel, idea, fields: idea }));
  }

  /** The idea was saved as this draft, or is now what this draft holds. */
  saved(id: string, draft: Draft): void {
    this.#update(id, (panel) => ({ ...panel, draft }));
  }

  #stopAll(): void {
    for (const stop of this.#stops.values()) stop.abort();
    this.#stops.clear();
  }

  async #read(id: string, body: IdeasBody): Promise<void> {
    const stop = new AbortController();
    this.#stops.set(id, stop);
    try {
      for await (const event of this.client().ideas(body, stop.signal)) this.#update(id, (panel) => grow(panel, event));
    } catch (error) {
      if (!stop.signal.aborted) this.#update(id, (panel) => fail(panel, error));
    } finally {
      if (this.#stops.get(id) === stop) this.#stops.delete(id);
    }
  }

  #update(id: string, change: (panel: Growing) => Growing): void {
    const before = this.panels.find((panel) => panel.id === id);
    if (!before) return; // its search is over
    const now = change(before);
    this.panels = this.panels.map((panel) => (panel === before ? now : panel));
    this.changed(now, before);
    this.host.requestUpdate();
  }

  #next(): string {
    return `idea-${String(++this.#count)}`;
  }
}
