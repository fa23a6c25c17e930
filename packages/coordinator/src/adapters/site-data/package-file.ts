import type { Hierarchy, Priority } from "../../domain/hierarchy.ts";
import { closestName } from "../../domain/site-data-rules.ts";
import { isZoneTime } from "../../domain/zone-time.ts";
import type { Field, YamlFile } from "./yaml-file.ts";

const PRIORITIES: readonly Priority[] = ["high", "medium", "low"];
const HIGHEST_VERSION = 2 ** 31 - 1;
/** Of clients that wait for something; more no hierarchy has. */
export const MOST_CLIENTS = 10_000_000;

export interface PackageFile {
  /** For people. */
  name?: string;
  sourceVersion: number | undefined;
  priority: Priority;
  /** Clients that wait for it at each of its distribution points. */
  clients?: number;
  /** By the clocks of each site, as `2026-11-23T08:00`. */
  due?: string;
  /** Names of systems, each once. */
  distributionPoints: string[];
}

export function readPackageFile(file: YamlFile, hierarchy: Hierarchy): PackageFile {
  if (!file.root) {
    file.fault(undefined, "the file is empty: write distributionPoints: [SYSTEM, ...]");
    return { sourceVersion: undefined, priority: "medium", distributionPoints: [] };
  }
  const fields = file.record(file.root, "package.yaml", ["name", "sourceVersion", "priority", "clients", "due", "distributionPoints"]);
  const name = file.text(fields.name);
  if (!fields.distributionPoints)
    file.fault(file.root, "distributionPoints: is missing: write distributionPoints: [SYSTEM, ...], or [] for none");
  const points = new Set<string>();
  for (const { text, node } of file.list(fields.distributionPoints, 100_000) ?? []) {
    const system = hierarchy.systems.get(text);
    if (system?.roles.includes("dp")) {
      points.add(text);
      continue;
    }
    const near = closestName(text, hierarchy.systems.keys());
    const fault = system
      ? `has no role dp: add it in hierarchy.yaml, or leave ${text} out here`
      : `is no system of hierarchy.yaml${near ? `: did you mean "${near}"?` : ""}`;
    file.fault(node, `the distribution point "${text}" ${fault}`);
  }
  const clients = file.integer(fields.clients, 0, MOST_CLIENTS);
  const due = readDue(file, fields.due);
  return {
    ...(name === undefined ? {} : { name }),
    sourceVersion: file.integer(fields.sourceVersion, 1, HIGHEST_VERSION),
    priority: file.word(fields.priority, PRIORITIES) ?? "medium",
    ...(clients === undefined ? {} : { clients }),
    ...(due === undefined ? {} : { due }),
    distributionPoints: [...points].toSorted(),
  };
}

function readDue(file: YamlFile, field: Field | undefined): string | undefined {
  const text = file.text(field);
  if (text === undefined || isZoneTime(text)) return text;
  file.fault(field?.value, `due "${text}" is no date and time: write 2026-11-23T08:00, by the clocks of the site`);
  return undefined;
}
