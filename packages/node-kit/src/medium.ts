import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import {
  decodeMediumTable,
  decodeSigned,
  MANIFEST_PIECE,
  MEDIUM_LIMITS,
  MEDIUM_PLACES,
  numberedName,
  PACK_HEADER,
  packHeader,
  SEAL_BYTES,
  SitewrightError,
  systemCode,
  type MediumTable,
  type Signed,
} from "@sitewright/protocol";
import { manifestPlace, openPiece } from "./medium-seal.ts";

/** Where each pack of a medium is. Can be sent to a thread. */
export interface PackPlaces {
  medium: string;
  /** By number, the first one is 1. */
  packs: PackPlace[];
}

export interface PackPlace {
  volume: number;
  bytes: number;
  /** Missing: its volume is not there. */
  path?: string;
  /** Of a volume that is not there: what it is computed from, the part of the parity first. */
  others?: { path: string; bytes: number }[];
}

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

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Of folders in a folder of several volumes. */
const VOLUME = /^(volume-\d{1,4}|parity)$/;

/**
 * Opens the volumes in these folders, each of which is a volume or holds some. No link is followed. Throws `NOT_FOUND`, `MEDIUM_INVALID`,
 * `MEDIUM_MIXED`, `MEDIUM_TRUNCATED`, `LINK_IN_PATH`, `VERSION_UNSUPPORTED`, `UNSAFE_PATH`, and as `judge` does.
 */
