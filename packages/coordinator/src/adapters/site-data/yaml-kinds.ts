import { readHierarchy } from "./hierarchy-file.ts";
import { readPackageFile } from "./package-file.ts";
import { parseYaml, type Fault, type Field, type YamlFile } from "./yaml-file.ts";
import type { SiteNumbers } from "../../domain/recovery/site-numbers.ts";
import { isSiteCode } from "@sitewright/protocol";

/** Limits of the counters of one site, and of the length of their names. */
const MOST_SERIALS = 100;
const LONGEST_SERIAL = 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a site.yaml says. */
export interface WrittenSiteFile {
  numbers: SiteNumbers;
  /** Its place in its logon domain; absent: not stated here. */
  logonSenior?: boolean;
}

function readSiteFile(file: YamlFile): WrittenSiteFile | undefined {
  if (!file.root) return undefined;
  const fields = file.record(file.root, "site.yaml", ["identity", "epoch", "serials", "neighbours", "logonSenior"]);
  const identity = file.text(fields.identity);
  if (identity !== undefined && !UUID.test(identity))
    file.fault(fields.identity?.value, `identity "${identity}" is not a UUID: write 8-4-4-4-12 hex digits`);
  const epoch = file.integer(fields.epoch, 1, Number.MAX_SAFE_INTEGER) ?? 1;
  const serials = readSerials(file, fields.serials);
  for (const neighbour of file.list(fields.neighbours, 10_000) ?? []) {
    if (!isSiteCode(neighbour.text))
      file.fault(neighbour.node, `the neighbour "${neighbour.text}" is not a site code: write three capital letters or digits`);
  }
  const logonSenior = file.flag(fields.logonSenior);
  const numbers = { ...(identity === undefined ? {} : { identity }), epoch, serials };
  return { numbers, ...(logonSenior === undefined ? {} : { logonSenior }) };
}

function readSerials(file: YamlFile, field: Field | undefined): Record<string, number> {
  const serials = field ? file.fields(field.value, "serials") : [];
  if (serials.length > MOST_SERIALS) file.fault(field?.value, `serials has ${serials.length} names: ${MOST_SERIALS} at most`);
  for (const { key, keyNode } of serials)
    if (key.length > LONGEST_SERIAL) file.fault(keyNode, `a serial's name has ${key.length} characters: ${LONGEST_SERIAL} at most`);
  return Object.fromEntries(serials.map((serial) => [serial.key, file.integer(serial, 0, Number.MAX_SAFE_INTEGER) ?? 0]));
}

/** What one site has witnessed of another. */
function readWitnessedFile(file: YamlFile): Record<string, number> | undefined {
  if (!file.root) return undefined;
  return readSerials(file, file.record(file.root, "what was witnessed", ["serials"]).serials);
}

/** The kinds of files in the site data, and what each of them says. */
const KINDS = {
  hierarchy: (file: YamlFile) => readHierarchy(file, Intl.DateTimeFormat().resolvedOptions().timeZone),
  site: readSiteFile,
  package: readPackageFile,
  witnessed: readWitnessedFile,
};

export type YamlKind = keyof typeof KINDS;

/** What a file says, and its faults; the content counts only without faults. */
export interface YamlReading<Kind extends YamlKind> {
  value: ReturnType<(typeof KINDS)[Kind]> | undefined;
  faults: Fault[];
}

export interface YamlTask {
  kind: YamlKind;
  /** Place below the site data. */
  name: string;
  text: string;
}

/** Parsing takes some 1.5 ms per KiB of text: larger files are parsed in a thread of their own. */
export function readYamlText<Kind extends YamlKind>({ kind, name, text }: YamlTask & { kind: Kind }): YamlReading<Kind> {
  const faults: Fault[] = [];
  const file = parseYaml(name, text, faults);
  const value = faults.length > 0 ? undefined : (KINDS[kind](file) as YamlReading<Kind>["value"]);
  return { value, faults };
}
