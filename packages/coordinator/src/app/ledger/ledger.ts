import { SitewrightError } from "@sitewright/protocol";
import type { LedgerEntry, LedgerFilter, LedgerKind, LedgerPage, LedgerQuery, LedgerReport } from "@sitewright/protocol/api";
import { createChainCheck, seal, type ChainCheck, type Hash } from "../../domain/ledger/chain.ts";
import { inOrder } from "../../domain/ledger/in-order.ts";
import { LEDGER_FORM } from "../../domain/ledger/entry.ts";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock } from "../ports/clock.ts";
import type { LedgerCopy, LedgerLines } from "./ports.ts";

/** Who did what, permanently: stored in the data folder and in Redis, so that the loss of either loses nothing. */
export interface Ledger {
  /**
   * To be called before the change itself, so that no change is unrecorded. Throws `FORBIDDEN` for one who may only listen, `DISK_FULL`,
   * `DATA_FILE_UNUSABLE`; then nothing may change.
   */
  record(by: Actor, kind: LedgerKind, what?: What): Promise<LedgerEntry>;
  /** Newest first. */
  page(query: LedgerQuery): Promise<LedgerPage>;
  /** Oldest first. @param wanted Of these only. */
  entries(wanted?: LedgerFilter): AsyncIterable<LedgerEntry>;
  /**
   * All that is about no run, as it followed each other: the same for each coordinator, also where the loss of a copy had it come late.
   */
  decisions(): Promise<LedgerEntry[]>;
  /** Whether both copies hold everything as it was written. */
  verify(): Promise<LedgerReport>;
  /** Gives each copy what only the other has; to be called when Redis is available again. */
  reconcile(): Promise<void>;
}

export type Actor = Principal | { name: "coordinator"; proof: "itself"; address: ""; mayOnlyListen?: never };
export const ITSELF: Actor = { name: "coordinator", proof: "itself", address: "" };

export interface What {
  about?: LedgerEntry["about"];
  details?: Record<string, string>;
}

export interface LedgerDeps {
  lines: LedgerLines;
  copy: LedgerCopy;
  /** Name of this start, used by no other. */
  writer: string;
  hash: Hash;
  clock: Clock;
  log: Log;
}

/** Longer texts are cut, characters: the requester decides their length, and the ledger keeps them permanently. */
export const MOST_TEXT = 20_000;
const PAGE = 100;

