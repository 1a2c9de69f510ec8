/** The teacher's way through the page, against a server whose every byte the test decides. */

import { ending, fieldsOf, found, idea, progress, understood, withdrawal } from "./fake/data.js";
import { ask, box, expect, noBarriers, panel, shot, test, TEXT } from "./fake/page.js";

test("shows own activities, then cards, then an idea that grows field by field", async ({ page, fake, home }) => {
  let more = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (more = resolve));
  fake.script = [progress("queued", 2), progress("writing"), ...fieldsOf(idea, ["title", "summary"]), waiting, ...fieldsOf(idea), ...ending(idea)];
  await shot(page, "1-first");
  await noBarriers(page);
  await ask(page);
  await expect(panel(page).getByRole("heading", { name: idea.title })).toBeVisible();
  await expect(panel(page).getByText("Writing", { exact: true })).toBeVisible();
  await expect(panel(page).getByText(idea.question)).toHaveCount(0);
  await shot(page, "2-growing");
  await noBarriers(page);
  more();
  await expect(panel(page).getByText(idea.question)).toBeVisible();
  const order = await page.locator("craftlore-ideas h2:visible").allInnerTexts();
  expect(order.slice(0, 3)).toEqual(["From your own activities", "Traditions an idea could grow from", "New ideas"]);
  await panel(page).getByText("Show the source sentences").click();
  await expect(panel(page).getByText("does not lift the finger")).toBeVisible();
  await panel(page).getByRole("button", { name: "Read the whole source" }).click();
  await expect(panel(page).getByText("Second.")).toBeVisible();
  await shot(page, "3-idea");
  await noBarriers(page);
  expect(fake.addresses.every((address) => !decodeURIComponent(address).includes("chalk")), home).toBe(true);
});

test("starts no idea unasked when the own activities are enough", async ({ page, fake, home: _ }) => {
  fake.search = { ...found, decision: { state: "enough", reason: "Three fit." } };
  await ask(page);
  await expect(page.getByText("already cover this")).toBeVisible();
  expect(fake.bodies.some(({ path }) => path === "/api/ideas")).toBe(false);
  await page.getByRole("button", { name: "Make an idea from Kolam" }).click();
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  expect(fake.bodies.find(({ path }) => path === "/api/ideas")?.body).toMatchObject({ text: TEXT, article_id: "starter:kolam", count: 1 });
});

test("criteria are chips that change the search", async ({ page, fake, home: _ }) => {
  await ask(page);
  await page.getByRole("combobox", { name: "Grade" }).selectOption("2");
  await expect.poll(() => fake.bodies.filter(({ path }) => path === "/api/search").at(-1)?.body).toEqual({ text: TEXT, grade: "2" });
  await page.getByRole("button", { name: "Remove chalk" }).click();
  await expect.poll(() => fake.bodies.filter(({ path }) => path === "/api/search").at(-1)?.body).toEqual({ text: TEXT, grade: "2", materials: ["string"] });
  await page.getByLabel("Add a material").fill("yarn");
  await page.getByLabel("Add a material").press("Enter");
  await expect.poll(() => fake.bodies.filter(({ path }) => path === "/api/search").at(-1)?.body.materials).toEqual(["chalk", "string", "yarn"]);
  fake.search = { ...found, understood: { ...understood, materials: ["chalk"] } };
  await ask(page);
  await page.getByRole("button", { name: "Remove chalk" }).click();
  await expect.poll(() => fake.bodies.filter(({ path }) => path === "/api/search").at(-1)?.body).toEqual({ text: TEXT, materials: [] });
});

