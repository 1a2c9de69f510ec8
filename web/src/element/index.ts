/** Registers <craftlore-ideas> and its parts. */

export { CraftloreIdeas, type ChosenIdea, type Snapshot } from "./ideas.js";
export type { Taken } from "./idea.js";
