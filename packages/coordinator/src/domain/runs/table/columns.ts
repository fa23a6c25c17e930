/** Numbers for texts that occur often: the names of a run's systems and units. */
export interface Names {
  /** A new text gets the next number. */
  number(text: string): number;
  /** Undefined: the text is not there. */
  find(text: string): number | undefined;
  text(number: number): string;
  readonly size: number;
}

export function createNames(): Names {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  return {
    number(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
    find: (text) => numbers.get(text),
    text: (number) => texts[number] ?? "",
    get size() {
      return texts.length;
    },
  };
}

/** Whole numbers from 0, packed; what was never set is 0. */
export interface Column {
  get(at: number): number;
  set(at: number, value: number): void;
}

const FIRST_LENGTH = 64;

/** @param bytes Of each number. */
export function createColumn(bytes: 1 | 4): Column {
  const create = (length: number): Uint8Array | Uint32Array => (bytes === 1 ? new Uint8Array(length) : new Uint32Array(length));
  let values = create(FIRST_LENGTH);
  return {
    get: (at) => values[at] ?? 0,
    set(at, value) {
      if (at >= values.length) {
        const longer = create(Math.max(at + 1, Math.ceil(values.length * 1.5)));
        longer.set(values);
        values = longer;
      }
      values[at] = value;
    },
  };
}

/** Numbers of which many may be missing; takes memory from the first one on. */
export interface Numbers {
  get(at: number): number | undefined;
  set(at: number, value: number | undefined): void;
}

export function createNumbers(): Numbers {
  /** Not a number: missing. */
  let values: Float64Array | undefined;
  return {
    get(at) {
      const value = values?.[at];
      return value === undefined || Number.isNaN(value) ? undefined : value;
    },
    set(at, value) {
      if (value === undefined && (values === undefined || at >= values.length)) return;
      if (values === undefined || at >= values.length) {
        const longer = new Float64Array(Math.max(at + 1, FIRST_LENGTH, Math.ceil((values?.length ?? 0) * 1.5))).fill(Number.NaN);
        if (values) longer.set(values);
        values = longer;
      }
      values[at] = value ?? Number.NaN;
    },
  };
}

/** Numbers for values that many things share. */
export interface Shared<Value> {
  number(value: Value): number;
  get(number: number): Value | undefined;
}

/** @param keyOf The same for equal values only. */
export function createShared<Value>(keyOf: (value: Value) => string): Shared<Value> {
  const values: Value[] = [];
  const numbers = new Map<string, number>();
  return {
    number(value) {
      const key = keyOf(value);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, values.length);
      return values.push(value) - 1;
    },
    get: (number) => values[number],
  };
}
