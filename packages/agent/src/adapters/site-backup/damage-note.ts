import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Damage of a store that was seen, noted beside it: until all that is needed was stored again, nothing there is taken unread. */
export interface DamageNote {
  isThere(): boolean;
  /** @param digest Missing: more is damaged than can be named. */
  add(digest?: Uint8Array): void;
  /** Chunks that may be damaged; undefined: all. */
  chunks(): Buffer[] | undefined;
  clear(): void;
}

/** Chunks that are named; with more of them all are meant. */
const MOST = 10_000;
const ALL = "*";

export function openDamageNote(folder: string): DamageNote {
  const path = join(folder, "damaged");
  const noted = new Set(linesOf(path));
  return {
    isThere: () => noted.size > 0,
    add(digest) {
      const line = digest && noted.size < MOST ? Buffer.from(digest).toString("hex") : ALL;
      if (noted.has(line) || noted.has(ALL)) return;
      noted.add(line);
      try {
        appendFileSync(path, `${line}\n`, { mode: 0o600 });
      } catch {
        // A disk that is full or read-only: whoever reads the damage next notes it.
      }
    },
    chunks: () => (noted.has(ALL) ? undefined : [...noted].map((line) => Buffer.from(line, "hex"))),
    clear() {
      rmSync(path, { force: true });
      noted.clear();
    },
  };
}

function linesOf(path: string): string[] {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    // One that was cut off by a crash says that there is damage, and not which.
    return lines.filter((line) => line !== "").map((line) => (/^[0-9a-f]{64}$/.test(line) ? line : ALL));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
