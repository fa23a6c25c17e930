import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { UnitSource } from "../../domain/hierarchy.ts";
import { brokenReferences, isReferring, type ReferringFile } from "../../domain/references.ts";
import { OPEN_FLAGS } from "./hash-file.ts";
import { read, SourceMoved, type FaultList } from "./source-fault.ts";
import type { SourceEntry } from "./walk-source.ts";

/** Follows the references on a client access point; on other units there are none. */
export interface UnitReferences {
  add(entry: SourceEntry): void;
  /** Finds chains that lead nowhere. Throws `SourceMoved`. */
  check(faults: FaultList): void;
}

/** A client reads these line by line; anything larger is none of them. */
const LARGEST_REFERRING = 1024 * 1024;

export function createUnitReferences(root: string, { unit }: UnitSource): UnitReferences {
  const packages: string[] = [];
  /** Places of what lies in offerinf.box, by name. */
  const offers = new Map<string, string>();
  const referring: string[] = [];
  const folders = { offers: `${unit.name}/offerinf.box/`, packages: `${unit.name}/pkginfo.box/` };
  const nameIn = (folder: string, path: string) =>
    path.startsWith(folder) && !path.includes("/", folder.length) ? path.slice(folder.length) : undefined;

  function* files(faults: FaultList): Generator<ReferringFile> {
    for (const name of referring) {
      const source = offers.get(name) ?? name;
      const bytes = read(faults, source, () => readReferring(join(root, source), source));
      // Binary files of the same extension are not ours to judge.
      if (bytes && !bytes.includes(0)) yield { name, text: bytes.toString("utf8") };
    }
  }

  return {
    add({ kind, path, source, stats }) {
      if (unit.role !== "cap" || kind === "folder") return;
      const pack = nameIn(folders.packages, path);
      if (pack !== undefined) packages.push(pack);
      const offer = nameIn(folders.offers, path);
      if (offer === undefined) return;
      offers.set(offer, source);
      if (kind === "file" && isReferring(offer) && stats.size <= LARGEST_REFERRING) referring.push(offer);
    },
    check(faults) {
      for (const { file, line, missing, folder } of brokenReferences(files(faults), offers.keys(), packages)) {
        const place = `${offers.get(file) ?? file}:${line}`;
        faults.add("BROKEN_REFERENCE", place, `it names ${missing}, which is not in ${folder}: restore that file, or take out the line`);
      }
    },
  };
}

/** It was a small file a moment ago: a pipe, a link or a larger file in its place means that somebody is at work there. */
function readReferring(path: string, source: string): Buffer {
  const file = openSync(path, OPEN_FLAGS);
  try {
    if (!fstatSync(file).isFile()) throw new SourceMoved(source);
    const bytes = Buffer.allocUnsafe(LARGEST_REFERRING + 1);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count)
      count = readSync(file, bytes, filled, bytes.length - filled, null);
    if (filled > LARGEST_REFERRING) throw new SourceMoved(source);
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
