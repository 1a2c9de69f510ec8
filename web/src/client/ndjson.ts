/** NDJSON out of a byte stream: one JSON value a line, whatever the cuts between chunks. */

const MAX_LINE = 1_000_000;

/** The stream cannot be read on: no JSON, no UTF-8, or a last line without an end. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
}

/** Every value in order; blank lines (heartbeats) are passed over. Throws BrokenStream for what cannot be read. */
export async function* readNdjson(stream: ReadableStream<Uint8Array>, onBytes: () => void = () => undefined): AsyncGenerator<unknown, void, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let tail = ""; // the unfinished line; the decoder itself keeps an unfinished character
  try {
    for (;;) {
      const { done, value } = await reader.read();
      onBytes();
      const lines = (tail + decode(decoder, value)).split("\n");
      tail = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) yield parse(line);
      if (tail.length > MAX_LINE) throw new BrokenStream("a line of the stream is too long");
      if (done) break;
    }
    if (tail.trim()) throw new BrokenStream("the stream ended in the middle of a line");
  } finally {
    await reader.cancel().catch(() => undefined); // leaving early tells the server to stop
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch {
    throw new BrokenStream("the stream is not UTF-8");
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BrokenStream("a line of the stream is not JSON");
  }
}
