import { readdirSync } from "node:fs";
import { foldName, LIMITS, nameFault } from "@sitewright/protocol";
import type { FaultList } from "./source-fault.ts";

/** What the decoder puts in the place of bytes that are no UTF-8. */
const REPLACEMENT = "\ufffd";

/** The names in one folder that can be carried, in the order of a manifest. */
export function folderNames(real: string, place: { path: string; source: string }, faults: FaultList): string[] {
  let names = readdirSync(real);
  if (names.some((name) => name.includes(REPLACEMENT))) names = decodedNames(real, place.source, faults);
  names.sort(); // By UTF-16 code units, as `comparePaths` does.
  const room = LIMITS.path - Buffer.byteLength(place.path) - 1;
  const folds = new Map<string, string>();
  return names.filter((name) => {
    const source = `${place.source}/${name}`;
    const fault = nameFault(name);
    if (fault) faults.add("SOURCE_NAME", source, `the name ${fault}: rename it`);
    const fold = foldName(name);
    const twin = folds.get(fold);
    if (twin !== undefined) {
      faults.add("SOURCE_NAME", source, `it is one name with ${twin} where case and accents are not told apart: rename one of them`);
    }
    folds.set(fold, name);
    const fits = name.length * 3 <= room || Buffer.byteLength(name) <= room;
    if (!fits) faults.add("SOURCE_NAME", source, "the name makes the path too long: rename it");
    return fits;
  });
}

function decodedNames(real: string, source: string, faults: FaultList): string[] {
  return readdirSync(real, { encoding: "buffer" }).flatMap((raw) => {
    const name = decodeName(raw);
    if (name !== undefined) return [name];
    faults.add("SOURCE_NAME", `${source}/${raw.toString("latin1")}`, "the name is not valid UTF-8: rename it");
    return [];
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are no UTF-8. */
export function decodeName(raw: Uint8Array): string | undefined {
  try {
    return decoder.decode(raw);
  } catch {
    return undefined;
  }
}
