import { describe, expect, it } from "vitest";
import { idea } from "../../e2e/fake/data.js";
import { en } from "../strings/index.js";
import { asText, httpsUrl, withAmount } from "./text.js";

describe("httpsUrl", () => {
  it.each([
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "http://example.org", "//example.org",
    "https://user:pass@example.org", "https://", "", "/relative",
  ])("is no link: %j", (url) => expect(httpsUrl(url)).toBeNull());

  it("keeps plain https", () => expect(httpsUrl("https://example.org/wiki/K%C5%8D")).toBe("https://example.org/wiki/K%C5%8D"));
});

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
