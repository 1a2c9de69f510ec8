/** A stand-in for `craftlore serve`: the built page, and answers that a test has written, down to where a stream is cut. */

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Draft, ErrorCode, Idea, IdeaEvent, Regenerated, SearchResult } from "../../src/client/index.js";
import { ending, fieldsOf, found, idea, materials, progress } from "./data.js";

/** What a stream does next: send an event, send bytes as they are, wait for milliseconds or for a promise, or break off. */
export type Step = IdeaEvent | Uint8Array | number | Promise<unknown> | "break";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const PAGE = join(import.meta.dirname, "../../../src/craftlore/serve/page");
const SAFE = { "content-security-policy": "default-src 'self'", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };

type Answer = (body: Record<string, unknown>, response: ServerResponse, path: string) => unknown;

export class FakeServer {
  search: SearchResult = found;
  /** Calls that are to fail, such as `POST /api/search`, with the answer's status and code. */
  readonly refuse = new Map<string, { readonly status: number; readonly code: ErrorCode; readonly id?: string }>();
  /** What the answers to some calls wait for. */
  readonly hold = new Map<string, Promise<unknown>>();
  script: readonly Step[] = [progress("queued", 2), progress("reading"), progress("writing"), ...fieldsOf(idea), ...ending(idea)];
  regenerated: Omit<Regenerated, "request_id"> = { idea, changed: [], verdicts: [], degraded: [] };
  drafts: Draft[] = [];
  readonly bodies: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  readonly addresses: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));

  /** `pages`: the folder with the built page. */
  constructor(private readonly pages = PAGE) {}

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await new Promise((resolve) => this.#server.once("listening", resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const method = request.method ?? "GET";
    this.addresses.push(path);
    if (!path.startsWith("/api/")) return this.#file(path, response);
    const text = await read(request);
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    this.bodies.push({ path, body });
    const route = Object.entries(this.#routes).find(([pattern]) => new RegExp(`^${pattern}$`).test(`${method} ${path}`));
    await this.hold.get(`${method} ${path}`);
    const refused = this.refuse.get(`${method} ${path}`);
    if (refused) return json(response, refused.status, { error: { code: refused.code, message: "m", field: null, request_id: refused.id ?? "r" } });
    if (!route) return json(response, 404, { error: { code: "not_found", message: "no such path", field: null, request_id: "r" } });
    await route[1](body, response, path);
  }

  readonly #routes: Readonly<Record<string, Answer>> = {
    "POST /api/search": (_, response) => json(response, 200, this.search),
    "POST /api/ideas": (_, response) => this.#stream(response),
    "POST /api/ideas/regenerate": (_, response) => json(response, 200, { request_id: "req-3", ...this.regenerated }),
    "GET /api/articles/.*": (_, response, path) => {
      const id = decodeURIComponent(path.replace("/api/articles/", ""));
      return json(response, 200, { id, title: id, url: "https://example.org", licence: "CC BY-SA 4.0", sections: [{ path: [], first: 1, sentences: ["First.", "Second.", `All about ${id}.`] }] });
    },
    "GET /api/materials": (_, response) => json(response, 200, { items: materials }),
    "POST /api/feedback": (_, response) => response.writeHead(204).end(),
    "GET /api/drafts": (_, response) => json(response, 200, this.drafts),
    "GET /api/drafts/.*": (_, response, path) => json(response, 200, this.drafts.find((draft) => path.endsWith(draft.id))),
    "POST /api/drafts": (body, response) => {
      const draft: Draft = { id: `d${String(this.drafts.length + 1)}`, version: 1, idea: body.idea as Idea, changed: 0 };
      this.drafts.push(draft);
      return json(response, 200, draft);
    },
    "PUT /api/drafts/.*": (body, response, path) => {
      const now = this.drafts.find((draft) => path.endsWith(draft.id));
      if (now?.version !== body.version) return json(response, 409, { error: { code: "conflict", message: "newer version", field: null, request_id: "r" } });
      const next: Draft = { ...(now as Draft), version: (now?.version ?? 0) + 1, idea: body.idea as Idea };
      this.drafts = this.drafts.map((draft) => (draft === now ? next : draft));
      return json(response, 200, next);
    },
    "DELETE /api/drafts/.*": (_, response, path) => {
      this.drafts = this.drafts.filter((draft) => !path.endsWith(draft.id));
      return response.writeHead(204).end();
    },
    "POST /api/drafts/.*/publish": (_, response) => json(response, 200, found.activities[0]?.activity),
  };

  async #stream(response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "application/x-ndjson", ...SAFE });
    for (const step of this.script) {
      if (step === "break") return void response.destroy();
      if (typeof step === "number") await new Promise((resolve) => setTimeout(resolve, step));
      else if (step instanceof Promise) await step;
      else response.write(step instanceof Uint8Array ? step : `${JSON.stringify(step)}\n`);
    }
    response.end();
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = join(this.pages, normalize(path === "/" ? "/index.html" : path));
    const bytes = await readFile(file).catch(() => null);
    if (bytes) response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...SAFE }).end(bytes);
    else response.writeHead(404).end();
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "r", ...SAFE }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
