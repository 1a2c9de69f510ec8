/** An idea outside the page: as plain text, as a file, and which of its addresses may be a link; and grades in words. */

import type { Grade, Idea } from "../client/types.js";
import type { Strings } from "../strings/index.js";
import { focused } from "./focus.js";

export const GRADES: readonly Grade[] = ["K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];

/** The address if it is plain https, else null: text from elsewhere never becomes another kind of link. */
export function httpsUrl(url: string | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  const { protocol, username, password, href } = new URL(url);
  return protocol === "https:" && !username && !password ? href : null;
}

/** A thing with its amount, if one is known. */
export function withAmount(name: string, amounts: Readonly<Record<string, string>> | undefined): string {
  const amount = amounts && Object.hasOwn(amounts, name) ? amounts[name] : undefined;
  return amount ? `${name} (${amount})` : name;
}

/** "Grades 3–5" from single grades; gaps are kept: "Grades K, 5". */
export function gradesOf(grades: readonly string[], { activities, criteria }: Strings): string {
  const name = (grade: string): string => (grade === "K" ? criteria.kindergarten : grade);
  const places = GRADES.flatMap((grade, place) => (grades.includes(grade) ? [place] : []));
  const starts = places.filter((place) => !places.includes(place - 1));
  const ends = places.filter((place) => !places.includes(place + 1));
  const runs = starts.map((start, run) => {
    const [first, last] = [name(GRADES[start] ?? ""), name(GRADES[ends[run] ?? start] ?? "")];
    return first === last ? first : activities.range(first, last);
  });
  return activities.grades(runs.join(", "), places.length > 1);
}

/** The idea as text for a mail or a planner, in the order in which a teacher reads it. */
export function asText(idea: Idea, strings: Strings): string {
  const { idea: words } = strings;
  const things = (names: readonly string[]): string => names.map((name) => withAmount(name, idea.amounts)).join("; ");
  const numbered = (lines: readonly string[]): string => lines.map((line, index) => `${String(index + 1)}. ${line}`).join("\n");
  const part = (heading: string, text: string): string => (text ? `\n${heading}\n${text}\n` : "");
  const { credit } = idea;
  return [
    `${idea.title}\n`,
    `${[idea.tradition, idea.people.join(", "), idea.places.join(", ")].filter(Boolean).join(" · ")}\n${words.meta(idea.grade, idea.minutes)}\n`,
    `\n${idea.summary}\n`,
    part(words.have, things(idea.materials_used)),
    part(words.find, things(idea.materials_to_find)),
    part(words.tools, things(idea.tools)),
    part(words.steps, numbered(idea.steps)),
    part(words.goals, idea.learning_goals.join("\n")),
    part(words.question, idea.question),
    part(words.tips, idea.tips.join("\n")),
    part(words.safety, idea.safety_notes.join("\n")),
    part(strings.print.sources, idea.background.map((quote) => `[${String(quote.sentence)}] ${quote.text}`).join("\n")),
    `\n${words.credit(credit.title, credit.source, credit.revision, credit.licence)} ${credit.url}\n${words.draft}\n`,
  ].join("");
}

/** Copy a text; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // the clipboard is for https and this machine alone; a school's server is often neither
  }
}

function copySelected(text: string): boolean {
  const before = focused();
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  area.style.position = "fixed";
  document.body.append(area);
  try {
    area.select();
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}

/** Offer a value to the person as a JSON file. */
export function saveJson(value: unknown, name: string): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `${fileName(name)}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A title as the name of a file, its letters and their marks as they are. */
export function fileName(title: string): string {
  return title.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60).toLowerCase() || "idea";
}
