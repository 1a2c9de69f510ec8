/** How the page behaves for everybody: on paper, on a phone, by keyboard, in another language, and with hostile text. */

import { cards, ending, fieldsOf, found, idea } from "./fake/data.js";
import { ask, box, expect, noBarriers, panel, shot, test, TEXT } from "./fake/page.js";

for (const format of ["A4", "Letter"] as const) {
  test(`prints one card on one ${format} sheet, a long one too`, async ({ page, fake, home: _ }) => {
    const long = { ...idea, steps: Array.from({ length: 8 }, () => "Fold the paper once more and press the fold flat with a ruler, then turn it over. ".repeat(3)), tips: Array.from({ length: 6 }, () => idea.steps[0] ?? "") };
    fake.script = [...fieldsOf(long), ...ending(long)];
    await ask(page);
    await panel(page).getByRole("button", { name: "Print" }).click();
    await expect(page.getByRole("dialog", { name: "Card for the class" })).toBeVisible();
    await shot(page, "card");
    await noBarriers(page);
    const pdf = (await page.pdf({ format, path: `e2e/screenshots/card-${format}.pdf` })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.keyboard.press("Escape");
    await expect(page.locator("craftlore-print")).toHaveCount(0);
  });
}

test("an idea that was edited to be far too long prints on several sheets, readable and whole", async ({ page, fake, home: _ }) => {
  const long = { ...idea, steps: Array.from({ length: 8 }, (_value, n) => `Step number ${String(n + 1)}. ${"Fold the paper once more and press the fold flat with a ruler, then turn it over. ".repeat(14)}`) };
  fake.script = [...fieldsOf(long), ...ending(long)];
  await ask(page);
  await panel(page).getByRole("button", { name: "Print" }).click();
  await expect(page.getByText("too long for one sheet")).toBeVisible();
  const size = await page.locator("craftlore-print .sheet").evaluate((sheet) => Number.parseFloat(getComputedStyle(sheet).fontSize));
  expect(size).toBeGreaterThanOrEqual((10 * 96) / 72);
  await page.emulateMedia({ media: "print" });
  const height = await page.locator("craftlore-print .sheet").evaluate((sheet) => sheet.scrollHeight);
  const pdf = (await page.pdf({ format: "A4", path: "e2e/screenshots/card-long.pdf" })).toString("latin1");
  const sheets = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  expect(sheets).toBeGreaterThanOrEqual(Math.ceil(height / ((297 - 24) * (96 / 25.4))));
  expect(sheets).toBeLessThanOrEqual(5);
});

test("hostile text stays text", async ({ page, fake, home: _ }) => {
  const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> \u202Egnorw\u202C ${"w".repeat(400)}`;
  const bad = { ...idea, title: evil, summary: evil, steps: [evil, evil, evil], background: [{ sentence: 1, text: evil, step: null }], safety_notes: [evil], credit: { ...idea.credit, title: evil, url: "javascript:document.title='owned'" } };
  const first = found.activities[0];
  fake.search = { ...found, notes: [evil], cards: cards.map((card) => ({ ...card, title: evil, why: evil })), activities: first ? [{ ...first, activity: { ...first.activity, title: evil, introduction: evil } }] : [] };
  fake.script = [...fieldsOf(bad), ...ending(bad)];
  await ask(page, evil);
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  await panel(page).getByRole("button", { name: "Print" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await page.title()).not.toBe("owned");
  expect(await page.locator("img, script:not([src])").count()).toBe(0);
  expect(await page.locator("a[href^='javascript:' i]").count()).toBe(0);
  await page.keyboard.press("Escape");
  for (const width of [1180, 320]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  }
});

test("works on a phone, at 200% zoom, in the dark, and in Spanish", async ({ page, home: _ }) => {
  await ask(page);
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  // a window of 1180 at 200% is one of 590
  for (const [name, width, scheme] of [["phone", 360, "light"], ["zoom-200", 590, "light"], ["dark", 1180, "dark"]] as const) {
    await page.setViewportSize({ width, height: 780 });
    await page.emulateMedia({ colorScheme: scheme });
    await shot(page, name);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), name).toBeLessThanOrEqual(0);
    await noBarriers(page);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByLabel("Language").selectOption("es");
  await expect(page.getByRole("heading", { name: "De sus propias actividades" })).toBeVisible();
  expect(await page.locator("html").getAttribute("lang")).toBe("es");
  await expect(panel(page).getByText("Grado 4 · 40 minutos")).toBeVisible();
  await panel(page).getByRole("button", { name: "Imprimir" }).click();
  for (const place of [panel(page), page.locator("craftlore-print")]) {
    const spoken = (text: string): Promise<string> => place.getByText(text).first().evaluate((element) => {
      for (let at: Element | null = element; at; at = at.parentElement ?? (at.getRootNode() instanceof ShadowRoot ? (at.getRootNode() as ShadowRoot).host : null)) if (at.getAttribute("lang")) return at.getAttribute("lang") ?? "";
      return "";
    });
    expect([await spoken("Qué hacer"), await spoken("Turn at the edge"), await spoken("Un modelo de lenguaje")]).toEqual(["es", "en", "es"]);
  }
  await page.keyboard.press("Escape");
  await shot(page, "spanish");
  await noBarriers(page);
});

test("the keyboard alone is enough, and the order is that of reading", async ({ page, home: _ }) => {
  await box(page).focus();
  await page.keyboard.type(TEXT);
  await page.keyboard.press("Enter");
  await expect(panel(page).getByRole("button", { name: "Print" })).toBeVisible();
  const names: string[] = [];
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute("aria-label") ?? element?.getAttribute("name") ?? element?.textContent?.trim() ?? "";
    }));
  }
  const expected = ["Find ideas", "grade", "minutes", "product", "Remove chalk", "Add a material", "See the idea", "Make an idea from Kolam", "Show the source sentences", "Print", "Swap a material", "Save as draft", "Copy", "Yes"];
  const places = expected.map((name) => names.indexOf(name));
  expect(places, names.join(" | ")).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});