export function openMedium(given: readonly string[], judge: TableJudge): OpenMedium {
  const folders = given.flatMap(volumeFolders);
  const signed = folders.map((folder) => decodeSigned(readWhole(join(folder, MEDIUM_PLACES.table)), MEDIUM_LIMITS.table));
  const [first] = signed;
  if (!first) throw new SitewrightError("NOT_FOUND", `there is no medium in ${given.join(", ")}: name the folder of a volume`);
  const other = signed.findIndex(({ body }) => Buffer.compare(body, first.body) !== 0);
  if (other >= 0) throw mixed(`${folders[other]} is a volume of another medium than ${folders[0]}`, folders[other] as string);
  judge(first);
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
  if (table.parity) compute(packs, parity);
  for (const folder of folders) checkLists(folder, table);
  return {
    table,
    signed: first,
    packs: { medium: table.medium, packs },
    volumes,
    *manifest(index, key) {
      const { bytes, digest } = table.manifests[index] as MediumTable["manifests"][number];
      const path = join(folders[0] as string, MEDIUM_PLACES.manifests, numberedName(index + 1));
      const file = openPlain(path);
      try {
        for (let at = 0, from = 0; at < bytes; at += MANIFEST_PIECE) {
          const length = Math.min(MANIFEST_PIECE, bytes - at) + (key ? SEAL_BYTES : 0);
          const piece = Buffer.allocUnsafe(length);
          if (readAt(file, piece, from) < length) throw truncated(path, "ends too early");
          from += length;
          yield key ? opened(() => openPiece(key, manifestPlace(index, at), piece), `the manifest ${digest}`, path) : piece;
        }
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Reads chunks of packs; to be closed. */
export interface PackReader {
  /** Bytes as they are on the medium. Throws `MEDIUM_VOLUME_MISSING`, `MEDIUM_TRUNCATED`, `IO_ERROR`. */
  read(number: number, at: number, target: Uint8Array): void;
  close(): void;
}

/** Files that are open at once. */
const OPEN = 64;

export function openPacks({ packs }: PackPlaces): PackReader {
  const open = new Map<string, number>();
  let scratch = Buffer.alloc(0);

  function fileOf(path: string): number {
    let file = open.get(path);
    if (file === undefined) {
      const [oldest] = open;
      if (oldest && open.size >= OPEN) {
        closeSync(oldest[1]);
        open.delete(oldest[0]);
      }
      file = openPlain(path);
      open.set(path, file);
    }
    return file;
  }

  function compute(others: readonly { path: string; bytes: number }[], at: number, target: Uint8Array): void {
    target.fill(0);
    if (scratch.length < target.length) scratch = Buffer.allocUnsafe(target.length);
    for (const { path, bytes } of others) {
      // Shorter packs count as if zeros followed.
      const length = Math.min(target.length, Math.max(0, bytes - at));
      const part = scratch.subarray(0, length);
      if (readAt(fileOf(path), part, at) < length) throw truncated(path, "ends too early");
      for (let i = 0; i < length; i++) target[i] = (target[i] as number) ^ (part[i] as number);
    }
  }

  return {
    read(number, at, target) {
      const { path, volume, others } = packs[number - 1] as PackPlace;
      if (path === undefined) {
        if (!others) throw new SitewrightError("MEDIUM_VOLUME_MISSING", `volume ${volume} is not there`);
        return compute(others, at, target);
      }
      if (readAt(fileOf(path), target, at) < target.length) throw truncated(path, "ends too early");
    },
    close() {
      for (const file of open.values()) closeSync(file);
      open.clear();
    },
  };
}

/** Whether the chunks of a pack can be read, from itself or from what it is computed from. */
export function isReadable({ packs }: PackPlaces, number: number): boolean {
  const pack = packs[number - 1];
  return pack?.path !== undefined || pack?.others !== undefined;
}

/** A plain file of a medium, at most `most` bytes. Throws `LINK_IN_PATH`, `MEDIUM_INVALID`, `NOT_FOUND`. */
export function readWhole(path: string, most: number = MEDIUM_LIMITS.table): Buffer {
  const file = openPlain(path);
  try {
    const { size } = fstatSync(file);
    if (size > most) throw new SitewrightError("MEDIUM_INVALID", `${path} has ${size} bytes, over the limit of ${most}`, { path });
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, readAt(file, bytes, 0));
  } finally {
    closeSync(file);
  }
}

/** Opens a file to which no link leads. Throws `LINK_IN_PATH`, `MEDIUM_INVALID`, `NOT_FOUND`, `IO_ERROR`. */
export function openPlain(path: string): number {
  const stats = statsOf(path);
  if (!stats) throw new SitewrightError("NOT_FOUND", `${path} is not there`, { path });
  if (stats.isSymbolicLink()) throw linked(path);
  if (!stats.isFile()) throw new SitewrightError("MEDIUM_INVALID", `${path} is no file`, { path });
  try {
    return openSync(path, FLAGS);
  } catch (cause) {
    if (systemCode(cause) === "ELOOP") throw linked(path);
    throw unreadable(path, cause);
  }
}

/** Bytes that were read; fewer than asked for at the end of the file. Throws `IO_ERROR`. */
export function readAt(file: number, target: Uint8Array, from: number): number {
  let done = 0;
  try {
    for (let count = -1; count !== 0 && done < target.length; done += count)
      count = readSync(file, target, done, target.length - done, from + done);
  } catch (cause) {
    throw unreadable("a file of the medium", cause);
  }
  return done;
}

function volumeFolders(folder: string): string[] {
  if (statsOf(join(folder, MEDIUM_PLACES.table))) return [requirePlain(folder)];
  const names = statsOf(folder)?.isDirectory() ? readdirSync(folder).filter((name) => VOLUME.test(name)) : [];
  return names
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
  if (!statsOf(folder)) return [];
  return readdirSync(folder).map((name) => {
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
    if (size !== bytes || readAt(file, header, 0) < PACK_HEADER) throw truncated(path, `has ${size} bytes instead of ${bytes}`);
    if (!header.equals(packHeader(medium, number))) throw mixed(`${path} is not pack ${number} of the medium ${medium}`, path);
    return path;
  } finally {
    closeSync(file);
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

function statsOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (systemCode(cause) === "ENOTDIR") return undefined;
    throw unreadable(path, cause);
  }
}

function truncated(path: string, why: string): SitewrightError {
  return new SitewrightError("MEDIUM_TRUNCATED", `${path} ${why}: the volume was not copied or written as a whole; copy it again`, {
    path,
  });
}

function mixed(why: string, path: string): SitewrightError {
  return new SitewrightError("MEDIUM_MIXED", `${why}: keep the volumes of each medium together`, { path });
}

function linked(path: string): SitewrightError {
  return new SitewrightError("LINK_IN_PATH", `${path} is a symbolic link, which no medium has: it was changed after it was written`, {
    path,
  });
}

function unreadable(path: string, cause: unknown): SitewrightError {
  return new SitewrightError("IO_ERROR", `${path} cannot be read: ${(cause as Error).message}`, { path, cause });
}
