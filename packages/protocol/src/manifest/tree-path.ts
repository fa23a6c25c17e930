import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** A relative path that was checked to be safe: `/` between names, no way out, no name with a special meaning on any supported platform. */
export type TreePath = string & { readonly __brand: "TreePath" };

const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)/i;
const FORBIDDEN = /[\u0000-\u001f<>:"|?*\\/]/;
const encoder = new TextEncoder();

/** Why a name is refused, or undefined when it is safe. The rules are those of Windows, applied on every platform. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "leaves its folder";
  if (!name.isWellFormed()) return "is not valid Unicode";
  const forbidden = FORBIDDEN.exec(name);
  if (forbidden) return `holds the character ${JSON.stringify(forbidden[0])}, which Windows forbids`;
  if (name.endsWith(" ") || name.endsWith(".")) return "ends with a space or a dot, which Windows drops";
  if (RESERVED.test(name)) return "is a device name on Windows";
  if (name.length * 3 > LIMITS.name && encoder.encode(name).length > LIMITS.name) return `is longer than ${LIMITS.name} bytes`;
  return undefined;
}

/** Turns a path from the wire into a safe one; throws `UNSAFE_PATH`. */
export function parseTreePath(path: string): TreePath {
  if (path.length * 3 > LIMITS.path && encoder.encode(path).length > LIMITS.path) {
    throw unsafe(path.slice(0, 80), `is longer than ${LIMITS.path} bytes`);
  }
  for (const name of path.split("/")) {
    const fault = nameFault(name);
    if (fault) throw unsafe(path, fault);
  }
  return path as TreePath;
}

/**
 * The target of a link at `from`, resolved inside `top` by its text alone (`createLinkTree` follows other links). A trailing or doubled
 * slash is ignored. Throws `UNSAFE_PATH` when it is absolute or leaves `top`.
 */
export function resolveLink(from: string, target: string, top: string): TreePath {
  const names = from.split("/").slice(0, -1);
  const [first, ...rest] = target.split("/");
  const parts = [first as string, ...rest.filter((name) => name !== "")];
  if (parts.some((name) => name !== "." && name !== ".." && nameFault(name) !== undefined))
    throw unsafe(from, `links to ${JSON.stringify(target)}`);
  if (target.length * 3 > LIMITS.linkTarget && encoder.encode(target).length > LIMITS.linkTarget)
    throw unsafe(from, `links to a target of more than ${LIMITS.linkTarget} bytes`);
  for (const name of parts) {
    if (name === "..") names.pop();
    else if (name !== ".") names.push(name);
    if (!isBelow(names.join("/"), top)) throw unsafe(from, `links to ${JSON.stringify(target)}, outside ${top}`);
  }
  return parseTreePath(names.join("/"));
}

/** Whether `path` is `top` itself or lies below it. */
export function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`);
}

const ASCII = /^[\u0000-\u007f]*$/;

/**
 * Two names with the same fold are one name on a file system that ignores case or normalises Unicode. Letters are folded one by one, as
 * NTFS and Samba do: full case folding (sharp s and "ss", a ligature and its letters) is not applied.
 */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  let fold = "";
  for (const letter of name.normalize("NFC")) fold += foldLetter(letter);
  // Lower case may decompose again, as that of T with a diaeresis does: only there one letter stands for both.
  return fold.normalize("NFC");
}

/** Through upper case, where letters with several lower-case forms meet: final sigma, long s, micro sign. */
function foldLetter(letter: string): string {
  if (letter === DOTLESS_I) return letter; // its upper case is I, but no file system treats the two as one
  const upper = letter.toUpperCase();
  return (isOneLetter(upper) ? upper : letter).toLowerCase();
}

const DOTLESS_I = "\u0131";

function isOneLetter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) as number) > 0xffff);
}

/** Order of a manifest: a folder before what it holds, siblings by their UTF-16 code units. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return (x === SLASH ? -1 : x) - (y === SLASH ? -1 : y);
  }
  return a.length - b.length;
}

const SLASH = 0x2f;

function unsafe(path: string, why: string): SitewrightError {
  return new SitewrightError("UNSAFE_PATH", `the path ${JSON.stringify(path)} was refused: it ${why}`, { path });
}
