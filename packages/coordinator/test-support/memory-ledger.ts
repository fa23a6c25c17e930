import { createHash, randomUUID } from "node:crypto";
import { openLedger, type Ledger } from "../src/app/ledger/ledger.ts";
import type { LedgerCopy, LedgerLines } from "../src/app/ledger/ports.ts";
import { silent } from "./redis/redis-fixture.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Lines of a ledger in memory; a line's place is its index. */
export function memoryLines(kept: string[] = []): LedgerLines {
  return {
    append: async (lines) => void kept.push(...lines),
    forwards: async function* () {
      for (const line of kept.slice()) yield line;
    },
    backwards: async function* (before = kept.length) {
      for (let at = before - 1; at >= 0; at--) yield { at, line: kept[at] ?? "" };
    },
  };
}

export function memoryCopy(kept: string[] = []): LedgerCopy {
  return {
    push: async (lines) => void kept.push(...lines),
    lines: async function* () {
      for (const line of kept.slice()) yield line;
    },
  };
}

/** A start of a coordinator on these lines. */
export function startLedger(lines = memoryLines(), copy = memoryCopy(), writer: string = randomUUID()): Promise<Ledger> {
  return openLedger({ lines, copy, writer, hash: sha256, clock: Date.now, log: silent });
}
