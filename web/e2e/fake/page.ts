/** What the tests of the page share: a scripted server, and a page that may ask no other host and write no error. */

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page, test as base } from "@playwright/test";
import { FakeServer } from "./server.js";

export { expect };

export const test = base.extend<{ fake: FakeServer; home: string; hosts: Set<string> }>({
  fake: async ({}, use) => {
    const fake = new FakeServer();
    await use(fake);
    fake.stop();
  },
  home: async ({ fake, page }, use) => {
    const home = await fake.start();
    await page.goto(home);
    await use(home);
  },
  hosts: [
    async ({ page }, use) => {
      const hosts = new Set<string>();
      page.on("request", (request) => hosts.add(new URL(request.url()).host));
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && faults.push(message.text()));
      await use(hosts);
      expect([...hosts].filter((host) => !host.startsWith("127.0.0.1:"))).toEqual([]);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export const TEXT = "grade 4, chalk and string, something for the playground";

export function box(page: Page): Locator {
  return page.getByLabel("What would you like to make with your class?");
}

export function panel(page: Page): Locator {
  return page.locator("craftlore-idea").last();
}

export async function ask(page: Page, text = TEXT): Promise<void> {
  await box(page).fill(text);
  await box(page).press("Enter");
}

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `e2e/screenshots/${name}.png`, fullPage: true, animations: "disabled" });
}

export async function noBarriers(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}
