import { expect, test } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { startLedger } from "../../../test-support/memory-ledger.ts";
import { ITSELF } from "../ledger/ledger.ts";
import { createStartWatch, type StartCounters, type StartWatch } from "./start-watch.ts";

interface Watched {
  watch: StartWatch;
  warnings: string[];
  recorded: Record<string, string>[];
}

async function watching(counters: Partial<StartCounters>, known: Record<string, string> = {}): Promise<Watched> {
  const ledger = await startLedger();
  const [warnings, recorded]: [string[], Record<string, string>[]] = [[], []];
  const ignore = (): void => undefined;
  const watch = createStartWatch(
    { read: async () => 4, write: async () => true, ...counters },
    (details) => {
      recorded.push(details);
      return ledger.record(ITSELF, "sites-counted", { details });
    },
    { debug: ignore, info: ignore, error: ignore, warn: (facts, text) => void warnings.push(`${JSON.stringify(facts)} ${text}`) },
  );
  watch.take(await ledger.record(ITSELF, "sites-counted", { details: known }));
  return { watch, warnings, recorded };
}

test("folders that cannot be written are named in one warning per start, and are compared all the same", async () => {
  const write = async (): Promise<boolean> => {
    throw new SitewrightError("IO_ERROR", "ABC/starts.yaml cannot be written");
  };
  const { watch, warnings, recorded } = await watching({ write }, { ABC: "4" });
  for (let looks = 0; looks < 3; looks++) await watch.count("/", ["ABC", "SEC"]);
  expect(warnings).toEqual([expect.stringMatching(/"sites":"ABC,SEC".*cannot be written.*only noticed if their numbers are lower/)]);
  expect([watch.signs("ABC"), recorded]).toEqual([[], []]);
  const { watch: later } = await watching({ write }, { ABC: "5" });
  await later.count("/", ["ABC"]);
  expect(later.signs("ABC")).toEqual([expect.stringContaining("is 4, and 5 was seen")]);
});

test("a counter that cannot be read is neither a sign nor raised", async () => {
  const written: string[] = [];
  const { watch, recorded } = await watching(
    {
      read: () => Promise.reject(new Error("EACCES")),
      write: async (_, code) => written.push(code) > 0,
    },
    { ABC: "5" },
  );
  await watch.count("/", ["ABC"]);
  expect([watch.signs("ABC"), recorded, written]).toEqual([[], [], []]);
});

test("each site is counted once in a start, above what its folder states and what is recorded, and never while it is set back", async () => {
  const written: [string, number][] = [];
  const write = async (_: string, code: string, starts: number): Promise<boolean> => written.push([code, starts]) > 0;
  const { watch, recorded } = await watching({ write }, { ABC: "2", SEC: "5" });
  await Promise.all([watch.count("/", ["ABC", "SEC"]), watch.count("/", ["ABC", "SEC", "POR"])]);
  expect(written).toEqual([
    ["ABC", 5],
    ["POR", 5],
  ]);
  expect(recorded).toEqual([{ ABC: "5" }, { POR: "5" }]);
});
