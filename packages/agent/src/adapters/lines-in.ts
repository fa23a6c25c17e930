import type { Readable } from "node:stream";

/**
 * The lines of a text, each ended by `\n`. Not by `node:readline`, which ends lines at U+2028 and U+2029 too: JSON, and so a name in it, may
 * hold them as they are.
 */
export async function* linesIn(stream: Readable): AsyncGenerator<string, void> {
  stream.setEncoding("utf8");
  /** Of a line that has not ended. */
  let begun: string[] = [];
  for await (const text of stream as AsyncIterable<string>) {
    const [first = "", ...more] = text.split("\n");
    begun.push(first);
    for (const next of more) {
      yield begun.join("");
      begun = [next];
    }
  }
  const last = begun.join("");
  if (last !== "") yield last;
}
