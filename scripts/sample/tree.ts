import { chmodSync, existsSync, lutimesSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files and links by path (`/` between names); folders follow from them. */
export type Tree = Map<string, TreeFile | TreeLink>;

export interface TreeFile {
  bytes: Uint8Array;
  mode: number;
}

export interface TreeLink {
  target: string;
}

/** Every sample file is dated to the time of the field's products. */
const MODIFIED = new Date("2001-06-25T08:00:00Z");
const MARK = ".sitewright-sample";

export function addFile(tree: Tree, path: string, bytes: Uint8Array | string, mode = 0o644): void {
  tree.set(path, { bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes, mode });
}

/** Adds all of `part` below `folder`. */
export function addTree(tree: Tree, folder: string, part: Tree): void {
  for (const [path, entry] of part) tree.set(`${folder}/${path}`, entry);
}

/** Writes below `folder`, which is created. Synchronous calls: thousands of small files take a fraction of the time. */
export function writeTree(folder: string, tree: Tree): void {
  const folders = new Set<string>();
  for (const path of tree.keys()) {
    for (let above = dirname(path); above !== "."; above = dirname(above)) folders.add(above);
  }
  // The mode of a created folder depends on the umask; the sample's does not.
  for (const path of ["", ...folders]) {
    mkdirSync(join(folder, path), { recursive: true });
    chmodSync(join(folder, path), 0o755);
  }
  for (const [path, entry] of tree) {
    const target = join(folder, path);
    if ("target" in entry) {
      symlinkSync(entry.target, target);
      lutimesSync(target, MODIFIED, MODIFIED);
      continue;
    }
    writeFileSync(target, entry.bytes);
    utimesSync(target, MODIFIED, MODIFIED);
    chmodSync(target, entry.mode);
  }
}

/** An empty folder for a sample. One that holds anything but an earlier sample is left alone. */
export function freshFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  if (names.length > 0 && !existsSync(join(folder, MARK)))
    throw new Error(`${folder} holds something else than a sample: name another folder, or empty it yourself`);
  // The mark stays, so that the next run may empty the folder of an interrupted one.
  for (const name of names) if (name !== MARK) rmSync(join(folder, name), { recursive: true, force: true });
  writeFileSync(join(folder, MARK), "Made by 'npm run sample': whatever lies here is made again by the next run.\n");
}
