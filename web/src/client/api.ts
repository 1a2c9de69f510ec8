/** The typed client of a Craftlore server: one method for each endpoint, errors of two kinds, repeats only where they are safe. */

import { ApiError, ConnectionLost } from "./errors.js";
import { BrokenStream, readNdjson } from "./ndjson.js";
import type { Activity, Article, Change, Draft, ErrorDetail, Feedback, Idea, IdeaEvent, IdeasBody, Material, Regenerated, RequestBody, SearchResult } from "./types.js";

export interface ClientOptions {
  /** Replaces `fetch`, for tests and for apps with a transport of their own. */
  readonly fetch?: typeof fetch;
  /** The server's review token, where publishing needs one. Only for an app that keeps it from its readers: whoever has the page has it. */
  readonly token?: string;
  /** Milliseconds before an answer that is no stream counts as lost. */
  readonly deadline?: number;
  /** Milliseconds of silence after which a stream counts as lost; the server sends a heartbeat every 5 s. */
  readonly silence?: number;
  /** Milliseconds before the first repeat of a safe call. */
  readonly pause?: number;
}

interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  /** The caller's. */
  readonly signal?: AbortSignal | undefined;
  /** Ours, in place of the deadline: the answer has taken too long. */
  readonly limit?: AbortSignal;
  /** Asking twice does no harm. */
  readonly safe?: boolean;
  readonly deadline?: number;
}

const REPEATS = 2;
const LONGEST_WAIT = 5_000;
const WRITING_DEADLINE = 330_000; // a change of an idea runs the model, for as long as the server lets it (300 s), and waits its turn

export class CraftloreClient {
  readonly #endpoint: string;
  readonly #fetch: typeof fetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #deadline: number;
  readonly #silence: number;
  readonly #pause: number;

  /** `endpoint` is the server's address; empty for the one that served the page. */
  constructor(endpoint = "", options: ClientOptions = {}) {
    this.#endpoint = endpoint.replace(/\/+$/, "");
    const send = options.fetch; // called as a plain function: `fetch` of a window refuses any other `this`
    this.#fetch = send ? (input, init) => send(input, init) : (input, init) => fetch(input, init);
    this.#headers = options.token ? { authorization: `Bearer ${options.token}` } : {};
    this.#deadline = options.deadline ?? 15_000;
    this.#silence = options.silence ?? 20_000;
    this.#pause = options.pause ?? 300;
  }

  /** Own activities and article cards, at once and without the model. */
  search(body: RequestBody, signal?: AbortSignal): Promise<SearchResult> {
    return this.#json("/api/search", { method: "POST", body, signal, safe: true });
  }

