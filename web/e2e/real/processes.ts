/** Real processes for the tests: `craftlore serve` on a home of its own, and the engine beside it where it is to be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const BIN = join(ROOT, ".venv/bin");
const DATA = process.env.CRAFTLORE_HOME ?? join(ROOT, "data");
const DEADLINE = 600; // seconds: the tests are about the way, not about how busy this machine is
const MODEL = "qwen2.5-coder-0.5b";
const WEIGHTS = join(DATA, "weights", MODEL, `${MODEL.replace("-0.5b", "-0.5b-instruct")}-q4_k_m.gguf`);

/** Why the real server, or with `model` the real model, cannot run here, with what to do; null if it can. */
export function missing(model = true): string | null {
  if (!existsSync(join(BIN, "craftlore"))) return "no .venv: run `make install`";
  if (model && !existsSync(WEIGHTS)) return `no weights: run \`.venv/bin/craftlore models pull ${MODEL}\``;
  return existsSync(join(DATA, "index/manifest.json")) ? null : "no index: run `.venv/bin/craftlore index`";
}

export interface Running {
  readonly url: string;
  readonly home: string;
  /** As the power cut does it. */
  readonly kill: () => void;
  /** Everything that the server has written: logs, database and what it printed. */
  readonly written: () => string;
}

/** `craftlore serve` with the real small model: inside, or behind `engine`'s address. `patterns` are making patterns of the maker's own, by file name. */
export async function serve(engine?: string, patterns: Readonly<Record<string, string>> = {}): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "craftlore-e2e-"));
  for (const part of ["weights", "index"]) symlinkSync(join(DATA, part), join(home, part));
  mkdirSync(join(home, "library/patterns"), { recursive: true });
  for (const [name, text] of Object.entries(patterns)) writeFileSync(join(home, "library/patterns", name), text);
  const chosen = engine ? `name = "server"\nurl = "${engine}/v1"` : `name = "embedded"\nmodel = "${MODEL}"`;
  const config = join(home, "craftlore.toml");
  writeFileSync(config, `[engine]\n${chosen}\ndeadline_seconds = ${String(DEADLINE)}\n[serve]\nrequests_per_minute = 0\nheartbeat_seconds = 1\nstream_seconds = ${String(2 * DEADLINE)}\n`);
  const child = spawn(join(BIN, "craftlore"), ["serve", "--port", "0"], { cwd: home, env: { ...process.env, CRAFTLORE_HOME: home, CRAFTLORE_CONFIG: config } });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const url = await address(child, printed);
  const kill = (): void => {
    child.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  const files = (): readonly string[] => [join(home, "logs/steps.jsonl"), ...readdirSync(home).filter((name) => name.startsWith("craftlore.db")).map((name) => join(home, name))]; // SQLite writes beside it first
  return { url, home, kill, written: () => printed.join("") + files().map((file) => readFileSync(file, "latin1")).join("") };
}

/** The engine alone. */
export async function engine(): Promise<Pick<Running, "url" | "kill">> {
  const child = spawn(join(BIN, "python"), [join(import.meta.dirname, "engine.py"), WEIGHTS]);
  const printed: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  return { url: await address(child, printed), kill: () => void child.kill("SIGKILL") };
}

/** A model server that writes by a rule (`scripted.py`). */
export async function scripted(): Promise<Pick<Running, "url" | "kill">> {
  const child = spawn(join(BIN, "python"), [join(import.meta.dirname, "scripted.py")]);
  const printed: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  return { url: await address(child, printed), kill: () => void child.kill("SIGKILL") };
}

/** A slow line to `target`: every answer comes in pieces of a few bytes, so lines and characters are cut in the middle. */
export async function slowLine(target: string): Promise<Pick<Running, "url" | "kill">> {
  const line = createServer((request, response) => {
    const headers = { ...request.headers, host: new URL(target).host };
    const passed = forward(`${target}${request.url ?? "/"}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (chunk: Buffer) => {
        const size = answer.headers["content-type"] === "application/x-ndjson" ? 61 : chunk.length;
        for (let at = 0; at < chunk.length; at += size) response.write(chunk.subarray(at, at + size));
      });
      answer.on("end", () => response.end());
      answer.on("error", () => response.destroy());
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  line.on("connection", (socket) => socket.setNoDelay(true));
  line.listen(0, "127.0.0.1");
  await new Promise((resolve) => line.once("listening", resolve));
  const kill = (): void => {
    line.closeAllConnections();
    line.close();
  };
  return { url: `http://127.0.0.1:${String((line.address() as AddressInfo).port)}`, kill };
}

async function address(child: ChildProcess, printed: readonly string[]): Promise<string> {
  for (let tenths = 0; tenths < 1800; tenths++) {
    const found = /http:\/\/[\d.]+:\d+/.exec(printed.join(""));
    if (found) return found[0];
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`the process did not say its address:\n${printed.join("")}`);
}
