import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ApiError, BrokenStream, type ClientOptions, ConnectionLost, CraftloreClient, type IdeaEvent, readNdjson } from "./index.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function stream(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

describe("readNdjson", () => {
  const text = '{"a":"kōwhaiwhai 🪁"}\n\n{"b":"\\u2028 a\\nb"}\n';

  it("gives the same values wherever the stream is cut, in the middle of a character too", async () => {
    const whole = bytes(text);
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(await all(readNdjson(stream(whole.slice(0, cut), whole.slice(cut))))).toEqual([{ a: "kōwhaiwhai 🪁" }, { b: "\u2028 a\nb" }]);
    }
  });

  it("reads one byte at a time", async () => {
    expect(await all(readNdjson(stream(...Array.from(bytes(text), (byte) => Uint8Array.of(byte)))))).toHaveLength(2);
  });

  it.each([
    ["a line without an end", bytes('{"a":1}\n{"b":')],
    ["half a character at the end", bytes("é").slice(0, 1)],
    ["no UTF-8", Uint8Array.of(0xff, 0x0a)],
    ["no JSON", bytes("<html>\n")],
  ])("says so: %s", async (_, chunk) => {
    await expect(all(readNdjson(stream(chunk)))).rejects.toThrow(BrokenStream);
  });

  it("tells the sender to stop when the reader leaves", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(bytes("1\n")), cancel: () => void (cancelled = true) });
    for await (const _ of readNdjson(endless)) break;
    expect(cancelled).toBe(true);
  });
});

describe("CraftloreClient", () => {
  let server: Server | undefined;
  const seen: string[] = [];
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    seen.length = 0;
  });

  async function client(answer: (request: IncomingMessage, response: ServerResponse) => void, options: ClientOptions = {}): Promise<CraftloreClient> {
    server = createServer((request, response) => {
      seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
      answer(request, response);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server?.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    return new CraftloreClient(`http://127.0.0.1:${String(port)}/`, { pause: 1, ...options });
  }

  const error = JSON.stringify({ error: { code: "busy", message: "40 are waiting", field: null, request_id: "r1" } });

  it("repeats a search that met a tired server, and gives up after the third", async () => {
    const craftlore = await client((_, response) => response.writeHead(503, { "retry-after": "0" }).end(error));
    await expect(craftlore.search({ text: "chalk" })).rejects.toMatchObject({ name: "ApiError", code: "busy", status: 503, requestId: "r1" });
    expect(seen).toHaveLength(3);
  });

  it("never repeats what writes", async () => {
    const craftlore = await client((_, response) => response.writeHead(503).end(error));
    await expect(craftlore.feedback({ verdict: "useful" })).rejects.toThrow(ApiError);
    await expect(all(craftlore.ideas({ text: "chalk" }))).rejects.toThrow(ApiError);
    expect(seen).toHaveLength(2);
  });

  it("makes one error of a proxy's page", async () => {
    const craftlore = await client((_, response) => response.writeHead(413).end("<html>"));
    await expect(craftlore.search({ text: "chalk" })).rejects.toMatchObject({ name: "ApiError", status: 413 });
  });

  it("counts a silent server as lost", async () => {
    const craftlore = await client(() => undefined, { deadline: 100 });
    await expect(craftlore.article("starter:adire")).rejects.toThrow(ConnectionLost);
  });

  it("passes on what it knows and leaves out what it does not", async () => {
    const craftlore = await client((_, response) => response.end('{"event":"degraded","rung":"encoder","message":"m"}\n{"event":"confetti"}\n\n{"event":"done"}\n'));
    expect((await all(craftlore.ideas({ text: "chalk" }))).map((event) => event.event)).toEqual(["degraded", "done"]);
  });

  it.each([
    ["ends too early", (response: ServerResponse) => response.end('{"event":"degraded","rung":"x","message":"m"}\n')],
    ["is torn off", (response: ServerResponse) => response.write('{"event":"degraded","rung":"x","message":"m"}\n{"ev', () => response.destroy())],
    ["falls silent", (response: ServerResponse) => response.write('{"event":"degraded","rung":"x","message":"m"}\n')],
  ])("keeps what came before a stream %s, and says that it was lost", async (_, end) => {
    const craftlore = await client((_request, response) => void end(response), { silence: 1_000 });
    const found: IdeaEvent[] = [];
    const reading = (async () => {
      for await (const event of craftlore.ideas({ text: "chalk" })) found.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ name: "ConnectionLost", partial: true });
    expect(found).toHaveLength(1);
  });

  it("stops when it is told to, on the server too, and calls that no failure", async () => {
    let closed: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const craftlore = await client((request, response) => {
      request.socket.on("close", () => closed?.());
      response.write('{"event":"degraded","rung":"x","message":"m"}\n');
    });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of craftlore.ideas({ text: "chalk" }, stop.signal)) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    await gone;
  });

  it("passes the caller's own reason on", async () => {
    const craftlore = await client(() => undefined);
    const stop = new AbortController();
    const reason = new Error("the teacher went on");
    const asking = craftlore.search({ text: "chalk" }, stop.signal);
    const reading = all(craftlore.ideas({ text: "chalk" }, stop.signal));
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it("does not go on waiting for another try when it is told to stop", async () => {
    const stop = new AbortController();
    const craftlore = await client((_, response) => response.writeHead(503, { "retry-after": "60" }).end(error, () => setTimeout(() => stop.abort(), 50)));
    const began = performance.now();
    await expect(craftlore.search({ text: "chalk" }, stop.signal)).rejects.toMatchObject({ name: "AbortError" });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(seen).toHaveLength(1);
  });

  it("counts the server's silence only, and not what the reader does with an event", async () => {
    const craftlore = await client((_, response) => response.end('{"event":"degraded","rung":"x","message":"m"}\n{"event":"done"}\n'), { silence: 300 });
    const found: string[] = [];
    for await (const event of craftlore.ideas({ text: "chalk" })) {
      found.push(event.event);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(found).toEqual(["degraded", "done"]);
  });

  it.each([
    '{"event":"idea","idea":"a"}', '{"event":"idea","idea":"a","value":{"title":"One","steps":"two"}}', '{"event":"field","idea":"a","value":"v"}', '{"event":"error"}', '"done"', "null",
  ])("leaves out what has not the parts of its kind: %s", async (line) => {
    const craftlore = await client((_, response) => response.end(`${line}\n{"event":"done"}\n`));
    expect((await all(craftlore.ideas({ text: "chalk" }))).map((event) => event.event)).toEqual(["done"]);
  });

  it("calls a fetch of the app's as a plain function, as a window wants it, and sends the token", async () => {
    let sent: RequestInit | undefined;
    const own = async function (this: unknown, _input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      if (this !== undefined) throw new TypeError("Illegal invocation");
      sent = init;
      return Promise.resolve(Response.json([]));
    };
    expect(await new CraftloreClient("", { fetch: own, token: "t-1" }).drafts()).toEqual([]);
    expect(sent?.headers).toEqual({ authorization: "Bearer t-1" });
  });
});
