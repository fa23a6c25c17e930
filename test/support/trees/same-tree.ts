import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type BigIntStats } from "node:fs";

const PIECE = 1024 * 1024;
const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];

/**
 * Differences of `target` from `source`, one line per path: kind, mode, link target, and of files size, time (ms) and every byte. Names are
 * bytes here, and files are never held as a whole.
 */
export function differences(source: string, target: string): string[] {
  const found: string[] = [];
  compareFolders(Buffer.from(source), Buffer.from(target), "", found);
  return found;
}

function compareFolders(source: Buffer, target: Buffer, shown: string, found: string[]): void {
  const names = (folder: Buffer) => new Map(readdirSync(folder, { encoding: "buffer" }).map((name) => [name.toString("latin1"), name]));
  const [wanted, there] = [names(source), names(target)];
  for (const name of there.keys()) if (!wanted.has(name)) found.push(`${shown}${name} is not in the source`);
  for (const [text, name] of wanted) {
    const at = shown + name.toString();
    if (!there.has(text)) found.push(`${at} is missing`);
    else compareOne(inside(source, name), inside(target, name), at, found);
  }
}

const inside = (folder: Buffer, name: Buffer) => Buffer.concat([folder, Buffer.from("/"), name]);

function compareOne(source: Buffer, target: Buffer, at: string, found: string[]): void {
  const [a, b] = [lstatSync(source, { bigint: true }), lstatSync(target, { bigint: true })];
  const tell = (what: string, wanted: unknown, is: unknown) => {
    if (wanted !== is) found.push(`${at} has ${what} ${String(is)}, not ${String(wanted)}`);
  };
  tell("kind", kindOf(a), kindOf(b));
  if (kindOf(a) !== kindOf(b)) return;
  if (a.isSymbolicLink()) {
    tell("target", readlinkSync(source), readlinkSync(target));
    return;
  }
  tell("mode", (a.mode & 0o777n).toString(8), (b.mode & 0o777n).toString(8));
  if (a.isDirectory()) {
    compareFolders(source, target, `${at}/`, found);
    return;
  }
  // A manifest has whole ms; setting times as floating point seconds misses that by a fraction of a microsecond.
  tell("time", a.mtimeNs / 1_000_000n, (b.mtimeNs + 500_000n) / 1_000_000n);
  tell("size", a.size, b.size);
  if (a.size === b.size && !sameBytes(source, target)) found.push(`${at} has other content`);
}

function kindOf(stats: BigIntStats): string {
  return stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : stats.isFile() ? "file" : "other";
}

function sameBytes(source: Buffer, target: Buffer): boolean {
  const [a, b] = [openSync(source, "r"), openSync(target, "r")];
  try {
    for (;;) {
      const length = readSync(a, left, 0, PIECE, null);
      if (readSync(b, right, 0, PIECE, null) !== length || left.compare(right, 0, length, 0, length) !== 0) return false;
      if (length === 0) return true;
    }
  } finally {
    closeSync(a);
    closeSync(b);
  }
}
