import { readHierarchy } from "./hierarchy-file.ts";
import { readPackageFile } from "./package-file.ts";
import { readSiteFile } from "./site-file.ts";
import { parseYaml, type Fault, type YamlFile } from "./yaml-file.ts";

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
