/** What a teacher has typed, opened or chosen stays hers: nothing is lost, mistaken for something else, or done twice. */

import type { Page } from "@playwright/test";
import { activity, cards, fieldsOf, found, idea } from "./fake/data.js";
import { ask, box, expect, noBarriers, panel, shot, test, TEXT } from "./fake/page.js";

/** A promise that a test ends. */
function gate(): { readonly waiting: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (open = resolve));
  return { waiting, open: () => open() };
}

async function edit(page: Page, title: string): Promise<void> {
  await panel(page).getByRole("button", { name: "Edit" }).click();
  await panel(page).getByLabel("Title").fill(title);
  await panel(page).getByRole("button", { name: "Done" }).click();
}

test("a source that arrives late stands under no other card", async ({ page, fake, home: _ }) => {
  const down = { ...found, decision: { state: "model_down", reason: "" } as const };
  const late = gate();
  fake.search = down;
  fake.hold.set("GET /api/articles/starter%3Akolam", late.waiting);
  await ask(page);
  const sources = page.locator("craftlore-source");
  for (const place of [0, 1]) {
    await sources.nth(place).locator("summary").click();
    await sources.nth(place).getByRole("button", { name: "Read the whole source" }).click();
  }
  await expect(sources.nth(0).getByText("All about starter:sona.")).toBeVisible();
  fake.search = { ...down, cards: cards.slice(2) };
  await page.getByRole("combobox", { name: "Grade" }).selectOption("2");
  await expect(sources).toHaveCount(1);
  late.open();
  await sources.locator("summary").click();
  await sources.getByRole("button", { name: "Read the whole source" }).click();
  await expect(page.getByText("All about")).toHaveText(/starter:kowhaiwhai/);
});

