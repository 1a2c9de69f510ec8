/** The nouns of the API by short names. Their fields come from the server's OpenAPI document: `npm run types`. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** What the server sends has every field, null where there is nothing; the document cannot say so for fields with defaults. */
type Sent<T> = T extends readonly (infer Item)[] ? readonly Sent<Item>[] : T extends object ? { readonly [Name in keyof T]-?: Sent<T[Name]> } : T;

/** What a client sends may leave out everything but the text. */
export type RequestBody = Partial<Schemas["SearchBody"]> & { readonly text: string };
export type IdeasBody = Partial<Schemas["IdeasBody"]> & { readonly text: string };
export type Change = Schemas["RegenerateBody"]["change"];
export type Feedback = Schemas["Feedback"];
export type Grade = NonNullable<Schemas["SearchBody"]["grade"]>;

export type Activity = Sent<Schemas["Activity"]>;
export type Article = Sent<Schemas["ArticleAnswer"]>;
export type Card = Sent<Schemas["Card"]>;
export type Decision = Schemas["Decision"];
export type Disposition = Schemas["Disposition"];
export type Draft = Sent<Schemas["Draft"]>;
export type ErrorDetail = Sent<Schemas["ErrorBody"]>;
export type ErrorCode = ErrorDetail["code"];
export type FoundActivity = Sent<Schemas["FoundActivity"]>;
export type Idea = Sent<Schemas["Idea"]>;
export type Label = Schemas["Label"];
export type Material = Schemas["Material"];
export type Quote = Sent<Schemas["Quote"]>;
export type Regenerated = Sent<Schemas["Regenerated"]>;
export type Rung = Schemas["Rung"];
export type RungName = Schemas["Degraded"]["rung"];
export type SearchResult = Sent<Schemas["SearchAnswer"]>;
export type Section = Sent<Schemas["Section"]>;
export type Stage = Schemas["Progress"]["state"];
export type Understood = Sent<Schemas["Request"]>;
export type Verdict = Sent<Schemas["Verdict"]>;

/** One field of an idea that has passed the gate; its name says what its value is. */
export type FieldEvent = { [Name in keyof Idea]: { readonly event: "field"; readonly idea: string; readonly name: Name; readonly value: Idea[Name] } }[keyof Idea];

/** Everything that `POST /api/ideas` may send, one a line. */
export type IdeaEvent = Exclude<Sent<Schemas["StreamEvent"]>, { readonly event: "field" }> | FieldEvent;
