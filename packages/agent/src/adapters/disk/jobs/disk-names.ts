import { readdirSync, readlinkSync } from "node:fs";
import { platform } from "../platform/platform.ts";

/** What the decoder substitutes for invalid UTF-8; a valid name may contain it too. */
const REPLACEMENT = "\ufffd";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The names in a folder. In a name that is not valid UTF-8 each non-ASCII byte is written as `\xHH`: no manifest contains a backslash, so
 * it cannot be confused with another name.
 */
export function namesIn(folder: string): string[] {
  const names = readdirSync(folder);
  return names.some((name) => name.includes(REPLACEMENT)) ? readdirSync(folder, { encoding: "buffer" }).map(writtenName) : names;
}

/** Target of a link, written as names are. */
export function linkTarget(place: string): string {
  const target = platform.targetOf(place);
  return target.includes(REPLACEMENT) ? writtenName(readlinkSync(place, { encoding: "buffer" })) : target;
}

/** Whether `name`, out of `namesIn`, is valid UTF-8 and can be used as a path. */
export function isPlainName(name: string): boolean {
  return !name.includes("\\");
}

/** The bytes of a name out of `namesIn`. */
export function rawName(folder: string, name: string): Buffer {
  const raw = isPlainName(name) ? undefined : readdirSync(folder, { encoding: "buffer" }).find((bytes) => writtenName(bytes) === name);
  return raw ?? Buffer.from(name);
}

function writtenName(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes.toString("latin1").replaceAll(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  }
}