test("swaps a material, says what changed, and undoes it", async ({ page, fake, home: _ }) => {
  fake.regenerated = { idea: { ...idea, materials_used: ["chalk", "rope"], steps: idea.steps.with(0, "Stretch the rope.") }, changed: ["materials_used", "steps"], verdicts: [], degraded: [] };
  await ask(page);
  await panel(page).getByRole("button", { name: "Swap a material" }).click();
  await panel(page).getByLabel("Instead of").selectOption("string");
  await panel(page).getByLabel("use", { exact: true }).fill("rope");
  await panel(page).getByRole("button", { name: "Swap", exact: true }).click();
  await expect(panel(page).getByText("Changed: materials, steps.")).toBeVisible();
  await expect(panel(page).getByText("Stretch the rope.")).toBeVisible();
  expect(fake.bodies.at(-1)?.body).toMatchObject({ change: { kind: "material", from: "string", to: "rope" }, request: { text: TEXT } });
  await noBarriers(page);
  await panel(page).getByRole("button", { name: "Undo" }).click();
  await expect(panel(page).getByText("Stretch the string and mark")).toBeVisible();
});

test("edits in place, saves a draft, and settles two tabs that edit the same one", async ({ page, fake, home, context }) => {
  await ask(page);
  await panel(page).getByRole("button", { name: "Edit" }).click();
  await expect(panel(page).getByLabel("Title")).toBeFocused();
  await noBarriers(page);
  await panel(page).getByLabel("Title").fill("Dots at break time");
  await panel(page).getByRole("button", { name: "Remove step 5" }).click();
  await panel(page).getByRole("button", { name: "Done" }).click();
  await panel(page).getByRole("button", { name: "Save as draft" }).click();
  await expect(panel(page).getByText("Saved as a draft.")).toBeVisible();
  expect(fake.drafts[0]?.idea).toMatchObject({ title: "Dots at break time", steps: idea.steps.slice(0, 4) });

  const other = await context.newPage();
  await other.goto(home);
  await other.getByRole("button", { name: "Saved drafts" }).click();
  await other.getByRole("button", { name: "Open Dots at break time" }).click();
  for (const [tab, title] of [[other, "From the other tab"], [page, "From this tab"]] as const) {
    await tab.locator("craftlore-idea").getByRole("button", { name: "Edit" }).click();
    await tab.locator("craftlore-idea").getByLabel("Title").fill(title);
    await tab.locator("craftlore-idea").getByRole("button", { name: "Done" }).click();
    await tab.locator("craftlore-idea").getByRole("button", { name: "Save changes" }).click();
  }
  await expect(panel(page).getByText("changed somewhere else")).toBeVisible();
  await panel(page).getByRole("button", { name: "Show the other version" }).click();
  await expect(panel(page).getByRole("heading", { name: "From the other tab" })).toBeVisible();
  await panel(page).getByRole("button", { name: "Publish as an activity" }).click();
  await panel(page).getByRole("button", { name: "Yes, publish it" }).click();
  await expect(panel(page).getByText("one of your activities now")).toBeVisible();
});

for (const [what, changed, heading] of [
  ["a refusal", { disposition: "refuse", why: "Projects here need no blades." }, "We cannot help with this one"],
  ["distress", { disposition: "support", why: "Please talk to somebody you trust." }, "This matters more"],
] as const) {
  test(`declines in friendly words: ${what}`, async ({ page, fake, home: _ }) => {
    fake.search = { ...found, activities: [], cards: [], decision: { state: "unsafe", reason: "" }, declined: { rule: "R1", changed: null, ...changed } };
    await ask(page);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expect(page.locator("craftlore-ideas").getByText(changed.why).last()).toBeVisible();
    expect(await page.getByRole("button", { name: "kindergarten" }).count()).toBe(changed.disposition === "refuse" ? 1 : 0);
    await shot(page, `decline-${changed.disposition}`);
    await noBarriers(page);
  });
}

