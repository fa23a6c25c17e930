import { fstatSync } from "node:fs";
import { join } from "node:path";
import {
  decodeMediumTable,
  decodeSigned,
  isVolumeName,
  MANIFEST_PIECE,
  MEDIUM_LIMITS,
  MEDIUM_PLACES,
  numberedName,
  PACK_HEADER,
  packHeader,
  SEAL_BYTES,
  SitewrightError,
  type MediumTable,
  type Signed,
} from "@sitewright/protocol";
import { closeQuietly, linked, namesOf, openPlain, readAt, readWhole, statsOf, truncated } from "./medium-files.ts";
import type { PackPlace, PackPlaces } from "./medium-packs.ts";
import { manifestPlace, openPiece } from "./medium-seal.ts";

/** Volumes of one medium, as far as they are there. They are only read. */
export interface OpenMedium {
  table: MediumTable;
  /** As it is on the volumes. */
  signed: Signed;
  packs: PackPlaces;
  /** Folders of the volumes, by number; that of the parity has the number above the last. */
  volumes: ReadonlyMap<number, string>;
  /** The bytes of a manifest, not checked against its digest. @param key Of an encrypted medium. */
  manifest(index: number, key?: Uint8Array): Generator<Uint8Array>;
}

/** Throws what it finds wrong with the signature of a table. */
export type TableJudge = (signed: Signed) => void;

/**
 * Opens the volumes in these folders, each of which is a volume or holds some. No link is followed. Throws `NOT_FOUND`, `MEDIUM_INVALID`,
 * `MEDIUM_MIXED`, `MEDIUM_TRUNCATED`, `LINK_IN_PATH`, `VERSION_UNSUPPORTED`, `UNSAFE_PATH`, and as `judge` does.
 */
export function openMedium(given: readonly string[], judge: TableJudge): OpenMedium {
  const folders = given.flatMap(volumeFolders);
  const [one] = folders;
  if (one === undefined) throw new SitewrightError("NOT_FOUND", `there is no medium in ${given.join(", ")}: name the folder of a volume`);
  const first = signedTable(one);
  const others = folders.filter((other) => Buffer.compare(signedTable(other).body, first.body) !== 0);
  for (const other of [...others, one]) onVolume(other, () => judge(other === one ? first : signedTable(other)));
  if (others[0] !== undefined) throw mixed(`${others[0]} is a volume of another medium than ${one}`, others[0]);
  const table = decodeMediumTable(first.body);
  const volumes = new Map<number, string>();
  const packs: PackPlace[] = table.packs.map(({ volume, bytes }) => ({ volume, bytes }));
  const parity = new Map<number, string>();
  for (const folder of folders) {
    for (const number of numbersIn(folder, MEDIUM_PLACES.packs, packs.length)) {
      const pack = packs[number - 1] as PackPlace;
      pack.path = checkedPack(folder, table.medium, number, pack.bytes);
      volumes.set(pack.volume, folder);
    }
    for (const number of numbersIn(folder, MEDIUM_PLACES.parity, packs.length)) {
      parity.set(number, join(folder, MEDIUM_PLACES.parity, numberedName(number)));
      volumes.set(table.volumes + 1, folder);
    }
  }
  // A volume is there as a whole, or not at all.
  for (const [i, { volume, path }] of packs.entries()) {
    const folder = volumes.get(volume);
    if (folder !== undefined && path === undefined) throw truncated(join(folder, MEDIUM_PLACES.packs, numberedName(i + 1)), "is missing");
  }
  // Of empty units alone there is no pack by which a volume is known, but one that has the lists and the texts.
  if (packs.length === 0) volumes.set(1, folders.at(-1) as string);
  compute(packs, parity);
  for (const folder of folders) checkLists(folder, table);
  return {
    table,
    signed: first,
    packs: { medium: table.medium, packs },
    volumes,
    *manifest(index, key) {
      const { bytes, digest } = table.manifests[index] as MediumTable["manifests"][number];
      const path = join(one, MEDIUM_PLACES.manifests, numberedName(index + 1));
      const file = openPlain(path);
      try {
        for (let at = 0, from = 0; at < bytes; at += MANIFEST_PIECE) {
          const length = Math.min(MANIFEST_PIECE, bytes - at) + (key ? SEAL_BYTES : 0);
          const piece = Buffer.allocUnsafe(length);
          if (readAt(file, piece, from, path) < length) throw truncated(path, "ends too early");
          from += length;
          yield key ? opened(() => openPiece(key, manifestPlace(index, at), piece), `the manifest ${digest}`, path) : piece;
        }
      } finally {
        closeQuietly(file);
      }
    },
  };
}

