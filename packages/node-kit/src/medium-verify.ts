import { join, sep } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { MEDIUM_PLACES, missingChunks, numberedName, SitewrightError, type MissingChunks, type Unit } from "@sitewright/protocol";
import type { OpenMedium } from "./medium.ts";
import { closeQuietly, openPlain, readAt, statsOf } from "./medium-files.ts";
import { isReadable } from "./medium-packs.ts";

export interface VerifiedMedium {
  /** Volumes with packs, by number. `computed`: it is not there, and can be computed from the others. */
  volumes: { number: number; state: "whole" | "damaged" | "missing" | "computed" }[];
  /** Of the volumes that are there. */
  damaged: { path: string; why: string }[];
  /** By manifest. */
  units: { unit: Unit; missing: MissingChunks; damaged: boolean }[];
}

const PIECE = 1024 * 1024;

/** Reads every byte of the volumes that are there. Throws `DISK_AWAY` for one that is no longer. */
export function verifyMedium({ table, packs, volumes }: OpenMedium): VerifiedMedium {
  const damaged: VerifiedMedium["damaged"] = [];
  const bad = new Set<number>();
  const badLists = new Set<number>();

  function check(path: string, digest: string): boolean {
    try {
      if (digestOfFile(path) === digest) return true;
      damaged.push({ path, why: "has other bytes than were written" });
    } catch (error) {
      const { code, message } = SitewrightError.from(error);
      requireThere(volumes, path, code);
      damaged.push({ path, why: message.replace(`${path} `, "") });
    }
    return false;
  }

  for (const [i, { path }] of packs.packs.entries())
    if (path !== undefined && !check(path, (table.packs[i] as { digest: string }).digest)) bad.add(i + 1);
  for (const folder of new Set(volumes.values()))
    for (const [i, { stored }] of table.manifests.entries())
      if (!check(join(folder, MEDIUM_PLACES.manifests, numberedName(i + 1)), stored)) badLists.add(i);
  const parity = volumes.get(table.volumes + 1);
  if (parity !== undefined)
    for (const [i, digest] of table.parity.entries()) check(join(parity, MEDIUM_PLACES.parity, numberedName(i + 1)), digest);
  // What is computed from something damaged is so itself.
  const badFiles = new Set(damaged.map(({ path }) => path));
  for (const [i, { others = [] }] of packs.packs.entries()) if (others.some(({ path }) => badFiles.has(path))) bad.add(i + 1);
  const first = volumes.get(1);
  if (first !== undefined) for (const { path, digest } of table.files) check(join(first, ...path.split("/")), digest);
  return {
    volumes: Array.from({ length: table.volumes }, (_, i) => {
      const own = packs.packs.flatMap((pack, at) => (pack.volume === i + 1 ? [at + 1] : []));
      const isThere = volumes.has(i + 1) || own.length === 0;
      // Its lists and programs count too.
      const folder = volumes.get(i + 1);
      const isDamaged = folder !== undefined && damaged.some(({ path }) => path.startsWith(`${folder}${sep}`));
      const state = isDamaged ? "damaged" : isThere ? "whole" : "missing";
      return {
        number: i + 1,
        state: state === "missing" && own.every((number) => isReadable(packs, number) && !bad.has(number)) ? "computed" : state,
      };
    }),
    damaged,
    units: table.manifests.map(({ unit, runs }, i) => ({
      unit,
      missing: missingChunks(runs, table.packs, (number) => isReadable(packs, number)),
      damaged: badLists.has(i) || runs.packs.some((number) => bad.has(number)),
    })),
  };
}

function digestOfFile(path: string): string {
  const hasher = new Blake3Hasher();
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  const file = openPlain(path);
  try {
    for (let at = 0; ;) {
      const count = readAt(file, buffer, at, path);
      if (count === 0) return hasher.digest();
      hasher.update(buffer.subarray(0, count));
      at += count;
    }
  } finally {
    closeQuietly(file);
  }
}

/** A volume that was pulled out, or unmounted, is not damaged. Throws `DISK_AWAY`. @param code With which a file of it could not be read. */
function requireThere(volumes: OpenMedium["volumes"], path: string, code: SitewrightError["code"]): void {
  const volume = [...volumes.values()].find((folder) => path.startsWith(`${folder}${sep}`)) ?? path;
  if (code !== "DISK_AWAY" && statsOf(join(volume, MEDIUM_PLACES.table))) return;
  throw new SitewrightError(
    "DISK_AWAY",
    `${volume} went away while it was read: put the medium in again, and verify it from the beginning`,
    {
      path: volume,
    },
  );
}
