import { constants } from "node:fs";
import { access, lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPackageId, isSiteCode, SitewrightError } from "@sitewright/protocol";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import { isScalar, isSeq, parseDocument } from "yaml";
import type { SiteReferences } from "../../../app/sites/deletion-references.ts";
import type { Reference } from "../../../domain/deletion/references.ts";
import { replaceFile } from "./replace-file.ts";

/** Of a file that is parsed here: a larger one is named and changed by hand. */
const MOST_EDITED = 64 * 1024;
/** Bytes of a file that is searched for names. */
const MOST_SEARCHED = 4 * 1024 * 1024;
/** Files read at once. */
const AT_ONCE = 16;

/** References in the layout that docs/site-data.md describes: in package.yaml, site.yaml and the folders `witnessed`. */
export function nativeSiteReferences(): SiteReferences {
  return {
    async find(root, { site, systems }) {
      const packages = (await foldersOf(root, "packages")).filter(isPackageId).sort();
      const codes = site === undefined ? [] : (await foldersOf(root, "")).filter((name) => isSiteCode(name) && name !== site).sort();
      const inLists = [
        ...packages.map((id) => ({ path: `packages/${id}/package.yaml`, field: "distributionPoints", names: systems })),
        ...codes.map((code) => ({ path: `${code}/site.yaml`, field: "neighbours", names: site === undefined ? [] : [site] })),
      ];
      const found: Reference[] = [];
      for (let at = 0; at < inLists.length; at += AT_ONCE) {
        const read = await Promise.all(inLists.slice(at, at + AT_ONCE).map((one) => referenceIn(root, one)));
        found.push(...read.flatMap((one) => one ?? []));
      }
      for (const code of codes) found.push(...(await witnessedAt(root, code, site ?? "")));
      return found;
    },
    async replace(root, { path, from, to }) {
      const full = join(root, path);
      const text = await textOf(full, path);
      if (text === to) return true;
      if (text !== from) return false;
      await replaceFile(full, to);
      return true;
    },
  };
}

interface NamedList {
  path: string;
  field: string;
  names: readonly string[];
}

async function referenceIn(root: string, { path, field, names }: NamedList): Promise<Reference | undefined> {
  const before = await textOf(join(root, path), path);
  const mentioned = names.filter((name) => before?.includes(name));
  if (before === undefined || mentioned.length === 0) return undefined;
  const byHand: Reference = { path, names: mentioned, handling: "by-hand" };
  if (before.length > MOST_EDITED) return byHand;
  const document = parseDocument(before);
  const list = document.get(field, true);
  if (document.errors.length > 0 || (list !== undefined && !isSeq(list))) return byHand;
  const items = list?.items ?? [];
  // An alias, or a value that is no text, may be meant for something else too.
  if (!items.every((item) => isScalar(item) && item.anchor === undefined) || list?.anchor !== undefined) return byHand;
  const named = names.filter((name) => items.some((item) => isScalar(item) && item.value === name));
  if (named.length === 0) return undefined;
  if (list) list.items = items.filter((item) => !(isScalar(item) && named.some((name) => item.value === name)));
  const after = document.toString({ lineWidth: 0, flowCollectionPadding: before.includes("[ ") });
  const isEditable = await mayReplace(root, path);
  return isEditable ? { path, names: named, handling: "edit", change: { path, before, after } } : { ...byHand, names: named };
}

/** A link would be replaced by a file. */
async function mayReplace(root: string, path: string): Promise<boolean> {
  try {
    if (!(await lstat(join(root, path))).isFile()) return false;
    for (const one of [path, dirname(path)]) await access(join(root, one), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a site has seen of the numbers of a deleted one: evidence of which were used. */
async function witnessedAt(root: string, code: string, site: string): Promise<Reference[]> {
  const names = await readdir(join(root, code, "witnessed")).catch(() => []);
  const own = names.filter((name) => new RegExp(`^${site}\\.(yaml|trs)$`, "i").test(name)).sort();
  return own.map((name) => ({ path: `${code}/witnessed/${name}`, names: [site], handling: "kept" }));
}

/** Without links: nothing is reached through one. */
async function foldersOf(root: string, place: string): Promise<string[]> {
  try {
    return (await readdir(join(root, place), { withFileTypes: true })).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unreadable(place, cause);
  }
}

/** Undefined: there is no such file, or none that a reader of site data would read. */
async function textOf(path: string, place: string): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readBounded(path, MOST_SEARCHED));
  } catch (cause) {
    if (["EACCES", "EPERM", "EIO"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw unreadable(place, cause);
    return undefined;
  }
}

function unreadable(place: string, cause: unknown): SitewrightError {
  const message = `${place === "" ? "the site data" : place} cannot be read: let the coordinator's account read it`;
  return new SitewrightError("SOURCE_UNREADABLE", message, { path: place, cause });
}
