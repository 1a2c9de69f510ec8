/** What needs the real server but no real model: a server process of its own, behind it a model that writes by a rule. */

import { expect, type Page, test } from "@playwright/test";
import { missing, type Running, scripted, serve, slowLine } from "./real/processes.js";

const TEXT = "grade 4, chalk and string, something for the playground";
const LATE = 120_000; // a busy machine

/** A way of studying that its maker has not thought through: the gate takes every idea back that is made by it. */
const CANDLES = `id = "candle-parade"
name = "Candle parade"
product = "candle parade"
kind = "study"
general = true
labels = ["Visual arts"]
techniques = ["parade"]
summary = "Pupils walk past the drawings with candles."
fits = "Everything."
does_not_fit = "Nothing."
minutes = 30
grades = ["3", "4", "5"]
goals = ["Describe a drawing.", "Compare two drawings."]
questions = ["Which drawing did you like, and why?"]
steps = ["Lay out {sheet} and draw on it.", "Light the candles and carry them round.", "Say what you saw."]

[[slots]]
role = "sheet"
what = "to draw on"
options = ["paper"]
amount = "1 sheet for each pupil"
`;

const reason = missing(false);
test.skip(reason !== null && process.env.CRAFTLORE_TEST_REAL !== "1", reason ?? "");
test.describe.configure({ mode: "serial", timeout: 600_000 });

let model: Pick<Running, "url" | "kill"> | undefined;
let server: Running | undefined;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  if (reason) throw new Error(reason);
  model = await scripted();
  server = await serve(model.url, { "candle-parade.toml": CANDLES });
});
test.afterAll(() => {
  server?.kill();
  model?.kill();
});

const home = (): string => server?.url ?? "";
const panel = (page: Page) => page.locator("craftlore-idea").last();

async function ask(page: Page, text: string): Promise<void> {
  const box = page.getByLabel("What would you like to make with your class?");
  await box.fill(text);
  await box.press("Enter");
}

test("an idea that does not pass the gate is taken back, with the reason and a way on", async ({ page }) => {
  await page.goto(home());
  await ask(page, TEXT);
  await expect(page.getByRole("button", { name: "Remove chalk" })).toBeVisible({ timeout: LATE });
  await page.locator("input[name=product]").fill("candle parade");
  await page.locator("input[name=product]").press("Enter");
  await page.getByRole("button", { name: /^(Make an idea from|See the idea|Being written)/ }).first().click({ timeout: LATE });
  await expect(panel(page).getByText("We removed this idea")).toBeVisible({ timeout: LATE });
  await expect(panel(page).getByText("Light the candles")).toHaveCount(0);
  await page.screenshot({ path: "e2e/screenshots/server-withdrawn.png", fullPage: true });
});

test("a slow line that cuts lines and characters in the middle shows the same idea; Back and reload keep it", async ({ page }) => {
  const line = await slowLine(home());
  try {
    await page.goto(line.url);
    await ask(page, "grade 5 kōwhaiwhai, a painted pattern on card with paint");
    await page.getByRole("button", { name: /^(Make an idea from|See the idea|Being written)/ }).first().click({ timeout: LATE });
    await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible({ timeout: LATE });
    const idea = await panel(page).locator("ol.steps").innerText();
    const title = await panel(page).getByRole("heading").first().innerText();
    expect(`${title}${idea}`).not.toContain("\uFFFD");
    await page.reload();
    await expect(panel(page).locator("ol.steps")).toHaveText(idea.replaceAll("\n", ""), { timeout: LATE });
    await ask(page, TEXT);
    await expect(page.getByRole("button", { name: "Remove chalk" })).toBeVisible({ timeout: LATE });
    await page.goBack();
    await expect(panel(page).getByRole("heading").first()).toHaveText(title, { timeout: LATE });
  } finally {
    line.kill();
  }
});

test("a material that is taken away stays away, the last one too", async ({ page }) => {
  await page.goto(home());
  await ask(page, TEXT);
  for (const name of ["chalk", "string"]) {
    await page.getByRole("button", { name: `Remove ${name}` }).click({ timeout: LATE });
    await expect(page.getByRole("button", { name: `Remove ${name}` })).toHaveCount(0);
  }
  await expect(page.getByText(/^no /i)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Grade" })).toHaveValue("4");
  await expect(page.getByRole("button", { name: "Remove chalk" })).toHaveCount(0);
});
