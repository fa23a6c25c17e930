/** Transfers that cross the same lines. */
export interface Flow {
  /** Keys of lines. */
  lines: readonly string[];
  /** How many they are. */
  count: number;
}

/**
 * What each transfer of a flow gets when all lines are shared max-min fair: nobody can have more without somebody who has no more
 * than him having less. @param capacity bit/s by line; a line that is not in it limits nothing. @returns bit/s, Infinity without limit.
 */
export function fairShares(flows: readonly Flow[], capacity: ReadonlyMap<string, number>): number[] {
  const rates = flows.map(() => Infinity);
  const open = new Set(flows.flatMap(({ count }, index) => (count > 0 ? [index] : [])));
  const left = new Map(capacity);
  for (;;) {
    const counts = new Map<string, number>();
    for (const index of open)
      for (const line of flows[index]?.lines ?? [])
        if (left.has(line)) counts.set(line, (counts.get(line) ?? 0) + (flows[index]?.count ?? 0));
    let tightest: string | undefined;
    let share = Infinity;
    for (const [line, count] of counts) {
      const own = Math.max(0, left.get(line) ?? 0) / count;
      if (own >= share) continue;
      share = own;
      tightest = line;
    }
    if (tightest === undefined) return rates;
    for (const index of open) {
      const flow = flows[index];
      if (!flow?.lines.includes(tightest)) continue;
      rates[index] = share;
      open.delete(index);
      for (const line of flow.lines) if (left.has(line)) left.set(line, (left.get(line) ?? 0) - share * flow.count);
    }
    left.delete(tightest);
  }
}
