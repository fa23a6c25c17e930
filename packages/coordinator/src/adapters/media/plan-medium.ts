import { statSync } from "node:fs";
import {
  decodeMediumTable,
  encodeMediumTable,
  LARGEST_CHUNK,
  MANIFEST_PIECE,
  MEDIUM_LIMITS,
  SEAL_BYTES,
  SitewrightError,
  type ChunkRuns,
  type MediumTable,
} from "@sitewright/protocol";
import { createLayout, roomWithParity, type PlacedChunks, type PlannedPack } from "../../domain/media/layout.ts";
import type { ManifestCopies } from "./manifest-copies.ts";
import { openPlacedChunks } from "./placed-chunks.ts";
import type { UnitPlaces } from "./source-reader.ts";
import type { WrittenFile } from "./volume-files.ts";

/** A table without what is known only when everything is written. */
export type TableDraft = Omit<MediumTable, "manifests" | "packs" | "volumes" | "files" | "parity"> & {
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
  /** Of manifests that go in part: bytes of their content, from the first file on. */
  parts?: ReadonlyMap<string, number>;
  /** Texts and programs for the first volume, by path. */
  texts: Readonly<Record<string, string>>;
  programs: readonly { path: string; from: string }[];
  /** With one more volume, from which one that is lost can be computed. */
  parity: boolean;
  /** Of an encrypted medium. */
  key?: Uint8Array | undefined;
}

export interface PlannedMedium {
  runs: ChunkRuns[];
  packs: PlannedPack[];
  volumes: number;
  /** Of all its files, that of the parity included: bytes, at least so many. */
  room: number;
}

/** Largest pack: far below what FAT32 takes, so that little is lost where a volume ends. */
const PACK = 1024 ** 3;
/** What a file system needs for its own on a volume, bytes. */
const SLACK = 1024 * 1024;
/** A file takes whole blocks: those of FAT32 have up to this size, bytes. */
const BLOCK = 32 * 1024;
/** Signature, certificate and statements. */
const SIGNED = 64 * 1024;
const NOT_ON_IT = { pack: 0, offset: 0 };

/**
 * Takes the manifests that are needed. Those that targets hold may be of earlier versions, which the coordinator no longer knows: then more
 * is brought. Throws `CONTENT_UNAVAILABLE`.
 */
export async function takeManifests(request: MediumRequest, copies: ManifestCopies): Promise<MediumRequest> {
  for (const { digest } of request.draft.manifests) {
    if (await copies.add(digest)) continue;
    const advice = "name the data folder of the coordinator that answers with --data-dir, and run this again";
    throw new SitewrightError("CONTENT_UNAVAILABLE", `${request.dataDir} has no manifest ${digest}: ${advice}`);
  }
  const held: string[] = [];
  for (const digest of request.held) if (await copies.add(digest)) held.push(digest);
  return { ...request, held };
}

