/** The package as npm would ship it, used by the example app from the outside. */

import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { idea } from "./fake/data.js";
import { FakeServer } from "./fake/server.js";

const WEB = join(import.meta.dirname, "..");

test("npm pack, install, type-check and build the example, then use it", async ({ page }) => {
  test.setTimeout(180_000);
  const app = mkdtempSync(join(tmpdir(), "craftlore-app-"));
  try {
    execFileSync("npm", ["pack", "--silent", "--pack-destination", app], { cwd: WEB });
    const installed = join(app, "node_modules/craftlore-ideas");
    mkdirSync(installed, { recursive: true });
    const [tarball] = readdirSync(app).filter((name) => name.endsWith(".tgz"));
    execFileSync("tar", ["-xzf", join(app, tarball ?? ""), "-C", installed, "--strip-components=1"]);
    const shipped = readdirSync(installed).sort();
    expect(shipped).toEqual(["README.md", "dist", "openapi.json", "package.json"]);
    expect(JSON.stringify(readdirSync(installed, { recursive: true }))).not.toContain(".test.");
    for (const name of ["lit", "@lit", "lit-element", "lit-html"]) symlinkSync(join(WEB, "node_modules", name), join(app, "node_modules", name));
    cpSync(join(WEB, "example"), app, { recursive: true });
    writeFileSync(join(app, "tsconfig.json"), readFileSync(join(WEB, "tsconfig.json"), "utf8").replace(/"types": \[.*?\]/, '"types": []').replace(/"include": \[.*?\]/, '"files": ["app.ts"]').replace('"skipLibCheck": true', '"skipLibCheck": false'));
    execFileSync(join(WEB, "node_modules/.bin/tsc"), ["--noEmit", "-p", app], { stdio: "pipe" });
    await build({ root: app, logLevel: "silent", configFile: false });

    const fake = new FakeServer(join(app, "dist"));
    try {
      await page.goto(await fake.start());
      await expect(page).toHaveTitle("My activity app: 6 materials known");
      await page.getByLabel("What would you like to make").fill("chalk");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("button", { name: "Save as draft" })).toBeVisible();
      // the example sets no color-scheme, so it stays light; an app may be dark on a light machine
      for (const [machine, host] of [["dark", "normal"], ["light", "dark"], ["dark", "light"]] as const) {
        await page.emulateMedia({ colorScheme: machine });
        await page.evaluate((scheme) => Object.assign(document.documentElement.style, { colorScheme: scheme, background: "Canvas" }), host); // axe takes a page without a background for white
        const { violations } = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), `${host} on ${machine}`).toEqual([]);
      }
      await page.getByRole("button", { name: "Save as draft" }).click();
      await expect(page.locator("#plan li")).toHaveText(`${idea.title} (saved)`);
      expect(fake.bodies.find(({ path }) => path === "/api/search")?.body).toMatchObject({ text: "chalk", grade: "4" });
    } finally {
      fake.stop();
    }
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
});