function signedTable(volume: string): Signed {
  const bytes = readWhole(join(volume, MEDIUM_PLACES.table), MEDIUM_LIMITS.signedTable);
  return onVolume(volume, () => decodeSigned(bytes, MEDIUM_LIMITS.signedTable));
}

/** Of several volumes, one may have a table that was cut off or changed. */
function onVolume<T>(volume: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, message } = SitewrightError.from(cause);
    const path = join(volume, MEDIUM_PLACES.table);
    const advice = "if it is damaged, copy it from another volume of the medium, which has the same one";
    throw new SitewrightError(code, `${path}: ${message}; ${advice}`, { path, cause });
  }
}

function volumeFolders(folder: string): string[] {
  if (statsOf(join(folder, MEDIUM_PLACES.table))) return [requirePlain(folder)];
  return namesOf(folder)
    .filter(isVolumeName)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => join(folder, name))
    .filter((volume) => statsOf(join(volume, MEDIUM_PLACES.table)))
    .map(requirePlain);
}

/** The folders below a volume through which its files are read. The volume itself may be a link: its user named it. */
function requirePlain(volume: string): string {
  for (const place of ["sitewright", MEDIUM_PLACES.packs, MEDIUM_PLACES.parity, MEDIUM_PLACES.manifests])
    if (statsOf(join(volume, place))?.isSymbolicLink()) throw linked(join(volume, place));
  return volume;
}

function numbersIn(volume: string, place: string, most: number): number[] {
  const folder = join(volume, place);
  // Systems leave files of their own, with such names, beside those that they copy to FAT.
  const names = namesOf(folder).filter((name) => !name.startsWith("."));
  return names.map((name) => {
    const number = Number(name);
    if (name !== numberedName(number) || number < 1 || number > most)
      throw new SitewrightError("MEDIUM_MIXED", `${join(folder, name)} is not a file of this medium: write it again`, {
        path: join(folder, name),
      });
    return number;
  });
}

function checkedPack(volume: string, medium: string, number: number, bytes: number): string {
  const path = join(volume, MEDIUM_PLACES.packs, numberedName(number));
  const file = openPlain(path);
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(PACK_HEADER);
    if (size !== bytes || readAt(file, header, 0, path) < PACK_HEADER) throw truncated(path, `has ${size} bytes instead of ${bytes}`);
    if (!header.equals(packHeader(medium, number))) throw mixed(`${path} is not pack ${number} of the medium ${medium}`, path);
    return path;
  } finally {
    closeQuietly(file);
  }
}

function checkLists(volume: string, { manifests, keys }: MediumTable): void {
  for (const [i, { bytes }] of manifests.entries()) {
    const path = join(volume, MEDIUM_PLACES.manifests, numberedName(i + 1));
    const stats = statsOf(path);
    if (stats?.isSymbolicLink()) throw linked(path);
    const expected = bytes + (keys.length > 0 ? Math.ceil(bytes / MANIFEST_PIECE) * SEAL_BYTES : 0);
    if (stats?.size !== expected) throw truncated(path, stats ? `has ${stats.size} bytes instead of ${expected}` : "is missing");
  }
}

/** For the packs of one missing volume: their counterparts on all others, by their place in their volume. */
function compute(packs: PackPlace[], parity: ReadonlyMap<number, string>): void {
  const missing = new Set(packs.filter(({ path }) => path === undefined).map(({ volume }) => volume));
  if (missing.size !== 1 || parity.size === 0) return;
  const inVolume = Map.groupBy(packs, ({ volume }) => volume);
  const [lost] = missing;
  for (const [i, pack] of (inVolume.get(lost as number) ?? []).entries()) {
    const part = parity.get(i + 1);
    if (part === undefined) return;
    const rest = [...inVolume].flatMap(([volume, own]) => (volume === lost ? [] : (own[i] ?? [])));
    const others = rest.map(({ path, bytes }) => ({ path: path as string, bytes }));
    const longest = Math.max(pack.bytes, ...others.map(({ bytes }) => bytes));
    if ((statsOf(part)?.size ?? 0) !== longest) throw truncated(part, `does not have ${longest} bytes`);
    pack.others = [{ path: part, bytes: longest }, ...others];
  }
}

function opened<T>(open: () => T, what: string, path: string): T {
  try {
    return open();
  } catch (cause) {
    throw new SitewrightError("MEDIUM_DAMAGED", `${what} cannot be decrypted: it was changed on the medium`, { path, cause });
  }
}

function mixed(why: string, path: string): SitewrightError {
  return new SitewrightError("MEDIUM_MIXED", `${why}: keep the volumes of each medium together`, { path });
}
