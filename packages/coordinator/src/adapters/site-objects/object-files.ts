import { lstat, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPackageId, SitewrightError } from "@sitewright/protocol";
import { syncFolder, writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import { isMap, parseDocument } from "yaml";
import type { Description, DefinitionPlace, ObjectStore, Returning } from "../../app/recovery/object-store.ts";
import { buildPackage } from "./returned-packages.ts";
import { KEPT } from "../site-data/native-site-data.ts";
import { findName } from "../site-data/site-folders.ts";

const MOST_DESCRIPTION = 4 * 1024 * 1024;
/** Names what is being put in force. */
const MARK = "changing";
const BEFORE = "before";

/** Objects in the layout that docs/site-data.md describes. */
export function nativeObjectStore(): ObjectStore {
  return {
    settle: (root) => disk(join(root, "packages"), () => settle(root)),
    build: (root, returning) => disk(keptOf(root, returning.id), () => buildPackage(builtAt(root, returning), returning)),
    install: (root, built, as) =>
      disk(placeOf(root, as.id), async () => {
        const from = builtAt(root, built);
        await describe(root, from, as);
        await mkdir(keptOf(root, as.id), { recursive: true });
        const next = join(keptOf(root, as.id), "next");
        await rm(next, { recursive: true, force: true });
        await rename(from, next);
        await exchange(root, as.id, { next: "next", keepAs: BEFORE });
      }),
    takeOut: (root, id) => disk(placeOf(root, id), () => exchange(root, id, { next: undefined, keepAs: BEFORE })),
    restore: (root, id) =>
      disk(placeOf(root, id), async () => {
        const kept = keptOf(root, id);
        await exchange(root, id, { next: (await exists(join(kept, BEFORE))) ? BEFORE : undefined, keepAs: "undone" });
      }),
    writeVersion: (root, id, version) =>
      disk(join(placeOf(root, id), "package.yaml"), async () => {
        const path = join(placeOf(root, id), "package.yaml");
        await replace(path, withVersion(await textOf(path), version));
      }),
    writeDefinition: (root, place, bytes) => disk(join(root, place.site), () => writeDefinition(root, place, bytes)),
    restoreDefinition: (root, place) => disk(join(root, place.site), () => restoreDefinition(root, place)),
  };
}

const placeOf = (root: string, id: string): string => join(root, "packages", id);
const keptOf = (root: string, id: string): string => join(root, "packages", KEPT, id);
const builtAt = (root: string, { id, manifest }: Pick<Returning, "id" | "manifest">): string =>
  join(keptOf(root, id), `built-${manifest.slice(0, 16)}`);

/**
 * Puts a kept folder in force, or nothing, and keeps what was in force under another name. Two renames: `settle` finishes them where a crash came between, and until
 * then the package counts as missing, never as deleted.
 */
async function exchange(root: string, id: string, { next, keepAs }: { next: string | undefined; keepAs: string }): Promise<void> {
  const kept = keptOf(root, id);
  await mkdir(kept, { recursive: true });
  if (next !== undefined) {
    await writeFileAtomic(join(kept, MARK), next, 0o600);
    await syncFolder(kept);
  }
  // Nothing is deleted: an earlier one gets a name of its own, also where nothing replaces it: it is not what an undo restores.
  if (await exists(join(kept, keepAs))) await rename(join(kept, keepAs), join(kept, `${keepAs}-${Date.now()}`));
  if (await exists(placeOf(root, id))) await rename(placeOf(root, id), join(kept, keepAs));
  if (next !== undefined) await rename(join(kept, next), placeOf(root, id));
  await syncFolder(join(root, "packages"));
  await rm(join(kept, MARK), { force: true });
}

async function settle(root: string): Promise<void> {
  const ids = (await readdir(join(root, "packages", KEPT)).catch(absent)) ?? [];
  for (const id of ids.filter(isPackageId)) {
    const kept = keptOf(root, id);
    const next = await readFile(join(kept, MARK), "utf8").catch(absent);
    if (next === undefined) continue;
    // The old one was moved away: the decision is recorded, and what replaces it is whole.
    const isKnown = next === "next" || next === BEFORE;
    if (isKnown && !(await exists(placeOf(root, id))) && (await exists(join(kept, next)))) {
      await rename(join(kept, next), placeOf(root, id));
      await syncFolder(join(root, "packages"));
    }
    await rm(join(kept, MARK));
  }
}

async function describe(root: string, folder: string, { id, sourceVersion, distributionPoints, note }: Description): Promise<void> {
  const before = await textOf(join(placeOf(root, id), "package.yaml")).catch(absent);
  const points = `[${distributionPoints.map((point) => JSON.stringify(point)).join(", ")}]`;
  const version = sourceVersion === 0 ? "" : `sourceVersion: ${sourceVersion}\n`;
  const fresh = `# ${note}\n${version}distributionPoints: ${points}\n`;
  await replace(join(folder, "package.yaml"), before === undefined ? fresh : withVersion(before, sourceVersion));
}

function withVersion(text: string, version: number): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new SitewrightError("SITE_DATA_INVALID", "package.yaml is not a table: mend it first");
  if (version === 0) document.delete("sourceVersion");
  else document.set("sourceVersion", version);
  return String(document);
}

async function textOf(path: string): Promise<string> {
  return (await readBounded(path, MOST_DESCRIPTION)).toString("utf8");
}

async function replace(path: string, text: string): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  await writeFileAtomic(path, text, old ? old.mode & 0o777 : 0o644, old);
}

/** Where a definition lies, whatever the case of its inbox, and where the one before is kept. */
async function definitionAt(root: string, { site, folder, name }: DefinitionPlace): Promise<{ path: string; kept: string }> {
  const inboxes = join(root, site, "inboxes");
  const inbox = findName(await readdir(inboxes), folder);
  if (inbox === undefined) throw new SitewrightError("SOURCE_MISSING", `${site}/inboxes/${folder} does not exist: make it first`);
  const own = findName(await readdir(join(inboxes, inbox)), name) ?? name;
  return { path: join(inboxes, inbox, own), kept: join(root, site, KEPT, `${folder}-${name}`) };
}

async function writeDefinition(root: string, place: DefinitionPlace, bytes: Uint8Array): Promise<void> {
  const { path, kept } = await definitionAt(root, place);
  await mkdir(join(root, place.site, KEPT), { recursive: true });
  await rm(kept, { force: true });
  const before = await readFile(path).catch(absent);
  if (before !== undefined) await writeDurably(kept, before);
  // Not beside it: what lies in an inbox is carried to client access points.
  await writeDurably(`${kept}.next`, bytes);
  await rename(`${kept}.next`, path);
}

async function restoreDefinition(root: string, place: DefinitionPlace): Promise<void> {
  const { path, kept } = await definitionAt(root, place);
  if (await exists(kept)) await rename(kept, path);
  else await rename(path, `${kept}.undone`);
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { mode: 0o644 });
  await using file = await open(path, "r+");
  await file.sync();
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(absent)) !== undefined;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

/** Errors of the file system name the place that an administrator knows. */
async function disk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = SitewrightError.from(error);
    if (known.code !== "INTERNAL") throw known;
    throw new SitewrightError("IO_ERROR", `${path} cannot be changed: ${known.message}`, { path, cause: error });
  }
}
