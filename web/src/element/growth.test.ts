import type { ReactiveControllerHost } from "lit";
import { expect, it } from "vitest";
import { found, idea as one } from "../../e2e/fake/data.js";
import { CraftloreClient, type Draft } from "../client/index.js";
import { asked, isGrowing } from "./growing.js";
import { Growth } from "./growth.js";

const host: ReactiveControllerHost = { addController: () => undefined, removeController: () => undefined, requestUpdate: () => undefined, updateComplete: Promise.resolve(true) };
const draft: Draft = { id: "d1", version: 3, idea: one, changed: 0 };
const sona = { article_id: one.article_id, title: one.tradition };

/** Ideas whose streams send one field and then nothing; `stopped` tells how many were given up. */
function growing(): { readonly growth: Growth; readonly stopped: () => number; readonly first: Promise<void> } {
  let stopped = 0;
  let arrived = (): void => undefined;
  const first = new Promise<void>((resolve) => (arrived = resolve));
  const send: typeof fetch = (_, init) => {
    const line = new TextEncoder().encode('{"event":"field","idea":"a","name":"title","value":"One"}\n');
    return Promise.resolve(new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(line);
        init?.signal?.addEventListener("abort", () => { stopped++; controller.error(new DOMException("", "AbortError")); });
      },
    })));
  };
  const client = new CraftloreClient("", { fetch: send });
  return { growth: new Growth(host, () => client, () => arrived()), stopped: () => stopped, first };
}

it("keeps what has arrived when the element leaves the document, and lets no model write on", async () => {
  const { growth, stopped, first } = growing();
  growth.add(one, draft);
  growth.start(sona, { text: "chalk" });
  await first;
  growth.hostDisconnected();
  expect(stopped()).toBe(1);
  expect(growth.panels.map(({ stage }) => stage)).toEqual(["done", "stopped"]);
  expect(growth.panels[1]?.fields).toEqual({ title: "One" });
  expect(growth.panels.some(isGrowing)).toBe(false);
});

it("remembers which draft an idea is, also when it is brought back", () => {
  const { growth } = growing();
  const id = growth.add(one, null);
  growth.saved(id, draft);
  const { ideas, drafts } = growth.kept;
  expect([ideas, drafts]).toEqual([[one], [draft]]);
  growth.clear({ ideas, drafts: drafts ?? [] });
  expect(growth.panels.map((panel) => panel.draft?.version)).toEqual([3]);
  growth.clear({ ideas }); // of an app that knows no drafts
  expect(growth.panels.map((panel) => panel.draft)).toEqual([null]);
});

it("opens a draft once, as the teacher has it by now", () => {
  const { growth } = growing();
  const id = growth.add(one, draft);
  growth.replace(id, { ...one, title: "Mine" });
  expect(growth.add(one, { ...draft, version: 4 })).toBe(id);
  expect(growth.panels.map((panel) => panel.idea?.title)).toEqual(["Mine"]);
});

it("knows what stands beside a card", () => {
  const { growth } = growing();
  const [card] = found.cards;
  if (!card) throw new Error("no card");
  expect(growth.standing(card)).toBe("free");
  const id = growth.start(card, { text: "chalk" });
  expect(growth.standing(card)).toBe("making");
  growth.stop(id);
  expect(growth.standing(card)).toBe("free");
});

it("asks for an idea in the teacher's words, or in those of the tradition where there are none", () => {
  expect(asked({ text: "chalk" }, "Sona", "4")).toEqual({ text: "chalk" });
  expect(asked({ text: "", materials: ["chalk"] }, "Sona", "4")).toEqual({ text: "", materials: ["chalk"] });
  expect(asked({ text: "" }, "Sona", "4")).toEqual({ text: "grade 4, Sona" });
  expect(asked({ text: "" }, "Sona", "K")).toEqual({ text: "kindergarten, Sona" });
  expect(asked({ text: "" }, "Sona", undefined)).toEqual({ text: "Sona" });
});
