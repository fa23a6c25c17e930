import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  decodeMediumTable,
  encodeMediumTable,
  encodeSigned,
  isVolumeName,
  MANIFEST_PIECE,
  mediaTranscript,
  MEDIUM_PLACES,
  numberedName,
  SitewrightError,
  type ChunkRuns,
  type MediumTable,
  type SigningAuthority,
} from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { namesOf } from "@sitewright/node-kit/medium-files";
import { manifestPlace, sealPiece } from "@sitewright/node-kit/medium-seal";
import { openManifestCopies, type ManifestCopies } from "./manifest-copies.ts";
import { planMedium, tableOf, takeManifests, type MediumRequest, type PlannedMedium, type TableDraft } from "./plan-medium.ts";
import { openSourceReader } from "./source-reader.ts";
import { createVolumeFile, digestOnMedium, onDisk, requireRoom, type WrittenFile } from "./volume-files.ts";
import { createPackWriter } from "./write-packs.ts";
import { writeParity } from "./write-parity.ts";

export interface WriteTarget {
  /** Folder in which the folders of the volumes are made. */
  to: string;
  sign: (bytes: Uint8Array) => Uint8Array;
  authority?: SigningAuthority;
  tell: (line: string) => void;
}

/** Writes all volumes, and reads each back. The table comes last: what is not whole is no medium. Throws `CONFLICT`, `DISK_FULL`, `SOURCE_CHANGED`, `MEDIUM_DAMAGED`. */
export async function writeMedium(
  request: MediumRequest,
  { to, sign, authority, tell }: WriteTarget,
): Promise<MediumTable & { written: number }> {
  requireNoVolumes(to);
  using copies = openManifestCopies(request.dataDir);
  const { draft, key, texts, programs } = request;
  const plan = planMedium(await takeManifests(request, copies), copies);
  requireRoom(to, plan.room, "the medium");
  const volumes = Array.from({ length: plan.volumes }, (_, i) => join(to, `volume-${i + 1}`));
  const parity = request.parity ? join(to, "parity") : undefined;
  const all = [...volumes, ...(parity === undefined ? [] : [parity])];
  // Before anything that a failure removes: two that write there at once would remove each other's.
  take(to, volumes);
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
    const table = tableOf(draft, plan, { packs, parts, lists, files });
    const body = encodeMediumTable(table);
    // Nothing is written that could not be read.
    decodeMediumTable(body);
    const signature = sign(mediaTranscript("table", body));
    const signed = encodeSigned({ body, signature, ...(authority ? { authority } : {}) });
    const tables = all.map((volume) => {
      const file = createVolumeFile(join(volume, MEDIUM_PLACES.table));
      file.write(signed);
      return file.end();
    });
    tell("everything is written, and is read back now");
    const written = [...packs, ...parts, ...lists, ...files, ...tables];
    for (const folder of foldersOf(written, to)) await syncFolder(folder);
    for (const file of written) readBack(file);
    return { ...table, written: written.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    for (const volume of all) removeVolume(volume);
    throw error;
  }
}

/** What failed first is what is reported: a medium that was pulled out cannot be tidied either. */
function removeVolume(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next one that is written there is refused until somebody removes it.
  }
}

/** Throws `CONFLICT`. */
export function requireNoVolumes(to: string): void {
  const there = namesOf(to).find(isVolumeName);
  if (there !== undefined) throw taken(join(to, there));
}

function take(to: string, [first = ""]: readonly string[]): void {
  onDisk(first, () => makeFolder(to));
  try {
    mkdirSync(first);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw taken(first);
    onDisk(first, () => {
      throw error;
    });
  }
}

function taken(path: string): SitewrightError {
  return new SitewrightError("CONFLICT", `${path} is there already: remove it, or name another folder`, { path });
}

/** With those above them, up to `top`: file systems of sticks bring no names along with what is in a file. */
function foldersOf(written: readonly WrittenFile[], top: string): Set<string> {
  const folders = new Set<string>();
  for (const { path } of written)
    for (let folder = dirname(path); folder.length >= top.length && !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  return folders;
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