test("takes a withdrawn field back, and leaves nothing of a withdrawn idea", async ({ page, fake, home: _ }) => {
  let more = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (more = resolve));
  fake.script = [...fieldsOf(idea, ["title", "summary"]), withdrawal("summary"), waiting, withdrawal(null), { event: "done", request_id: "r", ideas: 0, timings: {} }];
  await ask(page);
  await expect(panel(page).getByText("We removed one part (summary)")).toBeVisible();
  await expect(panel(page).getByText(idea.summary)).toHaveCount(0);
  await shot(page, "withdrawn");
  more();
  await expect(panel(page).getByText("We removed this idea")).toBeVisible();
  await expect(panel(page).getByText(idea.title)).toHaveCount(0);
});

test("reads a slow stream that is cut in the middle of lines and characters", async ({ page, fake, home: _ }) => {
  const odd = { ...idea, title: "Kōwhaiwhai 🪁 à la craie" };
  const bytes = new TextEncoder().encode([...fieldsOf(odd), ...ending(odd)].map((event) => `${JSON.stringify(event)}\n`).join(""));
  fake.script = Array.from({ length: Math.ceil(bytes.length / 97) }, (_value, index) => [bytes.slice(index * 97, (index + 1) * 97), 5]).flat();
  await ask(page);
  await expect(panel(page).getByRole("heading", { name: odd.title })).toBeVisible();
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
});

test("keeps what has arrived when the stream breaks off, and tries again on a click", async ({ page, fake, home: _ }) => {
  const whole = fake.script;
  let tear = (): void => undefined;
  fake.script = [...fieldsOf(idea, ["title", "summary"]), new Promise<void>((resolve) => (tear = resolve)), "break"];
  await ask(page);
  await expect(panel(page).getByText(idea.summary)).toBeVisible();
  tear();
  await expect(panel(page).getByText("The connection was lost half way")).toBeVisible();
  await expect(panel(page).getByText(idea.summary)).toBeVisible();
  await shot(page, "broken-off");
  await noBarriers(page);
  fake.script = whole;
  await panel(page).getByRole("button", { name: "Try again" }).click();
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
});

test("works with less: no encoder, no model; sources stay readable", async ({ page, fake, home: _ }) => {
  fake.search = { ...found, decision: { state: "model_down", reason: "" }, degraded: [{ rung: "no_encoder", message: "m" }, { rung: "no_model", message: "m" }, { rung: "brand_new", message: "Something else." }] };
  await ask(page);
  await expect(page.getByText("New ideas cannot be written just now.")).toBeVisible();
  await expect(page.getByText("Something else.")).toBeVisible();
  expect(await page.getByRole("button", { name: "Make an idea" }).count()).toBe(0);
  await page.getByText("Read the whole source").first().click();
  await shot(page, "degraded");
  await noBarriers(page);
});

test("a busy server gets a friendly word, a reference and a way on", async ({ page, fake, home: _ }) => {
  fake.refuse.set("POST /api/search", { status: 429, code: "rate_limited", id: "r-77" });
  await ask(page);
  await expect(page.getByText("Too many requests at once")).toBeVisible();
  await expect(page.getByText("r-77")).toBeVisible();
  fake.refuse.clear();
  const steps = await page.evaluate(() => history.length);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("A clock of shadows")).toBeVisible();
  expect(await page.evaluate(() => history.length)).toBe(steps);
});

test("Back and reload keep the request and the idea, and the address never tells it", async ({ page, fake, home: _ }) => {
  await ask(page);
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  const asked = () => fake.bodies.filter(({ path }) => path === "/api/ideas").length;
  await page.reload();
  await expect(box(page)).toHaveValue(TEXT);
  await expect(panel(page).getByRole("heading", { name: idea.title })).toBeVisible();
  expect(asked()).toBe(1);
  fake.search = { ...found, understood: { ...understood, text: "paper" } };
  await ask(page, "paper");
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  await page.goBack();
  await expect(box(page)).toHaveValue(TEXT);
  await page.goBack();
  await expect(box(page)).toHaveValue("");
  expect(new URL(page.url()).pathname + new URL(page.url()).search + new URL(page.url()).hash).toBe("/");
});
