import { describe, expect, it } from "vitest";
import { idea } from "../../e2e/fake/data.js";
import { en } from "../strings/index.js";
import { es } from "../strings/es.js";
import { asText, fileName, gradesOf, httpsUrl, withAmount } from "./text.js";

describe("httpsUrl", () => {
  it.each([
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "http://example.org", "//example.org",
    "https://user:pass@example.org", "https://", "", "/relative",
  ])("is no link: %j", (url) => expect(httpsUrl(url)).toBeNull());

  it("keeps plain https", () => expect(httpsUrl("https://example.org/wiki/K%C5%8D")).toBe("https://example.org/wiki/K%C5%8D"));
});

it.each([
  [["3"], "Grade 3", "Grado 3"],
  [["K"], "Grade K", "Kínder"],
  [["5", "3", "4"], "Grades 3–5", "Grados 3 a 5"],
  [["K", "5"], "Grades K, 5", "Kínder, 5"],
  [["K", "1", "2", "6", "9", "10"], "Grades K–2, 6, 9–10", "Kínder a 2, 6, 9 a 10"],
])("says grades with their gaps: %j", (grades, english, spanish) => expect([gradesOf(grades, en), gradesOf(grades, es)]).toEqual([english, spanish]));

it.each([
  ["One line, round every dot!", "one-line-round-every-dot"], ["Kōwhaiwhai à la craie", "kōwhaiwhai-à-la-craie"], ["हिन्दी कोलम", "हिन्दी-कोलम"], ["?!", "idea"],
])("makes a file's name of %j with its letters as they are", (title, name) => expect(fileName(title)).toBe(name));

it("looks amounts up among own names only", () => {
  expect(withAmount("chalk", { chalk: "1 stick" })).toBe("chalk (1 stick)");
  expect(withAmount("constructor", {})).toBe("constructor");
});

it("says everything in plain text that a colleague needs, credit and draft notice too", () => {
  const text = asText(idea, en);
  for (const part of [idea.title, "chalk (1 stick for each pupil)", "5. Stop when", "[4] The person", idea.credit.url, idea.credit.licence, idea.safety_notes[0] ?? "", en.idea.draft]) {
    expect(text).toContain(part);
  }
});
