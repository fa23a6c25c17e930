import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { noise } from "@sitewright/testkit/noise";

/** Content of a file, or a link written as `{ link: target }`, or a file with a mode. */
export type Leaf = string | Uint8Array | { link: string } | { content: string; mode: number };

/** Writes files and links below `folder`; a path that ends with `/` is an empty folder. */
export function writeTree(folder: string, tree: Record<string, Leaf>): void {
  for (const [path, leaf] of Object.entries(tree)) {
    const target = join(folder, path);
    mkdirSync(path.endsWith("/") ? target : dirname(target), { recursive: true });
    if (path.endsWith("/")) continue;
    if (typeof leaf === "string" || leaf instanceof Uint8Array) writeFileSync(target, leaf);
    else if ("link" in leaf) symlinkSync(leaf.link, target);
    else {
      writeFileSync(target, leaf.content);
      chmodSync(target, leaf.mode);
    }
  }
}

/**
 * Everything below `folder` as one line per path: kind, mode and content hash or link target. Two folders are equal when these are. The
 * agent's own `.sitewright` is left out.
 */
export function readTree(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  walk(folder, "");
  return found;

  function walk(at: string, prefix: string): void {
    for (const name of readdirSync(at).toSorted()) {
      if (prefix === "" && name === ".sitewright") continue;
      const path = join(at, name);
      const stats = lstatSync(path);
      const mode = (stats.mode & 0o777).toString(8);
      if (stats.isSymbolicLink()) found[prefix + name] = `link ${readlinkSync(path)}`;
      else if (stats.isSocket()) found[prefix + name] = `socket ${mode}`;
      else if (stats.isDirectory()) {
        found[`${prefix}${name}/`] = `folder ${mode}`;
        walk(path, `${prefix}${name}/`);
      } else found[prefix + name] = `file ${mode} ${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16)}`;
    }
  }
}

/** A sparse file with some bytes in the middle and at the end. */
export function writeSparse(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes / 2);
  appendFileSync(path, noise(5_000, 3));
  truncateSync(path, bytes);
  appendFileSync(path, "the end");
}
