import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import type { FoundEntry } from "../../domain/compare-tree.ts";
import { identityOf, type FileIdentity } from "../../domain/file-identity.ts";
import type { Anchor } from "./anchored.ts";
import { diskError, isAbsent } from "./disk-error.ts";

const PART = 1000;

/** Finds what lies at and below `path` and hands it on in parts. */
export function walkTree(anchor: Anchor, path: string, check: () => void, onPart: (part: FoundEntry[]) => void): void {
  let part: FoundEntry[] = [];
  const queue = [""];
  for (let below = queue.pop(); below !== undefined; below = queue.pop()) {
    check();
    const entry = look(anchor, path, below);
    if (!entry) continue;
    part.push(entry);
    if (part.length >= PART) {
      onPart(part);
      part = [];
    }
    if (entry.kind !== "folder") continue;
    const names = readFolder(anchor, joinPath(path, below)).sort().reverse();
    for (const name of names) queue.push(joinPath(below, name));
    anchor.trim();
  }
  onPart(part);
}

/** Identity of the plain file at `path`. */
export function identify(anchor: Anchor, path: string): FileIdentity | undefined {
  try {
    const stat = lstatSync(anchor.place(path), { bigint: true });
    return stat.isFile() ? identityOf(stat) : undefined;
  } catch {
    return undefined;
  }
}

function ownedByUs(stat: { uid: bigint; gid: bigint }): boolean {
  return stat.uid === BigInt(process.geteuid?.() ?? 0) && stat.gid === BigInt(process.getegid?.() ?? 0);
}

function look(anchor: Anchor, path: string, below: string): FoundEntry | undefined {
  const whole = joinPath(path, below);
  try {
    // A name that is no Unicode cannot be ours, nor be opened by what was made of it.
    if (below.includes("\ufffd")) return { path: below, kind: "other", mode: 0, size: 0, modified: 0, identity: "", names: 1, ours: false };
    const place = anchor.place(whole);
    const stat = lstatSync(place, { bigint: true });
    const kind = kindOf(stat);
    return {
      path: below,
      kind,
      mode: Number(stat.mode & 0o7777n),
      size: Number(stat.size),
      modified: Math.round(Number(stat.mtimeNs / 1000n) / 1000),
      identity: identityOf(stat),
      names: Number(stat.nlink),
      ours: ownedByUs(stat),
      ...(kind === "link" ? { target: readlinkSync(place) } : {}),
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw diskError(error, anchor.root, whole);
  }
}

function readFolder(anchor: Anchor, path: string): string[] {
  try {
    return readdirSync(anchor.folder(path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskError(error, anchor.root, path);
  }
}

function kindOf(stat: BigIntStats): FoundEntry["kind"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

function joinPath(path: string, below: string): string {
  return below === "" ? path : path === "" ? below : join(path, below);
}
