import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../bench/case.ts";
import { openLine } from "../../bench/link/line.ts";
import type { Sample, Samples } from "../../bench/link/samples.ts";
import { startBranch } from "../../bench/links/branch.ts";

interface Budget {
  /** ms since 1970. */
  from: number;
  /** bit/s. */
  rate: number;
}

/** What crossed one line, by system. Times are ms since 1970. */
export interface SharedLine {
  systems: { name: string; samples: Sample[] }[];
  /** When the rebuild was ordered, and when it had ended. */
  startedAt: number;
  endedAt: number;
  /** The second was set while the rebuild ran. */
  budgets: [first: Budget, second: Budget];
}

/** The last has less to fetch than the others. They end together some 26 s after the order. */
const SYSTEMS = [
  { name: "DPSEC1", bytes: 4_500_000 },
  { name: "DPSEC2", bytes: 4_500_000 },
  { name: "DPSEC3", bytes: 4_500_000 },
  { name: "DPSEC4", bytes: 2_900_000 },
];
const [BEFORE, AFTER] = [8, 4];
const CHANGE_AFTER_MS = 8_000;

/** Four systems are rebuilt at once behind one address, whose bandwidth an operator halves meanwhile. */
export async function shareLine(context: Context): Promise<SharedLine> {
  const counted: Samples[] = [];
  const id = (index: number): string => `ABC0000${index + 1}`;
  const branch = await startBranch(context, {
    systems: SYSTEMS.map(({ name }) => name),
    bandwidth: `${BEFORE} Mbit/s`,
    packages: SYSTEMS.map(({ name, bytes }, index) => ({ id: id(index), bytes, systems: [name] })),
    async agentUrl(url) {
      // One for each, without a limit: so the bytes of each are known.
      const line = openLine(context);
      counted.push(line.samples());
      return `http://127.0.0.1:${await line.open(Number(new URL(url).port))}`;
    },
  });
  const rebuild = branch.rebuild(SYSTEMS.map((_, index) => id(index)));
  rebuild.catch(() => {}); // awaited below
  await sleep(CHANGE_AFTER_MS);
  await branch.setBandwidth(`${AFTER} Mbit/s`);
  const { override } = await branch.address();
  const { run } = await rebuild;
  const { createdAt: startedAt, endedAt = startedAt } = run;
  return {
    systems: SYSTEMS.map(({ name }, index) => ({ name, samples: counted[index]?.since(startedAt - 1000) ?? [] })),
    startedAt,
    endedAt,
    budgets: [
      { from: startedAt, rate: BEFORE * 1e6 },
      { from: override?.at ?? 0, rate: AFTER * 1e6 },
    ],
  };
}
