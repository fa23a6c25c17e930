/** Ids by number, packed: a UUID takes 16 bytes. */
export interface Ids {
  set(number: number, id: string): void;
  get(number: number): string | undefined;
}

type Words = readonly [number, number, number, number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Packed it would look as if it were missing. */
const NIL = "00000000-0000-0000-0000-000000000000";
/** 32-bit words of a UUID. */
const WORDS = 4;

export function createIds(): Ids {
  /** All zero: the number has no id, or one that is no UUID. */
  let words = new Uint32Array(64 * WORDS);
  const others = new Map<number, string>();

  function wordsAt(number: number): Words {
    const at = number * WORDS;
    return [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0];
  }

  return {
    set(number, id) {
      if (!isUuid(id)) {
        others.set(number, id);
        return;
      }
      if ((number + 1) * WORDS > words.length) {
        const longer = new Uint32Array(Math.max((number + 1) * WORDS, Math.ceil(words.length * 1.5)));
        longer.set(words);
        words = longer;
      }
      words.set(packed(id), number * WORDS);
    },
    get(number) {
      const id = wordsAt(number);
      return id.every((word) => word === 0) ? others.get(number) : textOf(id);
    },
  };
}

function isUuid(id: string): boolean {
  return UUID.test(id) && id !== NIL;
}

function packed(id: string): Words {
  return [
    Number.parseInt(id.slice(0, 8), 16),
    Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16),
    Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16),
    Number.parseInt(id.slice(28), 16),
  ];
}

function textOf(id: Words): string {
  const [a, b, c, d] = id.map((word) => word.toString(16).padStart(8, "0")) as [string, string, string, string];
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}
