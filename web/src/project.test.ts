import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { en } from "./strings/en.js";
import { es } from "./strings/es.js";

const WEB = join(import.meta.dirname, "..");
const files = ["src", "e2e", "example"].flatMap((folder) =>
  readdirSync(join(WEB, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith("schema.ts") && !name.endsWith("project.test.ts"))
    .map((name) => join(folder, name)),
);

it.each(files)("%s is short, without `any`, `!` and HTML from text", (file) => {
  const text = readFileSync(join(WEB, file), "utf8");
  expect(text.split("\n").length).toBeLessThanOrEqual(300);
  expect(text).not.toMatch(/(:|as|<|[,|&])\s*any\s*[>,;|&)\]}=[]|\bas any\b|@ts-|unsafeHTML|unsafeSVG|innerHTML|insertAdjacentHTML|document\.write|\beval\(|[\w)\]]!(\.|\[)/);
});

it("locks packages by hash and names no host", () => {
  const lock = readFileSync(join(WEB, "package-lock.json"), "utf8");
  expect(lock).not.toMatch(/:\/\//);
  expect(lock.match(/"integrity": "sha512-/g)?.length).toBeGreaterThan(50);
});

/** A string as it is, or what a function makes of samples. */
function said(value: unknown): string {
  if (typeof value !== "function") return String(value);
  const call = value as (...samples: readonly unknown[]) => string;
  return [["2", "3", "4", "5"], ["Ada", "Sona", "8", "CC0"]].map((samples) => call(...samples)).join(" / ");
}

it("leaves no string in the other language empty or untranslated by mistake", () => {
  const same = (one: object, other: object, path = ""): string[] =>
    Object.entries(one).flatMap(([key, value]: [string, unknown]) => {
      const twin: unknown = (other as Record<string, unknown>)[key];
      if (typeof value === "object" && value !== null && typeof twin === "object" && twin !== null) return same(value, twin, `${path}${key}.`);
      const [text, translated] = [said(value), said(twin)];
      return text === translated || !translated ? [`${path}${key}`] : [];
    });
  // requests are understood in English only, so the examples stay; "No" is "No", and minutes are "min"
  expect(same(en, es)).toEqual(["page.title", "search.placeholder", "search.examples.0", "search.examples.1", "search.examples.2", "criteria.minutesValue", "feedback.notUseful"]);
});
