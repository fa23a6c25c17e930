import { readHierarchy } from "./hierarchy-file.ts";
import { readPackageFile } from "./package-file.ts";
import { parseYaml, type Fault, type YamlFile } from "./yaml-file.ts";
import { isSiteCode } from "@sitewright/protocol";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Checks a site.yaml; returns what it says about the site's place in its logon domain. */
function readSiteFile(file: YamlFile): boolean | undefined {
  if (!file.root) return undefined;
  const fields = file.record(file.root, "site.yaml", ["identity", "serials", "neighbours", "logonSenior"]);
  const identity = file.text(fields.identity);
  if (identity !== undefined && !UUID.test(identity))
    file.fault(fields.identity?.value, `identity "${identity}" is no UUID: write 8-4-4-4-12 hex digits`);
  for (const serial of fields.serials ? file.fields(fields.serials.value, "serials") : []) file.integer(serial, 0, Number.MAX_SAFE_INTEGER);
  for (const neighbour of file.list(fields.neighbours, 10_000) ?? []) {
    if (!isSiteCode(neighbour.text))
      file.fault(neighbour.node, `the neighbour "${neighbour.text}" is no site code: write three capital letters or digits`);
  }
  return file.flag(fields.logonSenior);
}

/** The kinds of files in the site data, and what each of them says. */
const KINDS = {
  hierarchy: (file: YamlFile) => readHierarchy(file, Intl.DateTimeFormat().resolvedOptions().timeZone),
  site: readSiteFile,
  package: readPackageFile,
};

export type YamlKind = keyof typeof KINDS;

/** What a file says, and what is wrong with it; it counts only where nothing is. */
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

/** Takes some 1.5 ms for each KiB of text: more than a few of them are for a thread of their own. */
export function readYamlText<Kind extends YamlKind>({ kind, name, text }: YamlTask & { kind: Kind }): YamlReading<Kind> {
  const faults: Fault[] = [];
  const file = parseYaml(name, text, faults);
  const value = faults.length > 0 ? undefined : (KINDS[kind](file) as YamlReading<Kind>["value"]);
  return { value, faults };
}
