import type { ChainTip, LedgerEntry, LedgerFinding, LedgerReport } from "./entry.ts";

/** SHA-256 of a text, hex. */
export type Hash = (text: string) => string;

export type Unsealed = Omit<LedgerEntry, "hash">;

/** All fields of an entry, in a fixed order. */
function hashedText({ form, writer, number, previous, seen, at, by, kind, about, details }: Unsealed): string {
  const tips = sorted(seen).map(([other, tip]) => [other, tip.number, tip.hash]);
  return JSON.stringify([
    form,
    writer,
    number,
    previous,
    tips,
    at,
    [by.name, by.proof, by.address],
    kind,
    sorted<string | undefined>(about),
    sorted(details),
  ]);
}

function sorted<T>(fields: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function seal(entry: Unsealed, hash: Hash): LedgerEntry {
  return { ...entry, hash: hash(hashedText(entry)) };
}

/** Takes all entries, in any order, and checks that they are as they were written. */
export interface ChainCheck {
  take(entry: LedgerEntry): void;
  /** @param line Of a text that is not an entry. */
  takeBroken(line: number): void;
  has(hash: string): boolean;
  /** Ends of chains that no entry names: the next entry has to name them. */
  tips(): Record<string, ChainTip>;
  report(): LedgerReport;
}

/** What is needed of an entry to check those that name it. */
interface Known {
  number: number;
  previous: string;
  seen: LedgerEntry["seen"];
}

export function createChainCheck(hash: Hash): ChainCheck {
  /** By writer, by hash. */
  const chains = new Map<string, Map<string, Known>>();
  const edited: LedgerFinding[] = [];
  const taken = new Set<string>();

  function finding(kind: LedgerFinding["kind"], writer: string, number: number, why: string): LedgerFinding {
    return { kind, where: `${writer}/${number}`, message: `entry ${number} of the writer ${writer} ${why}` };
  }

  function judge(writer: string, chain: ReadonlyMap<string, Known>): LedgerFinding[] {
    const byNumber = Map.groupBy(chain, ([, { number }]) => number);
    const last = Math.max(...byNumber.keys());
    const found: LedgerFinding[] = [];
    for (let number = 1; number <= last; number++) {
      const same = byNumber.get(number);
      if (!same) found.push(finding("missing", writer, number, "is missing: later ones of that writer are there"));
      else if (same.length > 1)
        found.push(finding("forked", writer, number, `was written ${same.length} times: an older copy of the ledger was continued`));
    }
    for (const { number, previous } of chain.values())
      if (previous !== "" && byNumber.has(number - 1) && !chain.has(previous))
        found.push(finding("edited", writer, number - 1, `is not the one that entry ${number} follows`));
    return found;
  }

  function unknownTips({ seen }: Known): LedgerFinding[] {
    return Object.entries(seen).flatMap(([other, { number, hash: tip }]) =>
      chains.get(other)?.has(tip) ? [] : [finding("missing", other, number, "is missing: another writer named it")],
    );
  }

  return {
    take(entry) {
      const { writer, number, previous, seen } = entry;
      if (seal(entry, hash).hash !== entry.hash) {
        edited.push(finding("edited", writer, number, "does not match its hash: it was altered"));
        return;
      }
      taken.add(entry.hash);
      const chain = chains.get(writer) ?? new Map<string, Known>();
      chains.set(writer, chain.set(entry.hash, { number, previous, seen }));
    },
    takeBroken(line) {
      edited.push({
        kind: "edited",
        where: `line ${line}`,
        message: `line ${line} of the file is not an entry: it was altered or damaged`,
      });
    },
    has: (entry) => taken.has(entry),
    tips() {
      const named = new Set<string>();
      for (const chain of chains.values())
        for (const { previous, seen } of chain.values()) {
          named.add(previous);
          for (const tip of Object.values(seen)) named.add(tip.hash);
        }
      const free = [...chains].flatMap(([writer, chain]) =>
        [...chain].filter(([entry]) => !named.has(entry)).map(([entry, { number }]) => ({ writer, number, hash: entry })),
      );
      return Object.fromEntries(free.map(({ writer, ...tip }) => [writer, tip]));
    },
    report() {
      const chained = [...chains].flatMap(([writer, chain]) => judge(writer, chain));
      const seen = [...chains.values()].flatMap((chain) => [...chain.values()].flatMap(unknownTips));
      const found = new Map([...edited, ...chained, ...seen].map((one) => [`${one.kind} ${one.where}`, one]));
      return { entries: taken.size, writers: chains.size, findings: [...found.values()] };
    },
  };
}
