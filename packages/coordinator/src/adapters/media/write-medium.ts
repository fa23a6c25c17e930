import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  encodeMediumTable,
  encodeSigned,
  MANIFEST_PIECE,
  mediaTranscript,
  MEDIUM_LIMITS,
  MEDIUM_PLACES,
  numberedName,
  SEAL_BYTES,
  SitewrightError,
  type ChunkRuns,
  type MediumTable,
} from "@sitewright/protocol";
import { manifestPlace, sealPiece } from "@sitewright/node-kit/medium-seal";
import { createLayout, type PlannedPack } from "../../domain/media/layout.ts";
import { openManifestCopies, type ManifestCopies } from "./manifest-copies.ts";
import { openPlacedChunks } from "./placed-chunks.ts";
import { openSourceReader, type UnitPlaces } from "./source-reader.ts";
import { createVolumeFile, digestOnMedium, type WrittenFile } from "./volume-files.ts";
import { createPackWriter } from "./write-packs.ts";
import { writeParity } from "./write-parity.ts";

/** A table without what is known only when everything is written. */
export type TableDraft = Omit<MediumTable, "manifests" | "packs" | "volumes" | "files"> & {
  manifests: (Omit<MediumTable["manifests"][number], "runs" | "stored"> & UnitPlaces)[];
};

export interface MediumRequest {
  draft: TableDraft;
  /** Data folder of the coordinator, which has the manifests. */
  dataDir: string;
  /** Bytes of one volume; absent: one volume takes everything. */
  volumeBytes?: number | undefined;
  /** Digests of manifests that all targets hold: their chunks are left out. */
  held: readonly string[];
  /** Texts and programs for the first volume, by path. */
  texts: Readonly<Record<string, string>>;
  programs: readonly { path: string; from: string }[];
  /** Of an encrypted medium. */
  key?: Uint8Array | undefined;
}

export interface WriteTarget {
  /** Folder in which the folders of the volumes are made. */
  to: string;
  sign: (bytes: Uint8Array) => Uint8Array;
  tell: (line: string) => void;
}

export interface PlannedMedium {
  runs: ChunkRuns[];
  packs: PlannedPack[];
  volumes: number;
}

/** Largest pack: far below what FAT32 takes, so that little is lost where a volume ends. */
const PACK = 1024 ** 3;
/** What a file system needs for its own on a volume, for each of some files. */
const SLACK = 1024 * 1024;
const SIGNATURE = 256;
const NOT_ON_IT = { pack: 0, offset: 0 };

/** How many volumes there will be, and what is on each. Throws `BAD_REQUEST` for volumes that are too small. */
export function planMedium({ draft, volumeBytes, key, held, texts, programs }: MediumRequest, copies: ManifestCopies): PlannedMedium {
  const manifestBytes = draft.manifests.reduce(
    (sum, { bytes }) => sum + bytes + (key ? Math.ceil(bytes / MANIFEST_PIECE) * SEAL_BYTES : 0),
    0,
  );
  const fileBytes =
    Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0) +
    programs.reduce((sum, { from }) => sum + statSync(from).size, 0);
  for (let tableBytes = 64 * 1024; ;) {
    const room = volumeBytes === undefined ? Number.MAX_SAFE_INTEGER : volumeBytes - manifestBytes - fileBytes - tableBytes - SLACK;
    if (room < SLACK)
      throw new SitewrightError(
        "BAD_REQUEST",
        `volumes of ${volumeBytes} bytes are too small: each has all lists of content and the table, ${manifestBytes + fileBytes + tableBytes} bytes`,
      );
    using chunks = openPlacedChunks();
    for (const digest of held)
      for (const { digests } of copies.files(digest))
        for (const one of digestsOf(digests)) if (!chunks.find(one)) chunks.add(one, NOT_ON_IT);
    const layout = createLayout({ volumeBytes: room, packBytes: PACK, sealed: key !== undefined }, chunks);
    const runs = draft.manifests.map(({ digest }) => {
      for (const { sizes, digests } of copies.files(digest)) {
        let i = 0;
        for (const one of digestsOf(digests)) layout.chunk(one, sizes[i++] as number);
      }
      return layout.endManifest();
    });
    const packs = layout.packs();
    const plan = { runs, packs, volumes: packs.at(-1)?.volume ?? 1 };
    const needed = encodeMediumTable(tableOf(draft, plan, { packs: [], lists: [], files: [] })).length + SIGNATURE;
    if (needed <= tableBytes || volumeBytes === undefined) {
      if (needed <= MEDIUM_LIMITS.table) return plan;
      throw new SitewrightError("BAD_REQUEST", "the table of this medium would be too large: write fewer units at once");
    }
    tableBytes = Math.ceil(needed * 1.25);
  }
}

