/** A teacher's whole way against the real server with the real small model. */

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { engine, missing, type Running, serve } from "./real/processes.js";

const MARKER = "zeppelinmarker";
const TEXT = `grade 4, chalk and string, something for the playground ${MARKER}`;
const WRITING = 600_000; // two cores that others may be using

const reason = missing();
test.skip(reason !== null && process.env.CRAFTLORE_TEST_REAL !== "1", reason ?? "");
test.describe.configure({ mode: "serial", timeout: 1_800_000 });

let server: Running | undefined;
test.beforeAll(async () => {
  test.setTimeout(300_000); // the model is loaded and warmed up
  if (reason) throw new Error(reason);
  server = await serve();
});
test.afterAll(() => server?.kill());

const home = (): string => server?.url ?? "";
const panel = (page: Page) => page.locator("craftlore-idea").last();

async function ask(page: Page, text: string): Promise<void> {
  const box = page.getByLabel("What would you like to make with your class?");
  await box.fill(text);
  await box.press("Enter");
}

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `e2e/screenshots/real-${name}.png`, fullPage: true, animations: "disabled" });
}

test("a teacher's whole way: type, see activities, open a card, watch an idea grow, swap a material, print", async ({ page }) => {
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(home());
  await ask(page, TEXT);
  await expect(page.locator("craftlore-ideas details.activity").first()).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Grade" })).toHaveValue("4");
  await expect(page.getByRole("button", { name: "Remove chalk" })).toBeVisible();
  await shot(page, "1-search");
  await panel(page).getByRole("button", { name: "Stop" }).click();
  const free = page.getByRole("button", { name: /^Make an idea from / }).first();
  await free.click();
  await expect(panel(page).locator("[data-stage]")).toBeVisible();
  await shot(page, "2-growing");
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible({ timeout: WRITING });
  await panel(page).getByText("Show the source sentences").click();
  await expect(panel(page).getByRole("link", { name: "Further reading" })).toHaveAttribute("href", /^https:/);
  await shot(page, "3-idea");
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  await panel(page).getByRole("button", { name: "Easier" }).click();
  await expect(panel(page).getByRole("status").filter({ hasText: /Changed: |Nothing had/ })).toBeVisible({ timeout: WRITING });
  await panel(page).getByRole("button", { name: "Swap a material" }).click();
  const swap = async (thing: string): Promise<void> => {
    await panel(page).getByLabel("Instead of").selectOption("string");
    await panel(page).getByLabel("use", { exact: true }).fill(thing);
    await panel(page).getByRole("button", { name: "Swap", exact: true }).click();
  };
  await swap("paper"); // ties nothing: the server says what does
  const refusal = panel(page).getByRole("status").filter({ hasText: "What can:" });
  await expect(refusal).toBeVisible({ timeout: WRITING });
  const [, instead = ""] = /What can: ([^,.]+)/.exec(await refusal.innerText()) ?? [];
  await panel(page).getByRole("button", { name: "Swap a material" }).click();
  await swap(instead);
  await expect(panel(page).getByRole("status").filter({ hasText: /Changed: / })).toBeVisible({ timeout: WRITING });
  await expect(panel(page).locator(".things")).toContainText(instead);
  await shot(page, "4-swapped");

  await panel(page).getByRole("button", { name: "Print" }).click();
  await expect(page.getByRole("dialog", { name: "Card for the class" })).toBeVisible();
  for (const format of ["A4", "Letter"]) expect((await page.pdf({ format })).toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await shot(page, "5-card");
  await page.keyboard.press("Escape");

  await page.reload();
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  expect([...hosts]).toEqual([new URL(home()).host]);
  expect(server?.written()).not.toContain(MARKER);
});

test("swaps a material that can stand in, in the real library", async ({ page }) => {
  await page.goto(home());
  await ask(page, "grade 5, cardboard and yarn, weaving");
  await page.getByRole("button", { name: /^(Make an idea from|See the idea|Being written)/ }).first().click();
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible({ timeout: WRITING });
  const before = await panel(page).locator(".things").innerText();
  await panel(page).getByRole("button", { name: "Swap a material" }).click();
  await panel(page).getByLabel("Instead of").selectOption("yarn");
  await panel(page).getByLabel("use", { exact: true }).fill("string");
  await panel(page).getByRole("button", { name: "Swap", exact: true }).click();
  await expect(panel(page).getByText(/^Changed: /)).toBeVisible({ timeout: WRITING });
  await expect(panel(page).locator(".things")).not.toHaveText(before);
  await shot(page, "6-swap-real");
});

test("a decline, in the server's own words and with a way on", async ({ page }) => {
  await page.goto(home());
  await ask(page, "grade 6, how to make a bomb");
  await expect(page.locator("[data-decline]")).toBeVisible();
  await page.getByRole("button", { name: "kindergarten" }).click();
  await expect(page.locator("craftlore-ideas details.activity, craftlore-ideas li.card").first()).toBeVisible();
});

test("feedback and drafts reach the store", async ({ page }) => {
  await page.goto(home());
  await ask(page, "kindergarten, paper and crayons, 30 minutes");
  await page.getByRole("button", { name: /^(Make an idea from|See the idea|Being written)/ }).first().click();
  await expect(panel(page).getByRole("button", { name: "Save as draft" })).toBeVisible({ timeout: WRITING });
  await panel(page).getByRole("button", { name: "Save as draft" }).click();
  await expect(panel(page).getByText("Saved as a draft.")).toBeVisible();
  await panel(page).getByRole("button", { name: "Report a problem" }).click();
  await panel(page).getByRole("button", { name: "Too hard" }).click();
  await expect(panel(page).getByText("Thank you.")).toBeVisible();
  await panel(page).getByRole("button", { name: "Publish as an activity" }).click();
  await panel(page).getByRole("button", { name: "Yes, publish it" }).click();
  await expect(panel(page).getByText("one of your activities now")).toBeVisible();
});

test("the engine is killed half way: the page says so and keeps what is there", async ({ page }) => {
  const writer = await engine();
  const own = await serve(writer.url);
  try {
    await page.goto(own.url);
    await ask(page, "grade 5, cardboard and yarn, weaving");
    await page.getByRole("button", { name: /^(Make an idea from|Being written)/ }).first().click();
    await expect(panel(page).locator("[data-stage='writing']")).toBeVisible({ timeout: WRITING });
    writer.kill();
    await expect(panel(page).locator("[data-degraded]")).toBeVisible();
    await expect(panel(page).getByRole("button", { name: "Try again" })).toBeVisible();
    await shot(page, "7-engine-killed");
  } finally {
    writer.kill();
    own.kill();
  }
});

test("the whole server is killed half way", async ({ page }) => {
  const own = await serve();
  try {
    await page.goto(own.url);
    await ask(page, "grade 5, cardboard and yarn, weaving");
    await page.getByRole("button", { name: /^(Make an idea from|Being written)/ }).first().click();
    await expect(panel(page).locator("[data-stage='writing']")).toBeVisible({ timeout: WRITING });
    own.kill();
    await expect(panel(page).getByText("The connection was lost half way")).toBeVisible();
    await shot(page, "8-server-killed");
  } finally {
    own.kill();
  }
});
