/** Real processes for the tests: `craftlore serve` on a home of its own, and the engine beside it where it is to be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const BIN = join(ROOT, ".venv/bin");
const DATA = process.env.CRAFTLORE_HOME ?? join(ROOT, "data");
const DEADLINE = 600; // seconds: the tests are about the way, not about how busy this machine is
const MODEL = "qwen2.5-coder-0.5b";
const WEIGHTS = join(DATA, "weights", MODEL, `${MODEL.replace("-0.5b", "-0.5b-instruct")}-q4_k_m.gguf`);

/** Why the real thing cannot run here, with what to do; null if it can. */
export function missing(): string | null {
  if (!existsSync(join(BIN, "craftlore"))) return "no .venv: run `make install`";
  if (!existsSync(WEIGHTS)) return `no weights: run \`.venv/bin/craftlore models pull ${MODEL}\``;
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

/** `craftlore serve` with the real small model: inside, or behind `engine`'s address. */
export async function serve(engine?: string): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "craftlore-e2e-"));
  for (const part of ["weights", "index"]) symlinkSync(join(DATA, part), join(home, part));
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
  return { url, home, kill, written: () => printed.join("") + readFileSync(join(home, "logs/steps.jsonl"), "utf8") };
}

/** The engine alone. */
export async function engine(): Promise<Pick<Running, "url" | "kill">> {
  const child = spawn(join(BIN, "python"), [join(import.meta.dirname, "engine.py"), WEIGHTS]);
  const printed: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  return { url: await address(child, printed), kill: () => void child.kill("SIGKILL") };
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
