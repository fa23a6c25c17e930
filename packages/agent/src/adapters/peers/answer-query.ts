import { createHash } from "node:crypto";
import { closeSync, fstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  CAP_FOLDERS,
  DEFINITION_PLACES,
  definitionNumber,
  LARGEST_CHUNK,
  LIMITS,
  mayOwn,
  SitewrightError,
  topFolder,
  type ContentPart,
  type ContentQuery,
  type ContentWanted,
  type SeenObject,
  type Unit,
} from "@sitewright/protocol";
import { withAnchor, type Anchor } from "../disk/anchor.ts";
import { isAbsent } from "../disk/disk-error.ts";
import { openForReading } from "../disk/jobs/disk-hash.ts";
import { readAt, readRange } from "../memory/manifest-file.ts";
import type { HeldContent } from "../../domain/tree/held-places.ts";
import { openChunkReader } from "./chunk-reader.ts";
import type { ServedManifest } from "./served-manifest.ts";

/** Where the answer to a query is read. */
export interface QueryPlaces {
  dataDir: string;
  /** Role roots of the unit whose disks are present. */
  roots: readonly string[];
  /** Where the content of the manifest in question is; absent: nowhere. */
  held?: HeldContent;
  tableOf: (manifest: string) => ServedManifest;
}

type Wanted<Kind> = ContentWanted & { kind: Kind };

/** Answers with what lies on the disk now. Blocks its thread. */
export function answerQuery({ id, unit, want }: ContentQuery, places: QueryPlaces): ContentPart[] {
  try {
    if (want.kind === "definitions") return partsOf(id, definitionsOf(unit, places.roots));
    return [{ kind: "content-part", id, bytes: bytesOf(unit, want, places), last: true }];
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    return [{ kind: "content-part", id, last: true, failure: { code, message } }];
  }
}

function bytesOf(unit: Unit, want: Exclude<ContentWanted, { kind: "definitions" }>, places: QueryPlaces): Uint8Array {
  switch (want.kind) {
    case "manifest":
      return manifestBytes(want, places);
    case "chunks":
      return chunkBytes(want, places);
    case "file":
      return fileBytes(unit, want, places.roots);
  }
}

function manifestBytes({ digest, from, length }: Wanted<"manifest">, { dataDir }: QueryPlaces): Uint8Array {
  try {
    return readRange(join(dataDir, "manifests", digest), from, from + length);
  } catch (cause) {
    throw new SitewrightError("CONTENT_UNAVAILABLE", "the agent does not have this manifest any more", { cause });
  }
}

function chunkBytes({ manifest, ordinal, from, length }: Wanted<"chunks">, { held, tableOf }: QueryPlaces): Uint8Array {
  if (!held) throw new SitewrightError("CONTENT_UNAVAILABLE", "the agent does not hold this content any more");
  const table = tableOf(manifest);
  const reader = openChunkReader(table);
  const answer = Buffer.allocUnsafe(length);
  const chunk = Buffer.allocUnsafe(LARGEST_CHUNK);
  let [filled, skip] = [0, from];
  try {
    reader.look(held);
    for (let at = ordinal; at < table.chunks && filled < length; at++) {
      const size = reader.read(at, chunk, 0);
      if (size === undefined && filled === 0)
        throw new SitewrightError("CONTENT_UNAVAILABLE", `${table.file(at)?.path ?? "a file"} is damaged or missing there`);
      if (size === undefined) break;
      filled += chunk.copy(answer, filled, Math.min(skip, size), size);
      skip = 0;
    }
    return answer.subarray(0, filled);
  } finally {
    reader.close();
  }
}

/** What of a client access point may be read file by file. */
function placesOf(unit: Unit): { folder: string; end: string }[] {
  if (unit.role !== "cap") throw new SitewrightError("BAD_REQUEST", "only a client access point holds definitions");
  const top = topFolder(unit);
  return DEFINITION_PLACES.filter(({ folder }) => CAP_FOLDERS.includes(folder)).map(({ folder, end }) => ({
    folder: `${top}/${folder}`,
    end,
  }));
}

function definitionsOf(unit: Unit, roots: readonly string[]): SeenObject[] {
  return roots.flatMap((root) => withAnchor(root, (anchor) => placesOf(unit).flatMap((place) => definitionsIn(anchor, place))));
}

function definitionsIn(anchor: Anchor, { folder, end }: { folder: string; end: string }): SeenObject[] {
  return namesIn(anchor, folder).flatMap((name): SeenObject[] => {
    const path = `${folder}/${name}`;
    if (!name.toLowerCase().endsWith(end)) return [];
    const bytes = readBelow(anchor, path, { from: 0, length: LIMITS.definition });
    // Gone meanwhile, a link, or too large to be a definition.
    if (!bytes || bytes.length === LIMITS.definition) return [];
    const number = definitionNumber(bytes.toString("latin1"));
    const hash = createHash("sha256").update(bytes).digest("hex");
    return [{ path, ...(number === undefined ? {} : { number }), hash, size: bytes.length }];
  });
}

function namesIn(anchor: Anchor, folder: string): string[] {
  try {
    return readdirSync(anchor.folder(folder)).toSorted();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function fileBytes(unit: Unit, { path, from, length }: Wanted<"file">, roots: readonly string[]): Uint8Array {
  const isDefinition = placesOf(unit).some(({ folder, end }) => path.startsWith(`${folder}/`) && path.toLowerCase().endsWith(end));
  const isPlain =
    isDefinition && path.split("/").length === 3 && mayOwn(unit, { path: path.slice(0, path.lastIndexOf("/")), kind: "folder" });
  if (!isPlain) throw new SitewrightError("BAD_REQUEST", `${path} is not a definition of this client access point`);
  for (const root of roots) {
    const bytes = withAnchor(root, (anchor) => readBelow(anchor, path, { from, length }));
    if (bytes) return bytes;
  }
  throw new SitewrightError("CONTENT_UNAVAILABLE", `${path} is not there any more`);
}

/** Undefined where there is no plain file. */
function readBelow(anchor: Anchor, path: string, { from, length }: { from: number; length: number }): Buffer | undefined {
  anchor.trim();
  let fd: number;
  try {
    fd = openForReading(anchor.place(path));
  } catch (error) {
    if (isAbsent(error) || ["ELOOP", "LINK_IN_PATH"].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
  try {
    return readAt(fd, from, Math.max(0, Math.min(length, fstatSync(fd).size - from)));
  } finally {
    closeSync(fd);
  }
}

/** At least one, so that an empty folder is answered too. */
function partsOf(id: number, objects: readonly SeenObject[]): ContentPart[] {
  const count = Math.max(1, Math.ceil(objects.length / LIMITS.definitionsPart));
  return Array.from({ length: count }, (_, i): ContentPart => {
    const part = objects.slice(i * LIMITS.definitionsPart, (i + 1) * LIMITS.definitionsPart);
    return { kind: "content-part", id, ...(part.length > 0 ? { objects: part } : {}), last: i === count - 1 };
  });
}
