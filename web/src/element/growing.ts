/** An idea that grows: what the events of one stream make of it. Pure, so that every order of events can be tested. */

import { ApiError, ConnectionLost } from "../client/errors.js";
import type { Draft, ErrorCode, Idea, IdeaEvent, RequestBody, Rung, Stage, Verdict } from "../client/types.js";

/** Why something did not come to an end, in a shape that the strings know. */
export interface Problem {
  readonly kind: Exclude<ErrorCode, "unknown_field" | "conflict"> | "lost" | "lostPartly";
  readonly message: string | null;
  readonly requestId: string | null;
}

export interface Growing {
  /** Of this panel; the server's key is `key`. */
  readonly id: string;
  readonly articleId: string;
  readonly tradition: string;
  readonly key: string | null;
  readonly stage: Stage | "done" | "stopped" | "failed";
  readonly position: number;
  /** Milliseconds that an idea took lately, where the server knows. */
  readonly usual: number | null;
  readonly fields: Partial<Idea>;
  readonly idea: Idea | null;
  readonly withdrawn: readonly { readonly field: string | null; readonly why: string }[];
  readonly degraded: readonly Rung[];
  readonly declined: Verdict | null;
  readonly problem: Problem | null;
  readonly requestId: string | null;
  /** The draft that the idea was opened from or saved as. */
  readonly draft: Draft | null;
}

export function seed(id: string, articleId: string, tradition: string): Growing {
  return {
    id, articleId, tradition, key: null, stage: "queued", position: 0, usual: null, fields: {}, idea: null,
    withdrawn: [], degraded: [], declined: null, problem: null, requestId: null, draft: null,
  };
}

/** A finished idea as a panel, for one that was kept or opened from a draft. */
export function grown(id: string, idea: Idea, draft: Draft | null = null): Growing {
  return { ...seed(id, idea.article_id, idea.tradition), stage: "done", fields: idea, idea, draft };
}

/** True while the server is at work on it. */
export function isGrowing({ stage }: Growing): boolean {
  return stage !== "done" && stage !== "stopped" && stage !== "failed";
}

export function grow(growing: Growing, event: IdeaEvent): Growing {
  switch (event.event) {
    case "understood":
      return { ...growing, requestId: event.request_id };
    case "progress":
      return { ...keyed(growing, event.idea), stage: event.state, position: event.position, usual: event.of_ms ?? growing.usual };
    case "field": {
      const mine = keyed(growing, event.idea);
      return { ...mine, fields: { ...mine.fields, [event.name]: event.value } };
    }
    case "withdrawn":
      return withdraw(growing, event.field, event.why);
    case "idea":
      return { ...growing, key: event.idea, fields: event.value, idea: event.value, tradition: event.value.tradition };
    case "declined":
      return { ...growing, declined: event.verdict };
    case "degraded":
      return { ...growing, degraded: [...growing.degraded, { rung: event.rung, message: event.message }] };
    case "error":
      return fail(growing, new ApiError(event.error.message, event.error.code, 200, event.error.request_id));
    case "done":
      return { ...growing, requestId: event.request_id, stage: growing.idea ? "done" : "failed" };
    case "activities":
    case "sources":
      return growing; // the search has shown them
  }
}

/** The end that an error means; what has arrived stays. */
export function fail(growing: Growing, error: unknown): Growing {
  const partial = Object.keys(growing.fields).length > 0;
  if (growing.idea) return { ...growing, stage: "done" }; // the idea is whole; only the goodbye was lost
  return { ...growing, stage: "failed", problem: problemOf(error, partial) };
}

export function problemOf(error: unknown, partial = false): Problem {
  if (error instanceof ApiError) {
    const kind = error.code === "unknown_field" || error.code === "conflict" ? "bad_request" : error.code;
    return { kind, message: error.message, requestId: error.requestId };
  }
  if (error instanceof ConnectionLost) return { kind: partial ? "lostPartly" : "lost", message: null, requestId: null };
  reportError(error); // a fault of ours: the console should see it, and the teacher should not wait for ever
  return { kind: "internal", message: null, requestId: null };
}

/** The request for an idea; where the teacher has said nothing, as beside a draft that was opened, in the words that its tradition and grade would have. */
export function asked(request: RequestBody, tradition: string, grade: string | undefined): RequestBody {
  if (request.text || request.materials?.length) return request;
  const words = grade === "K" ? ["kindergarten"] : grade ? [`grade ${grade}`] : [];
  return { ...request, text: [...words, tradition].join(", ") };
}

/** A new key replaces an idea that was withdrawn: nothing of the old one may stay. */
function keyed(growing: Growing, key: string): Growing {
  return growing.key === null || growing.key === key ? { ...growing, key } : { ...growing, key, fields: {}, idea: null };
}

function withdraw(growing: Growing, field: string | null, why: string): Growing {
  const withdrawn = [...growing.withdrawn, { field, why }];
  if (field === null) return { ...growing, withdrawn, fields: {}, idea: null };
  const fields: Partial<Idea> = Object.fromEntries(Object.entries(growing.fields).filter(([name]) => name !== field));
  return { ...growing, withdrawn, fields };
}
