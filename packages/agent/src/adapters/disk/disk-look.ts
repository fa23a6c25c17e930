import { lstatSync, type BigIntStats } from "node:fs";
import type { Looks } from "../../app/units/disk-ports.ts";
import { identityOf, modifiedMs } from "../../domain/file-identity.ts";
import type { Anchor } from "./anchored.ts";

/** Looks at plain files by their paths; whatever keeps one from being looked at, it is as good as not there. */
export function lookAt(anchor: Anchor, paths: readonly string[], check: () => void): Looks {
  const looks: Looks = { identities: [], modes: [], modified: [], ours: [] };
  const uid = BigInt(process.geteuid?.() ?? 0);
  for (const path of paths) {
    check();
    anchor.trim();
    const stat = look(anchor, path);
    looks.identities.push(stat && identityOf(stat));
    looks.modes.push(stat ? Number(stat.mode & 0o7777n) : 0);
    looks.modified.push(stat ? modifiedMs(stat.mtimeNs) : 0);
    looks.ours.push(stat !== undefined && stat.uid === uid);
  }
  return looks;
}

function look(anchor: Anchor, path: string): BigIntStats | undefined {
  try {
    const stat = lstatSync(anchor.place(path), { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() ? stat : undefined;
  } catch {
    return undefined;
  }
}
