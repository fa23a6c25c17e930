/** Repeatable randomness: the same seed and name give the same numbers on every machine. */
export interface Random {
  /** 0 up to, not including, `below`. */
  integer(below: number): number;
  pick<T>(choices: readonly T[]): T;
  bytes(length: number): Buffer;
  /** Words in lines: compresses as text does. */
  text(length: number): Buffer;
}

const WORDS =
  "site server package inbox client offer schedule address priority recovery rebuild serial hierarchy record folder version program window collection report".split(
    " ",
  );

export function makeRandom(seed: number, name: string): Random {
  let state = seed | 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193) + 0x6d2b79f5;

  /** Mulberry32: small, and good enough for bytes that nothing can compress. */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }

  const integer = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  const pick = <T>(choices: readonly T[]): T => choices[integer(choices.length)] as T;
  return {
    integer,
    pick,
    bytes(length) {
      const buffer = Buffer.allocUnsafe(length);
      let at = 0;
      for (; at + 4 <= length; at += 4) buffer.writeUInt32LE(next(), at);
      for (; at < length; at++) buffer[at] = next();
      return buffer;
    },
    text(length) {
      const lines: string[] = [];
      for (let size = 0; size < length;) {
        const line = `${Array.from({ length: 4 + integer(8) }, () => pick(WORDS)).join(" ")} ${integer(1e6)}\r\n`;
        lines.push(line);
        size += line.length;
      }
      return Buffer.from(lines.join("")).subarray(0, length);
    },
  };
}
