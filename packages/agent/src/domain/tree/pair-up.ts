import { comparePaths } from "@sitewright/protocol";

/** What should be at a path, and what is. One of them may be missing. */
export interface Pair<Expected, Found> {
  expected?: Expected;
  found?: Found;
}

interface Reader<Entry> {
  /** The next entry, as far as it was read. */
  head(): Entry | undefined;
  /** Whether everything read is used, and more may follow. */
  empty(): boolean;
  drop(): void;
  read(): Promise<void>;
  close(): Promise<unknown>;
}

/** Joins two lists that arrive in parts, both in the order of a manifest, by their paths. */
export async function* pairUp<Expected extends { path: string }, Found extends { path: string }>(
  expected: Iterable<readonly Expected[]>,
  found: AsyncIterable<readonly Found[]>,
): AsyncGenerator<Pair<Expected, Found>[], void, undefined> {
  const left = readerOf(expected[Symbol.iterator]());
  const right = readerOf(found[Symbol.asyncIterator]());
  try {
    for (;;) {
      await left.read();
      await right.read();
      const pairs: Pair<Expected, Found>[] = [];
      while (!left.empty() && !right.empty()) {
        const pair = nextPair(left, right);
        if (!pair) {
          yield pairs;
          return;
        }
        pairs.push(pair);
      }
      yield pairs;
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

function nextPair<Expected extends { path: string }, Found extends { path: string }>(
  left: Reader<Expected>,
  right: Reader<Found>,
): Pair<Expected, Found> | undefined {
  const expected = left.head();
  const found = right.head();
  if (!expected && !found) return undefined;
  const order = !expected ? 1 : !found ? -1 : comparePaths(expected.path, found.path);
  if (order <= 0) left.drop();
  if (order >= 0) right.drop();
  return { ...(order <= 0 && expected ? { expected } : {}), ...(order >= 0 && found ? { found } : {}) };
}

function readerOf<Entry>(source: AsyncIterator<readonly Entry[]> | Iterator<readonly Entry[]>): Reader<Entry> {
  let part: readonly Entry[] = [];
  let at = 0;
  let ended = false;
  const empty = () => at === part.length && !ended;
  return {
    head: () => part[at],
    empty,
    drop: () => void (at += 1),
    async read() {
      while (empty()) {
        const next = await source.next();
        ended = next.done === true;
        part = next.done ? [] : next.value;
        at = 0;
      }
    },
    close: async () => source.return?.(),
  };
}