test("what is saved and published is what stands on the screen", async ({ page, fake, home: _ }) => {
  await ask(page);
  await panel(page).getByRole("button", { name: "Edit" }).click();
  await expect(panel(page).getByRole("button", { name: "Save as draft" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(panel(page).getByRole("button", { name: "Edit" })).toBeFocused();
  await panel(page).getByRole("button", { name: "Save as draft" }).click();
  await expect(panel(page).getByRole("button", { name: "Publish as an activity" })).toBeFocused();
  await panel(page).getByRole("button", { name: "Publish as an activity" }).click();
  await expect(panel(page).getByText("Everyone who uses this server")).toBeVisible();
  fake.regenerated = { ...fake.regenerated, idea: { ...idea, title: "Easier now" }, changed: ["title"] };
  await panel(page).getByRole("button", { name: "Easier" }).click();
  await expect(panel(page).getByText("Changed: title.")).toBeVisible();
  await expect(panel(page).getByText("Everyone who uses this server")).toHaveCount(0);
  await panel(page).getByRole("button", { name: "Save changes" }).click();
  await expect.poll(() => fake.drafts[0]?.idea.title).toBe("Easier now");
});

test("the editor gives nothing up for a key, and takes no spaces for a text", async ({ page, home: _ }) => {
  await ask(page);
  await panel(page).getByRole("button", { name: "Edit" }).click();
  await panel(page).getByLabel("Title").fill("   ");
  await page.keyboard.press("Escape");
  await panel(page).getByRole("button", { name: "Done" }).click();
  await expect(panel(page).getByLabel("Title")).toBeVisible();
  await page.evaluate(() => {
    document.title = "0";
    addEventListener("craftlore-change", () => (document.title = String(Number(document.title) + 1)));
  });
  await panel(page).getByLabel("Title").fill("  Mine ");
  await panel(page).getByRole("button", { name: "Done" }).click();
  await expect(panel(page).getByRole("heading", { name: "Mine", exact: true })).toBeFocused();
  await expect(page).toHaveTitle("1");
});

test("words that are being typed are searched with, and no old results stand under them", async ({ page, fake, home: _ }) => {
  const searches = () => fake.bodies.filter(({ path }) => path === "/api/search").map(({ body }) => body);
  await ask(page);
  await expect(page.getByText("A clock of shadows")).toBeVisible();
  await box(page).fill("paper and glue");
  await page.getByRole("combobox", { name: "Grade" }).selectOption("2");
  await expect.poll(() => searches().at(-1)).toEqual({ text: "paper and glue", grade: "2" });
  await expect(box(page)).toHaveValue("paper and glue");
  const slow = gate();
  fake.hold.set("POST /api/search", slow.waiting);
  await ask(page, "yarn");
  await expect.poll(() => searches().at(-1)).toEqual({ text: "yarn" });
  await expect(page.getByText("A clock of shadows")).toHaveCount(0);
  await ask(page, "yarn and card");
  await expect.poll(() => searches().at(-1)).toEqual({ text: "yarn and card" });
  slow.open();
  await expect(page.getByText("A clock of shadows")).toBeVisible();
  await expect(box(page)).toHaveValue("yarn and card");
});

test("a refused save or publication says what is wrong and what to do", async ({ page, fake, home: _ }) => {
  await ask(page);
  await panel(page).getByRole("button", { name: "Save as draft" }).click();
  fake.refuse.set("POST /api/drafts/d1/publish", { status: 503, code: "unavailable" });
  await panel(page).getByRole("button", { name: "Publish as an activity" }).click();
  await panel(page).getByRole("button", { name: "Yes, publish it" }).click();
  await expect(panel(page).getByText("could not be published just now")).toBeVisible();
  fake.refuse.set("POST /api/drafts/d1/publish", { status: 403, code: "forbidden" });
  await panel(page).getByRole("button", { name: "Publish as an activity" }).click();
  await panel(page).getByRole("button", { name: "Yes, publish it" }).click();
  await expect(panel(page).getByText("Publishing is not open to everybody")).toBeVisible();
  await expect(panel(page).getByRole("button", { name: "Publish as an activity" })).toHaveCount(0);
  fake.refuse.set("PUT /api/drafts/d1", { status: 404, code: "not_found" });
  await edit(page, "Mine");
  await panel(page).getByRole("button", { name: "Save changes" }).click();
  await expect(panel(page).getByText("removed somewhere else")).toBeVisible();
  await shot(page, "draft-gone");
  await noBarriers(page);
  await panel(page).getByRole("button", { name: "Keep mine as a new draft" }).click();
  await expect(panel(page).getByText("Saved as a draft.")).toBeVisible();
  expect(fake.drafts.map((draft) => draft.idea.title)).toEqual([idea.title, "Mine"]);
});

test("a draft opens once, outlives a reload, leads to another idea, and goes only when asked twice", async ({ page, fake, home: _ }) => {
  fake.drafts = [{ id: "d1", version: 1, idea, changed: 0 }];
  for (let times = 0; times < 2; times++) {
    await page.getByRole("button", { name: "Saved drafts" }).click();
    await page.getByRole("button", { name: `Open ${idea.title}` }).click();
    await expect(panel(page).getByRole("heading", { name: idea.title })).toBeFocused();
  }
  await expect(page.locator("craftlore-idea")).toHaveCount(1);
  await page.reload();
  await expect(panel(page).getByRole("button", { name: "Publish as an activity" })).toBeVisible();
  await expect(panel(page).getByRole("button", { name: /^Save (as draft|changes)/ })).toHaveCount(0);
  await panel(page).getByRole("button", { name: "Another idea" }).click();
  await expect.poll(() => fake.bodies.find(({ path }) => path === "/api/ideas")?.body).toMatchObject({ text: "grade 4, Sona", article_id: idea.article_id });
  await page.getByRole("button", { name: "Saved drafts" }).click();
  await page.getByRole("button", { name: `Remove ${idea.title}` }).click();
  await expect(page.getByRole("button", { name: "Yes, remove it" })).toBeFocused();
  await shot(page, "drafts");
  expect(fake.drafts).toHaveLength(1);
  await page.getByRole("button", { name: "Yes, remove it" }).click();
  await expect(page.getByText("Nothing saved yet.")).toBeVisible();
  expect(fake.drafts).toHaveLength(0);
});

test("the focus stays near where a control was", async ({ page, fake, home: _ }) => {
  const many = Array.from({ length: 6 }, (_value, n) => ({ activity: { ...activity, id: `a${String(n)}`, title: `Activity ${String(n)}` }, score: 0.4, why: "" }));
  fake.search = { ...found, activities: many, understood: { ...found.understood, materials: ["chalk"] } };
  fake.script = [...fieldsOf(idea, ["title"]), new Promise(() => undefined)];
  await ask(page);
  await page.getByRole("button", { name: "Show 3 more activities" }).click();
  await expect(page.locator("summary", { hasText: "Activity 3" })).toBeFocused();
  await expect(panel(page).getByRole("heading", { name: idea.title })).toBeVisible();
  await panel(page).getByRole("button", { name: "Stop" }).click();
  await expect(panel(page).getByRole("heading", { name: idea.title })).toBeFocused();
  fake.search = { ...fake.search, understood: { ...found.understood, materials: [] } };
  await page.getByRole("button", { name: "Remove chalk" }).click();
  await expect(page.getByLabel("Add a material")).toBeFocused();
  await box(page).fill(" ");
  await page.getByRole("button", { name: "Find ideas" }).click();
  await expect(page.getByText("Write a few words first")).toBeVisible();
  await expect(box(page)).toBeFocused();
  await noBarriers(page);
});

test("an element that is moved keeps what has arrived and stops its model", async ({ page, fake, home: _ }) => {
  fake.script = [...fieldsOf(idea, ["title", "summary"]), new Promise(() => undefined)];
  await ask(page);
  await expect(panel(page).getByText(idea.summary)).toBeVisible();
  await page.evaluate(() => {
    const own = document.querySelector("craftlore-page");
    own?.remove();
    if (own) document.body.append(own);
  });
  await expect(panel(page).getByText("Stopped.")).toBeVisible();
  await expect(panel(page).getByText(idea.summary)).toBeVisible();
});

test("copies where the browser has no clipboard for the page, and answers feedback once", async ({ page, fake, home: _ }) => {
  await ask(page, TEXT);
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await panel(page).getByRole("button", { name: "Copy" }).click();
  await expect(panel(page).getByText("Copied.")).toBeVisible();
  await expect(panel(page).getByRole("button", { name: "Copy" })).toBeFocused();
  const answers = () => fake.bodies.filter(({ path }) => path === "/api/feedback").length;
  fake.refuse.set("POST /api/feedback", { status: 503, code: "unavailable" });
  await panel(page).getByRole("button", { name: "Yes", exact: true }).click();
  await expect(panel(page).getByText("Your answer could not be sent.")).toBeVisible();
  fake.refuse.clear();
  await panel(page).getByRole("button", { name: "Yes", exact: true }).dblclick();
  await expect(panel(page).getByText("Thank you.")).toBeFocused();
  expect(answers()).toBe(2);
});
