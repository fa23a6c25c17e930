import { readdirSync, readlinkSync } from "node:fs";

/** What the decoder puts in the place of bytes that are no UTF-8; a name may also hold it by itself. */
const REPLACEMENT = "\ufffd";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The names in a folder. Of one that is not valid UTF-8 each byte beyond ASCII is written as `\xHH`: no manifest holds a backslash, so that it is
 * taken for no other name.
 */
export function namesIn(folder: string): string[] {
  const names = readdirSync(folder);
  return names.some((name) => name.includes(REPLACEMENT)) ? readdirSync(folder, { encoding: "buffer" }).map(writtenName) : names;
}

/** Where a link leads, written as a name is. */
export function linkTarget(place: string): string {
  const target = readlinkSync(place);
  return target.includes(REPLACEMENT) ? writtenName(readlinkSync(place, { encoding: "buffer" })) : target;
}

/** Whether `name`, out of `namesIn`, can be a name of ours, and be looked at by what was made of it. */
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
