/** Ids by number, packed: a UUID takes 16 bytes. */
export interface Ids {
  set(number: number, id: string): void;
  get(number: number): string | undefined;
}

/** The numbers of ids, packed: some 10 bytes each. */
export interface IdNumbers extends Ids {
  /** Undefined: no number has it. */
  numberOf(id: string): number | undefined;
}

type Words = readonly [number, number, number, number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Packed it would look as if it were missing. */
const NIL = "00000000-0000-0000-0000-000000000000";
/** 32-bit words of a UUID. */
const WORDS = 4;

export function createIds(): Ids & { wordsAt(number: number): Words } {
  /** All zero: the number has no id, or one that is no UUID. */
  let words = new Uint32Array(64 * WORDS);
  const others = new Map<number, string>();

  function wordsAt(number: number): Words {
    const at = number * WORDS;
    return [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0];
  }

  return {
    wordsAt,
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

/** Finds numbers by their ids too. */
export function createIdNumbers(): IdNumbers {
  const ids = createIds();
  /** Open addressing: a number and one; 0: the place is free. At most two thirds of them are in use. */
  let places = new Uint32Array(256);
  let used = 0;
  const others = new Map<string, number>();

  function placeOf(id: Words): number {
    const mask = places.length - 1;
    // The last digits of a UUID are random.
    for (let place = id[3] & mask; ; place = (place + 1) & mask) {
      const number = (places[place] ?? 0) - 1;
      if (number < 0 || isSame(ids.wordsAt(number), id)) return place;
    }
  }

  function grow(): void {
    const before = places;
    places = new Uint32Array(before.length * 2);
    for (const number of before) if (number !== 0) places[placeOf(ids.wordsAt(number - 1))] = number;
  }

  return {
    get: ids.get,
    set(number, id) {
      ids.set(number, id);
      if (!isUuid(id)) {
        others.set(id, number);
        return;
      }
      const place = placeOf(packed(id));
      if (places[place] === 0) used += 1;
      places[place] = number + 1;
      if (used * 3 > places.length * 2) grow();
    },
    numberOf(id) {
      if (!isUuid(id)) return others.get(id);
      const number = places[placeOf(packed(id))] ?? 0;
      return number === 0 ? undefined : number - 1;
    },
  };
}

function isUuid(id: string): boolean {
  return UUID.test(id) && id !== NIL;
}

function isSame(a: Words, b: Words): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
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
