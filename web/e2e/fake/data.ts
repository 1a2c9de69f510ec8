/** Answers in the shapes of the API, written by hand, for tests that need every byte of a stream under their control. */

import type { Activity, Card, Idea, IdeaEvent, Material, SearchResult, Understood } from "../../src/client/index.js";

export const understood: Understood = {
  text: "grade 4, chalk and string, something for the playground", grade: "4", materials: ["chalk", "string"], product: null, minutes: null,
  label: "Play and games", region: null, without: [],
};

export const activity: Activity = {
  id: "shadow-clock", title: "A clock of shadows", introduction: "Pupils mark where the shadow of a stick falls, hour by hour.", class_grade: ["3", "4", "5"],
  categories: ["Sky, time and navigation"], learning_goals: ["Read the time from a shadow."], materials: ["chalk", "stick"],
  making_steps: ["Stand the stick upright in the sun.", "Mark the tip of its shadow each hour."], facilitation_tips: ["Begin early in the morning."], minutes: 40,
};

export const cards: readonly Card[] = [
  {
    article_id: "starter:sona", title: "Sona", people: ["Chokwe"], places: ["Angola", "Zambia"], labels: ["Mathematics and patterns"], access: "open", access_reason: null,
    pattern_id: "one-line-drawing", pattern_name: "Drawing round dots in one line", product: "a drawing on the ground", minutes: 40,
    why: "Drawn on the ground round rows of dots, with one line that never lifts.", missing: [],
  },
  {
    article_id: "starter:kolam", title: "Kolam", people: ["Tamil"], places: ["Tamil Nadu", "India"], labels: ["Visual arts"], access: "open", access_reason: null,
    pattern_id: "dot-grid-pattern", pattern_name: "Pattern on a grid of dots", product: "a pattern at the doorstep", minutes: 35,
    why: "Made fresh each morning at the doorstep, on a grid of dots.", missing: ["rulers"],
  },
  {
    article_id: "starter:kowhaiwhai", title: "Kōwhaiwhai", people: ["Māori"], places: ["Aotearoa New Zealand"], labels: ["Visual arts"], access: "study_only",
    access_reason: "The patterns belong to families and meeting houses.", pattern_id: "museum-label", pattern_name: "Museum label", product: "a label", minutes: 30,
    why: "Painted patterns that turn, mirror and repeat.", missing: [],
  },
];

export const idea: Idea = {
  id: "abc123", article_id: "starter:sona", pattern_id: "one-line-drawing", title: "One line round every dot", tradition: "Sona", people: ["Chokwe"], places: ["Angola", "Zambia"],
  grade: "4", labels: ["Mathematics and patterns"], summary: "Pupils draw a grid of dots on the playground and run one unbroken chalk line round all of them, as Chokwe storytellers do in sand.",
  materials_used: ["chalk", "string"], materials_to_find: ["small stones"], tools: ["rulers"], amounts: { chalk: "1 stick for each pupil", string: "2 m for each pair" },
  steps: [
    "Stretch the string and mark five dots along it with chalk, one hand apart.",
    "Move the string one hand down and mark the next row. Make four rows.",
    "Start beside a corner dot. Draw a slanting line between the dots until it meets the edge.",
    "Turn at the edge and go on. Do not lift the chalk.",
    "Stop when the line comes home. Check that every dot has a room of its own.",
  ],
  background: [
    { sentence: 1, text: "Sona are line drawings that are made in sand and go round a grid of dots.", step: null },
    { sentence: 4, text: "The person who draws does not lift the finger before the line is closed.", step: 4 },
  ],
  learning_goals: ["Describe how a line turns at the edge of a grid.", "Predict whether one line is enough for a grid."], question: "Why do some grids need two lines and others only one?", minutes: 40,
  safety_notes: ["Agree on a place away from cars, and wash hands after chalk."], tips: ["Four rows of five dots close with one line."],
  credit: { title: "Sona", source: "Craftlore starter library", url: "https://example.org/wiki/Sona", revision: "8e86b184", licence: "CC BY-SA 4.0" },
  kept_from_pattern: [1, 2], origin: "model", model: { name: "qwen2.5-coder-0.5b", adapter: null, certificate: null },
};

export const found: SearchResult = {
  request_id: "req-1", understood, inferred: ["grade", "materials"], notes: [], activities: [{ activity, score: 0.4, why: "It uses chalk." }],
  decision: { state: "thin", reason: "One activity fits." }, cards, declined: null, verdicts: [], degraded: [], timings: { search: 4 },
};

export const materials: readonly Material[] = ["chalk", "string", "yarn", "rope", "paper", "small stones"].map((name) => ({ name, aliases: [], tool: false }));

const KEY = "i1";
const SHOWN: readonly (keyof Idea)[] = [
  "title", "people", "places", "grade", "minutes", "summary", "materials_used", "materials_to_find", "tools", "amounts", "steps", "learning_goals", "question", "safety_notes", "tips", "background",
];

export function progress(state: "queued" | "reading" | "writing" | "checking", position = 0): IdeaEvent {
  return { event: "progress", idea: KEY, article_id: idea.article_id, state, position, of_ms: null };
}

/** The events that send an idea field by field. */
export function fieldsOf(value: Idea, names: readonly (keyof Idea)[] = SHOWN): IdeaEvent[] {
  return names.map((name) => ({ event: "field", idea: KEY, name, value: value[name] }) as IdeaEvent); // the pair belongs together, which the compiler cannot follow
}

export function ending(value: Idea): IdeaEvent[] {
  return [{ event: "idea", idea: KEY, value }, { event: "done", request_id: "req-2", ideas: 1, timings: {} }];
}

export function withdrawal(field: string | null): IdeaEvent {
  return { event: "withdrawn", idea: KEY, field, rule: "R05-heat", why: "It asks for a candle, which grade 4 may not use." };
}
