/** Round trips to Redis that are under way at a time: it answers them together. */
const MOST = 64;

/**
 * Does something with each, some at a time, in their order. After a failure nothing more is begun; rejects with the first one once what was
 * under way has ended.
 */
export async function someAtOnce<Item>(items: Iterable<Item>, work: (item: Item) => Promise<unknown>, most = MOST): Promise<void> {
  const left = items[Symbol.iterator]();
  const failures: unknown[] = [];

  async function goOn(first: IteratorResult<Item>): Promise<void> {
    for (let item = first; !item.done && failures.length === 0; item = left.next()) {
      try {
        await work(item.value);
      } catch (error) {
        failures.push(error);
      }
    }
  }

  // Mostly there are few or none: each round of releases comes here three times, and each agent that connects causes one.
  const working: Promise<void>[] = [];
  while (working.length < most && failures.length === 0) {
    const first = left.next();
    if (first.done) break;
    working.push(goOn(first));
  }
  await Promise.all(working);
  if (failures.length > 0) throw failures[0];
}