/** Writes all volumes, and reads each back. The table comes last: what is not whole is no medium. Throws `CONFLICT`, `SOURCE_CHANGED`, `MEDIUM_DAMAGED`. */
export async function writeMedium(request: MediumRequest, { to, sign, tell }: WriteTarget): Promise<MediumTable & { written: number }> {
  requireNoVolumes(to);
  using copies = openManifestCopies(request.dataDir);
  const { draft, key, texts, programs } = request;
  for (const digest of new Set([...draft.manifests.map(({ digest: one }) => one), ...request.held])) await copies.add(digest);
  const plan = planMedium(request, copies);
  const volumes = Array.from({ length: plan.volumes }, (_, i) => join(to, `volume-${i + 1}`));
  const parity = draft.parity ? join(to, "parity") : undefined;
  const all = [...volumes, ...(parity === undefined ? [] : [parity])];
  try {
    const folder = (volume: number): string => volumes[volume - 1] as string;
    const packs = writeAllPacks({ plan, draft, copies, key, folder });
    const parts =
      parity === undefined
        ? []
        : writeParity(
            parity,
            plan.packs,
            packs.map(({ path }) => path),
          );
    const lists = all.flatMap((volume) => draft.manifests.map(({ digest }, i) => writeManifest(volume, { digest, i, copies, key })));
    const files = [
      ...Object.entries(texts).map(([path, text]) => writeText(join(folder(1), path), text, path)),
      ...(await Promise.all(programs.map(({ path, from }) => copyFile(from, join(folder(1), path), path)))),
    ];
    const table = tableOf(draft, plan, { packs, lists, files });
    const body = encodeMediumTable(table);
    const signed = encodeSigned({ body, signature: sign(mediaTranscript("table", body)) });
    const tables = all.map((volume) => {
      const file = createVolumeFile(join(volume, MEDIUM_PLACES.table));
      file.write(signed);
      return file.end();
    });
    tell("everything is written, and is read back now");
    const written = [...packs, ...parts, ...lists, ...files, ...tables];
    for (const file of written) readBack(file);
    return { ...table, written: written.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    for (const volume of all) rmSync(volume, { recursive: true, force: true });
    throw error;
  }
}

function requireNoVolumes(to: string): void {
  mkdirSync(to, { recursive: true });
  const there = readdirSync(to).find((name) => /^(volume-\d+|parity)$/.test(name));
  if (there !== undefined)
    throw new SitewrightError("CONFLICT", `${join(to, there)} is there already: remove it, or name another folder`, {
      path: join(to, there),
    });
}

interface PacksRequest {
  plan: PlannedMedium;
  draft: TableDraft;
  copies: ManifestCopies;
  key: Uint8Array | undefined;
  folder: (volume: number) => string;
}

function writeAllPacks({ plan, draft, copies, key, folder }: PacksRequest): WrittenFile[] {
  const writer = createPackWriter({ medium: draft.medium, packs: plan.packs, folder, key });
  try {
    for (const [i, { digest, ...places }] of draft.manifests.entries()) {
      const source = openSourceReader(places);
      try {
        writer.add(copies.files(digest), plan.runs[i] as ChunkRuns, source);
      } finally {
        source.close();
      }
    }
    return writer.end();
  } catch (error) {
    writer.discard();
    throw error;
  }
}

interface ManifestWork {
  digest: string;
  i: number;
  copies: ManifestCopies;
  key: Uint8Array | undefined;
}

function writeManifest(volume: string, { digest, i, copies, key }: ManifestWork): WrittenFile {
  const file = createVolumeFile(join(volume, MEDIUM_PLACES.manifests, numberedName(i + 1)));
  let at = 0;
  for (const part of copies.parts(digest, MANIFEST_PIECE)) {
    file.write(key ? sealPiece(key, manifestPlace(i, at), part) : part);
    at += part.length;
  }
  return file.end();
}

function writeText(target: string, text: string, path: string): WrittenFile & { name: string } {
  const file = createVolumeFile(target);
  file.write(Buffer.from(text));
  return { ...file.end(), name: path };
}

async function copyFile(from: string, target: string, path: string): Promise<WrittenFile & { name: string }> {
  const file = createVolumeFile(target);
  try {
    for await (const part of createReadStream(from, { highWaterMark: MANIFEST_PIECE }) as AsyncIterable<Buffer>) file.write(part);
    return { ...file.end(), name: path };
  } catch (error) {
    file.discard();
    throw error;
  }
}

function readBack({ path, digest }: WrittenFile): void {
  if (digestOnMedium(path) === digest) return;
  const advice = "the medium or its drive is faulty: use another one";
  throw new SitewrightError("MEDIUM_DAMAGED", `${path} reads back with other bytes than were written: ${advice}`, { path });
}

const UNKNOWN = "0".repeat(64);

/** @param written As far as it is. */
function tableOf(
  draft: TableDraft,
  { runs, packs, volumes }: PlannedMedium,
  written: { packs: readonly WrittenFile[]; lists: readonly WrittenFile[]; files: readonly (WrittenFile & { name: string })[] },
): MediumTable {
  return {
    ...draft,
    manifests: draft.manifests.map(({ root: _root, owned: _owned, ...facts }, i) => ({
      ...facts,
      runs: runs[i] as ChunkRuns,
      stored: written.lists[i]?.digest ?? UNKNOWN,
    })),
    packs: packs.map((pack, i) => ({ ...pack, digest: written.packs[i]?.digest ?? UNKNOWN })),
    volumes,
    files: written.files.map(({ name, bytes, digest }) => ({ path: name, bytes, digest })),
  };
}

function* digestsOf(digests: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < digests.length; at += 32) yield digests.subarray(at, at + 32);
}