  /** Ideas as they grow. Ends after `done` or `error`; throws ConnectionLost when the stream stops before. */
  async *ideas(body: IdeasBody, signal?: AbortSignal): AsyncGenerator<IdeaEvent, void, void> {
    const silence = new Watchdog(this.#silence);
    let arrived = false;
    try {
      const response = await this.#send("/api/ideas", { method: "POST", body, signal, limit: silence.signal });
      if (!response.body) throw new BrokenStream("the answer has no body");
      for await (const value of readNdjson(response.body, () => silence.rest())) {
        arrived = true;
        if (!isEvent(value)) continue; // a newer server may say more
        silence.stop(); // what the reader does with it takes as long as it takes
        yield value;
        silence.rest();
        if (value.event === "done" || value.event === "error") return;
      }
      throw new BrokenStream("the stream ended before it was done");
    } catch (error) {
      throw error instanceof ApiError ? error : lost(error, arrived, signal);
    } finally {
      silence.stop();
    }
  }

  /** One part of an idea anew; what need not change stays byte for byte. */
  regenerate(idea: Idea, change: Change, request?: RequestBody, signal?: AbortSignal): Promise<Regenerated> {
    return this.#json("/api/ideas/regenerate", { method: "POST", body: { idea, change, ...(request && { request }) }, signal, deadline: WRITING_DEADLINE });
  }

  /** The whole article, sentence by sentence. */
  article(id: string, signal?: AbortSignal): Promise<Article> {
    return this.#json(`/api/articles/${encodeURIComponent(id)}`, { signal });
  }

  /** The classroom things that the server knows. */
  async materials(signal?: AbortSignal): Promise<readonly Material[]> {
    return (await this.#json<{ readonly items: readonly Material[] }>("/api/materials", { signal })).items;
  }

  saveDraft(idea: Idea): Promise<Draft> {
    return this.#json("/api/drafts", { method: "POST", body: { idea } });
  }

  drafts(signal?: AbortSignal): Promise<readonly Draft[]> {
    return this.#json("/api/drafts", { signal });
  }

  draft(id: string, signal?: AbortSignal): Promise<Draft> {
    return this.#json(`/api/drafts/${encodeURIComponent(id)}`, { signal });
  }

  /** Throws ApiError `conflict` when somebody else saved a newer version. */
  updateDraft(draft: Draft): Promise<Draft> {
    return this.#json(`/api/drafts/${encodeURIComponent(draft.id)}`, { method: "PUT", body: { version: draft.version, idea: draft.idea } });
  }

  async deleteDraft(id: string): Promise<void> {
    await this.#send(`/api/drafts/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Makes an activity of the app out of a draft: only ever on a person's click. */
  publishDraft(draft: Draft): Promise<Activity> {
    return this.#json(`/api/drafts/${encodeURIComponent(draft.id)}/publish`, { method: "POST", body: { version: draft.version } });
  }

  async feedback(body: Feedback): Promise<void> {
    await this.#send("/api/feedback", { method: "POST", body });
  }

  async #json<T>(path: string, call: Call): Promise<T> {
    const response = await this.#send(path, call);
    try {
      return (await response.json()) as T; // the shape is the OpenAPI document's word
    } catch (error) {
      throw lost(error, false, call.signal);
    }
  }

  async #send(path: string, call: Call): Promise<Response> {
    const { method = "GET", safe = method === "GET" } = call;
    const limit = call.limit ?? AbortSignal.timeout(call.deadline ?? this.#deadline);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    for (let repeat = 0; ; repeat++) {
      const answer = await this.#once(path, method, call, signal);
      if (answer instanceof Response && answer.ok) return answer;
      const again = safe && repeat < REPEATS && !signal.aborted && (answer instanceof ConnectionLost || [502, 503, 504].includes(answer.status));
      if (!again) throw answer instanceof ConnectionLost ? answer : await refused(answer);
      await wait(patience(answer, this.#pause * 2 ** repeat), signal);
    }
  }

  async #once(path: string, method: string, call: Call, signal: AbortSignal): Promise<Response | ConnectionLost> {
    const headers = call.body === undefined ? this.#headers : { ...this.#headers, "content-type": "application/json" };
    const content = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    try {
      return await this.#fetch(this.#endpoint + path, { method, credentials: "omit", headers, signal, ...content });
    } catch (error) {
      return lost(error, false, call.signal);
    }
  }
}

/** Aborts when nothing has been heard for a while. */
class Watchdog {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly milliseconds: number) {
    this.rest();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException("nothing was heard from the server", "TimeoutError")), this.milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The error as the caller should see it. Where the caller told us to stop, that is no failure: its own reason is thrown. */
function lost(error: unknown, partial: boolean, signal: AbortSignal | undefined): ConnectionLost {
  signal?.throwIfAborted();
  return new ConnectionLost(error instanceof Error ? error.message : String(error), partial);
}

async function refused(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id");
  const body: unknown = await response.json().catch(() => null);
  if (isObject(body) && isObject(body.error)) {
    const { code, message, field, request_id } = body.error as Partial<ErrorDetail>;
    return new ApiError(message ?? response.statusText, code ?? "internal", response.status, request_id ?? requestId, field ?? null, body);
  }
  const code = response.status === 404 ? "not_found" : response.status >= 500 ? "unavailable" : "bad_request"; // a proxy's answer, not ours
  return new ApiError(`the server answered ${String(response.status)}`, code, response.status, requestId);
}

function patience(answer: Response | ConnectionLost, otherwise: number): number {
  const seconds = answer instanceof Response ? Number(answer.headers.get("retry-after") ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT) : otherwise;
}

/** Ends early when `signal` does: the next try says why. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** True for an event that we know, with what its readers take for granted. */
function isEvent(value: unknown): value is IdeaEvent {
  if (!isObject(value) || typeof value.event !== "string" || !EVENTS.has(value.event)) return false;
  if (value.event === "field") return typeof value.idea === "string" && typeof value.name === "string" && "value" in value;
  if (value.event === "idea") return typeof value.idea === "string" && isObject(value.value) && typeof value.value.title === "string" && Array.isArray(value.value.steps);
  return value.event !== "error" || (isObject(value.error) && typeof value.error.code === "string");
}

const EVENTS: ReadonlySet<string> = new Set<IdeaEvent["event"]>([
  "understood", "activities", "sources", "progress", "field", "withdrawn", "idea", "declined", "degraded", "error", "done",
]);