/** Reads both copies, merges them, and begins a chain that names the ends of all others. Throws `REDIS_UNREACHABLE`, as `record` does. */
export async function openLedger(deps: LedgerDeps): Promise<Ledger> {
  const { lines, copy, writer, hash, clock, log } = deps;
  /** The last entry of this start; undefined: there is none yet. */
  let last: LedgerEntry | undefined;
  /** Entries are sealed one after another, each numbered above the one before. */
  const inTurn = oneAtATime();

  await reconcile();
  const check = await checkOf(lines.forwards(), hash);
  const { findings } = check.report();
  for (const { message } of findings.slice(0, 10)) log.error({ findings: findings.length }, `the ledger is not intact: ${message}`);
  let tips: LedgerEntry["seen"] = check.tips();

  async function reconcile(): Promise<void> {
    const inFile = new Set<string>();
    for await (const { hash: known } of entries()) inFile.add(known);
    const inCopy = new Set<string>();
    const lost = new Map<string, string>();
    for await (const line of copy.lines()) {
      const entry = parse(line);
      if (!entry || seal(entry, hash).hash !== entry.hash) continue;
      inCopy.add(entry.hash);
      if (!inFile.has(entry.hash)) lost.set(entry.hash, line);
    }
    if (lost.size > 0) {
      await lines.append([...lost.values()]);
      log.warn({ entries: lost.size }, "the ledger in the data folder had lost entries: they were taken from Redis");
    }
    const missing = inFile.difference(inCopy);
    if (missing.size === 0) return;
    const behind: string[] = [];
    for await (const line of lines.forwards()) if (missing.has(parse(line)?.hash ?? "")) behind.push(line);
    await copy.push(behind);
  }

  async function append(entry: LedgerEntry): Promise<LedgerEntry> {
    const line = JSON.stringify(entry);
    await lines.append([line]);
    last = entry;
    tips = {};
    await copy
      .push([line])
      .catch((error: unknown) =>
        log.warn({ error: String(error) }, "an entry of the ledger is in the data folder only until Redis is back"),
      );
    return entry;
  }

  async function* entries(wanted: LedgerFilter = {}): AsyncGenerator<LedgerEntry> {
    for await (const line of lines.forwards()) {
      const entry = parse(line);
      if (entry && matches(entry, wanted)) yield entry;
    }
  }

  return {
    record(by, kind, { about = {}, details = {} } = {}) {
      return inTurn(async () => {
        refuseListener(by);
        const { name, proof, address } = by;
        const facts = Object.fromEntries(Object.entries(details).map(([key, value]) => [key, value.slice(0, MOST_TEXT)]));
        const chained = { form: LEDGER_FORM, writer, number: (last?.number ?? 0) + 1, previous: last?.hash ?? "", seen: tips };
        return append(seal({ ...chained, at: clock(), by: { name, proof, address }, kind, about, details: facts }, hash));
      });
    },
    async page({ before, limit, ...wanted }) {
      const most = limit === undefined ? PAGE : Number(limit);
      const found: LedgerEntry[] = [];
      let next = 0;
      for await (const { at, line } of lines.backwards(before === undefined ? undefined : Number(before))) {
        const entry = parse(line);
        if (!entry || !matches(entry, wanted)) continue;
        if (found.length === most) return { entries: found, next };
        found.push(entry);
        next = at;
      }
      return { entries: found };
    },
    entries,
    async decisions() {
      const found: LedgerEntry[] = [];
      for await (const entry of entries()) if (entry.about.run === undefined || entry.number === 1) found.push(entry);
      return inOrder(found);
    },
    async verify() {
      const all = await checkOf(lines.forwards(), hash);
      const report = all.report();
      for await (const line of copy.lines()) {
        const entry = parse(line);
        if (entry && all.has(entry.hash) && seal(entry, hash).hash === entry.hash) continue;
        const where = entry ? `${entry.writer}/${entry.number} in Redis` : "a line in Redis";
        report.findings.push({ kind: "edited", where, message: `${where} is not what the data folder has` });
      }
      return report;
    },
    reconcile: () => inTurn(reconcile),
  };
}

async function checkOf(lines: AsyncIterable<string>, hash: Hash): Promise<ChainCheck> {
  const check = createChainCheck(hash);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const entry = parse(line);
    if (entry) check.take(entry);
    else check.takeBroken(number);
  }
  return check;
}

/** Undefined for text that is not an entry. Throws `DATA_FILE_UNUSABLE` for one of a newer version. */
function parse(line: string): LedgerEntry | undefined {
  let entry: Partial<LedgerEntry> | null;
  try {
    entry = JSON.parse(line) as Partial<LedgerEntry> | null;
  } catch {
    return undefined;
  }
  const isWhole =
    typeof entry?.writer === "string" &&
    Number.isSafeInteger(entry.number) &&
    typeof entry.hash === "string" &&
    typeof entry.previous === "string" &&
    typeof entry.at === "number" &&
    typeof entry.kind === "string" &&
    [entry.by, entry.seen, entry.about, entry.details].every((part) => typeof part === "object" && part !== null);
  if (isWhole && Number(entry?.form) > LEDGER_FORM)
    throw new SitewrightError(
      "DATA_FILE_UNUSABLE",
      `the ledger has entries of a newer version (their form is ${entry?.form}, and this one knows forms up to ${LEDGER_FORM}): start that version`,
    );
  return isWhole ? (entry as LedgerEntry) : undefined;
}

function matches({ by, kind, about }: LedgerEntry, wanted: LedgerFilter): boolean {
  if (wanted.kind !== undefined && wanted.kind !== kind) return false;
  if (wanted.by !== undefined && wanted.by !== by.name) return false;
  return (["run", "system", "site", "address"] as const).every((key) => wanted[key] === undefined || wanted[key] === about[key]);
}
