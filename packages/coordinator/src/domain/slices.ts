/** Items between two yields: one to some milliseconds of work. */
export const SLICE = 2_000;

/** Does something with each item, in slices: yields after each. @param slice Fewer items where one is much work. */
export function* eachSliced<Item>(items: Iterable<Item>, act: (item: Item) => void, slice = SLICE): Generator<void, void> {
  let count = 0;
  for (const item of items) {
    act(item);
    if (++count % slice === 0) yield;
  }
}

/** As `items.map`, in slices. */
export function* mapSliced<In, Out>(items: Iterable<In>, map: (item: In) => Out, slice = SLICE): Generator<void, Out[]> {
  const mapped: Out[] = [];
  yield* eachSliced(items, (item) => void mapped.push(map(item)), slice);
  return mapped;
}

/** As `items.filter`, in slices. */
export function* filterSliced<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): Generator<void, Item[]> {
  const wanted: Item[] = [];
  yield* eachSliced(items, (item) => void (isWanted(item) && wanted.push(item)));
  return wanted;
}

/** As `Map.groupBy`, in slices. */
export function* groupSliced<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Generator<void, Map<Key, Item[]>> {
  const groups = new Map<Key, Item[]>();
  yield* eachSliced(items, (item) => {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  });
  return groups;
}

/** As `items.toSorted`, in slices; equal ones keep their order. */
export function* sortSliced<Item>(items: readonly Item[], compare: (a: Item, b: Item) => number): Generator<void, Item[]> {
  const sorted: Item[] = [];
  for (let from = 0; from < items.length; from += SLICE) {
    for (const item of items.slice(from, from + SLICE).sort(compare)) sorted.push(item);
    yield;
  }
  let from = sorted;
  let to = [...sorted];
  for (let width = SLICE; width < sorted.length; width *= 2) {
    yield* mergeAll({ from, to, width, compare });
    [from, to] = [to, from];
  }
  return from;
}

interface Merge<Item> {
  from: readonly Item[];
  to: Item[];
  /** Length of the parts that are sorted already. */
  width: number;
  compare: (a: Item, b: Item) => number;
}

/** Merges each two neighbouring parts into one. */
function* mergeAll<Item>({ from, to, width, compare }: Merge<Item>): Generator<void, void> {
  for (let start = 0; start < from.length; start += 2 * width) {
    const middle = Math.min(start + width, from.length);
    const end = Math.min(start + 2 * width, from.length);
    let left = start;
    let right = middle;
    for (let at = start; at < end; at++) {
      const takesLeft = right >= end || (left < middle && compare(from[left] as Item, from[right] as Item) <= 0);
      to[at] = from[takesLeft ? left++ : right++] as Item;
      if (at % SLICE === 0) yield;
    }
  }
}

/** The result of work in slices, computed without a pause. */
export function finish<Value>(steps: Generator<void, Value>): Value {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
