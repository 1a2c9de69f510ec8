import { describe, expect, it, vi } from "vitest";
import { ApiError, ConnectionLost, type Idea, type IdeaEvent, type Stage } from "../client/index.js";
import { fail, grow, type Growing, isGrowing, seed } from "./growing.js";

const from = (...events: readonly IdeaEvent[]): Growing => events.reduce(grow, seed("p1", "starter:sona", "Sona"));
const field = (idea: string, name: "title" | "summary", value: string): IdeaEvent => ({ event: "field", idea, name, value });
const progress = (state: Stage, position = 0): IdeaEvent => ({ event: "progress", idea: "a", article_id: "starter:sona", state, position, of_ms: null });
const writing = progress("writing");
const done: IdeaEvent = { event: "done", request_id: "r", ideas: 1, timings: {} };
const withdrawn = (name: string | null): IdeaEvent => ({ event: "withdrawn", idea: "a", field: name, rule: "R1", why: "It names a blade." });

describe("grow", () => {
  it("shows the place in the queue, then each field; a later field replaces", () => {
    const growing = from(progress("queued", 3), writing, field("a", "title", "One"), field("a", "title", "Two"));
    expect(growing).toMatchObject({ stage: "writing", position: 0, fields: { title: "Two" } });
    expect(isGrowing(growing)).toBe(true);
  });

  it("takes a withdrawn field away and remembers why", () => {
    const growing = from(field("a", "title", "One"), field("a", "summary", "Two."), withdrawn("summary"));
    expect(growing.fields).toEqual({ title: "One" });
    expect(growing.withdrawn).toEqual([{ field: "summary", why: "It names a blade." }]);
  });

  it("leaves nothing of a withdrawn idea in its replacement, announced or not", () => {
    expect(from(field("a", "title", "One"), withdrawn(null)).fields).toEqual({});
    expect(from(field("a", "title", "One"), field("b", "summary", "Two.")).fields).toEqual({ summary: "Two." });
  });

  it("is not done without an idea", () => {
    expect(from(writing, done).stage).toBe("failed");
  });

  it("keeps what has arrived when the connection goes", () => {
    const growing = fail(from(field("a", "title", "One")), new ConnectionLost("gone", true));
    expect(growing).toMatchObject({ stage: "failed", fields: { title: "One" }, problem: { kind: "lostPartly" } });
  });

  it("does not mourn a whole idea whose goodbye was lost", () => {
    const whole = { ...from(writing), idea: { title: "One" } as Idea };
    expect(fail(whole, new ConnectionLost("gone", true))).toMatchObject({ stage: "done", problem: null });
  });

  it("turns the stream's error into the same problem as an answer's", () => {
    const growing = from(field("a", "title", "One"), { event: "error", error: { code: "unavailable", message: "m", field: null, request_id: "r9" } });
    expect(growing.problem).toEqual(fail(seed("p", "a", "t"), new ApiError("m", "unavailable", 503, "r9")).problem);
  });

  it("ends with a word to the teacher on a fault of ours too, and tells the console", () => {
    const told = vi.fn();
    vi.stubGlobal("reportError", told);
    const fault = new TypeError("undefined is not a function");
    expect(fail(from(writing), fault)).toMatchObject({ stage: "failed", problem: { kind: "internal" } });
    expect(told).toHaveBeenCalledWith(fault);
    vi.unstubAllGlobals();
  });
});