/** How many volumes there will be, and what is on each. Throws `BAD_REQUEST` for volumes that are too small. */
export function planMedium(
  { draft, volumeBytes, key, held, parts = new Map(), texts, programs, parity }: MediumRequest,
  copies: ManifestCopies,
): PlannedMedium {
  const manifestBytes = draft.manifests.reduce(
    (sum, { bytes }) => sum + bytes + (key ? Math.ceil(bytes / MANIFEST_PIECE) * SEAL_BYTES : 0),
    0,
  );
  const fileBytes =
    Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0) +
    programs.reduce((sum, { from }) => sum + statSync(from).size, 0);
  const names = [...Object.keys(texts), ...programs.map(({ path }) => path)];
  const slack = Math.max(SLACK, (draft.manifests.length + names.length) * BLOCK);
  const files = names.map((name) => ({ name, path: name, bytes: 0, digest: UNKNOWN }));
  using inParts = chunksOfParts(parts, copies);
  for (let tableBytes = 64 * 1024; ;) {
    const room = volumeBytes === undefined ? Number.MAX_SAFE_INTEGER : volumeBytes - manifestBytes - fileBytes - tableBytes - slack;
    if (room < SLACK)
      throw new SitewrightError(
        "BAD_REQUEST",
        `volumes of ${volumeBytes} bytes are too small: each has all lists of content and the table, ${manifestBytes + fileBytes + tableBytes + slack} bytes`,
      );
    using chunks = openPlacedChunks();
    for (const digest of held) for (const { digest: one } of chunksOf(digest, copies)) if (!chunks.find(one)) chunks.add(one, NOT_ON_IT);
    const layout = createLayout(
      { volumeBytes: parity ? roomWithParity(room, PACK, LARGEST_CHUNK + SEAL_BYTES) : room, packBytes: PACK, sealed: key !== undefined },
      chunks,
    );
    const runs = draft.manifests.map(({ digest }) => {
      let left = parts.get(digest) ?? Infinity;
      for (const { digest: one, size } of chunksOf(digest, copies)) {
        left -= size;
        if (left < 0 && !chunks.find(one) && !inParts.find(one)) chunks.add(one, NOT_ON_IT);
        layout.chunk(one, size);
      }
      return layout.endManifest();
    });
    const packs = layout.packs();
    const plan = { runs, packs, volumes: packs.at(-1)?.volume ?? 1, room: 0 };
    if (plan.volumes > MEDIUM_LIMITS.volumes)
      throw new SitewrightError(
        "BAD_REQUEST",
        `${plan.volumes} volumes would be needed, and a medium has at most ${MEDIUM_LIMITS.volumes}: name a larger --volume-size, or write fewer units at once`,
      );
    const body = encodeMediumTable(tableOf(draft, plan, { packs: [], parts: [], lists: [], files }));
    const needed = body.length + SIGNED;
    if (needed <= tableBytes || volumeBytes === undefined) {
      if (needed > MEDIUM_LIMITS.table)
        throw new SitewrightError("BAD_REQUEST", "the table of this medium would be too large: write fewer units at once");
      // Before anything is written: what has other limits is found too.
      decodeMediumTable(body);
      const onEach = manifestBytes + body.length;
      plan.room = fileBytes + onEach * (plan.volumes + Number(parity)) + packBytes(packs, parity);
      return plan;
    }
    tableBytes = Math.ceil(needed * 1.25);
  }
}

function packBytes(packs: readonly PlannedPack[], parity: boolean): number {
  const total = packs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (!parity) return total;
  const longest: number[] = [];
  for (const own of Map.groupBy(packs, ({ volume }) => volume).values())
    for (const [i, { bytes }] of own.entries()) longest[i] = Math.max(longest[i] ?? 0, bytes);
  return longest.reduce((sum, bytes) => sum + bytes, total);
}

/** What one part leaves to the line another one may bring. */
function chunksOfParts(parts: ReadonlyMap<string, number>, copies: ManifestCopies): PlacedChunks & Disposable {
  const chunks = openPlacedChunks();
  if (parts.size < 2) return chunks;
  for (const [digest, bytes] of parts) {
    let left = bytes;
    for (const { digest: one, size } of chunksOf(digest, copies)) {
      if ((left -= size) < 0) break;
      if (!chunks.find(one)) chunks.add(one, NOT_ON_IT);
    }
  }
  return chunks;
}

const UNKNOWN = "0".repeat(64);

/** @param written As far as it is. */
export function tableOf(
  draft: TableDraft,
  { runs, packs, volumes }: Omit<PlannedMedium, "room">,
  written: Readonly<Record<"packs" | "parts" | "lists", readonly WrittenFile[]>> & { files: readonly (WrittenFile & { name: string })[] },
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
    parity: written.parts.map(({ digest }) => digest),
    files: written.files.map(({ name, bytes, digest }) => ({ path: name, bytes, digest })),
  };
}

function* chunksOf(manifest: string, copies: ManifestCopies): Generator<{ digest: Uint8Array; size: number }> {
  for (const { sizes, digests } of copies.files(manifest)) {
    let i = 0;
    for (const digest of digestsOf(digests)) yield { digest, size: sizes[i++] as number };
  }
}

function* digestsOf(digests: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < digests.length; at += 32) yield digests.subarray(at, at + 32);
}
