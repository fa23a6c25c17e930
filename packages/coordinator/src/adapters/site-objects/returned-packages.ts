import { chmod, lstat, mkdir, open, rm, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  createManifestDigester,
  createManifestReader,
  SitewrightError,
  unitKey,
  unitOf,
  type FileEntry,
  type ManifestEntry,
} from "@sitewright/protocol";
import { createPartsHasher, digestOf, hashBytes } from "@sitewright/node-kit/hash";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import type { Returning } from "../../app/recovery/object-store.ts";

const PART = 256 * 1024;

/** Builds the folder of a package from its content; what an earlier attempt left there is verified and used. */
export async function buildPackage(folder: string, returning: Returning): Promise<void> {
  const manifest = `${folder}.manifest`;
  await mkdir(folder, { recursive: true });
  const bytes = await fetchManifest(manifest, returning);
  await buildTree(join(folder, "source"), manifest, returning, bytes);
  await rm(manifest);
}

/** Fetches the rest of a manifest and proves the whole. @returns The bytes of all files. */
async function fetchManifest(path: string, { id, manifest, content }: Returning): Promise<number> {
  const digester = createManifestDigester(hashBytes, createPartsHasher());
  const reader = createManifestReader();
  let [at, bytes] = [0, 0];
  const take = (part: Uint8Array): void => {
    digester.push(part);
    for (const entry of reader.push(part)) bytes += entry.kind === "file" ? entry.size : 0;
    at += part.length;
  };
  try {
    for await (const part of partsOf(path)) take(part);
    await using file = await open(path, "a");
    for (let part = await content.manifest(at); part.length > 0; part = await content.manifest(at)) {
      take(part);
      await file.write(part);
    }
    if (digester.digest() !== manifest) throw new SitewrightError("HASH_MISMATCH", `the manifest of ${id} that arrived is not ${manifest}`);
    const { unit, owned } = reader.end();
    const isIt = unitKey(unit) === unitKey(unitOf("dp", id)) && owned.length === 1 && owned[0]?.path === id;
    if (!isIt) throw new SitewrightError("MANIFEST_INVALID", `the manifest ${manifest} is not one of ${id}`);
    return bytes;
  } catch (error) {
    // A damaged one would fail again each time.
    if (["HASH_MISMATCH", "MANIFEST_INVALID", "UNSAFE_PATH", "NOT_OWNED"].includes(SitewrightError.from(error).code))
      await rm(path, { force: true });
    throw error;
  }
}

async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, "a+");
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PART), 0, PART);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function buildTree(top: string, manifest: string, returning: Returning, of: number): Promise<void> {
  const { id, onProgress, signal } = returning;
  const stream = contentStream(returning);
  const folders: { path: string; mode: number }[] = [];
  const reader = createManifestReader();
  let done = 0;
  await mkdir(top, { recursive: true });
  for await (const part of partsOf(manifest)) {
    for (const entry of reader.push(part)) {
      signal.throwIfAborted();
      const path = placeBelow(top, id, entry);
      if (entry.kind === "folder") folders.push({ path, mode: await makeFolder(path, entry.mode) });
      else if (entry.kind === "link") await makeLink(path, entry.target);
      else {
        if (await hasFile(path, entry)) stream.skip(entry);
        else await writeFile(path, entry, stream);
        done += entry.size;
        onProgress(done, of);
      }
    }
  }
  // The deepest first: some may forbid changes.
  for (const { path, mode } of folders.toReversed()) {
    await syncFolder(path);
    await chmod(path, mode);
  }
  await syncFolder(top);
}

function placeBelow(top: string, id: string, { path }: ManifestEntry): string {
  return path === id ? top : join(top, path.slice(id.length + 1));
}

async function makeFolder(path: string, mode: number): Promise<number> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode | 0o700);
  return mode;
}

async function makeLink(path: string, target: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}

/** Whether a file of an earlier attempt is whole. */
async function hasFile(path: string, { size, modified, chunks }: FileEntry): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  // The time is set last.
  if (!stats?.isFile() || stats.size !== size || Math.trunc(stats.mtimeMs) !== modified) return false;
  await using file = await open(path, "r");
  for (const chunk of chunks) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunk.size), 0, chunk.size);
    if (bytesRead < chunk.size || digestOf(buffer) !== chunk.digest) return false;
  }
  return true;
}

async function writeFile(path: string, { path: name, mode, size, modified, chunks }: FileEntry, stream: ContentStream): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, "wx", 0o600);
  for (const chunk of chunks) {
    const bytes = await stream.take(chunk.size);
    if (digestOf(bytes) !== chunk.digest) throw new SitewrightError("HASH_MISMATCH", `${name} arrived damaged: bring it back again`);
    await file.write(bytes);
  }
  if (size === 0) await file.truncate(0);
  await file.chmod(mode);
  await file.sync();
  await utimes(path, modified / 1000, modified / 1000);
}

interface ContentStream {
  /** The bytes of the next chunk. */
  take(size: number): Promise<Uint8Array>;
  /** The next file is not needed. */
  skip(file: FileEntry): void;
}

/** The chunks of the manifest one after another. */
function contentStream({ id, content }: Returning): ContentStream {
  let ordinal = 0;
  let rest = Buffer.alloc(0);
  return {
    async take(size) {
      while (rest.length < size) {
        const part = await content.chunks(ordinal, rest.length);
        if (part.length === 0) throw new SitewrightError("CONTENT_UNAVAILABLE", `the content of ${id} ends before its last file`);
        rest = Buffer.concat([rest, part]);
      }
      const bytes = rest.subarray(0, size);
      rest = rest.subarray(size);
      ordinal += 1;
      return bytes;
    },
    skip({ chunks, size }) {
      // What was read ahead is that of the next file only where it reaches beyond this one.
      rest = rest.subarray(Math.min(size, rest.length));
      ordinal += chunks.length;
    },
  };
}
