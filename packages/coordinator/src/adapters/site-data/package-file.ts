import { closestName, PRIORITIES, type Priority } from "@sitewright/protocol";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import { isZoneTime } from "../../domain/addresses/zone-time.ts";
import { SHOWN_FAULTS, type Fault, type Field, type YamlFile } from "./yaml-file.ts";

const HIGHEST_VERSION = 2 ** 31 - 1;
/** Maximum number of clients that wait for something. */
export const MOST_CLIENTS = 10_000_000;

/** What a package.yaml says, whatever the hierarchy says of it. */
export interface PackageFile {
  /** For people. */
  name?: string;
  sourceVersion: number | undefined;
  priority: Priority;
  /** Clients that wait for it at each of its distribution points. */
  clients?: number;
  /** In the local time of each site, as `2026-11-23T08:00`. */
  due?: string;
  /** Names of systems, as written. */
  distributionPoints: { name: string; line: number }[];
}

export function readPackageFile(file: YamlFile): PackageFile {
  if (!file.root) {
    file.fault(undefined, "the file is empty: write distributionPoints: [SYSTEM, ...]");
    return { sourceVersion: undefined, priority: "medium", distributionPoints: [] };
  }
  const fields = file.record(file.root, "package.yaml", ["name", "sourceVersion", "priority", "clients", "due", "distributionPoints"]);
  const name = file.text(fields.name);
  if (!fields.distributionPoints)
    file.fault(file.root, "distributionPoints: is missing: write distributionPoints: [SYSTEM, ...], or [] for none");
  const points = file.list(fields.distributionPoints, 100_000) ?? [];
  const clients = file.integer(fields.clients, 0, MOST_CLIENTS);
  const due = readDue(file, fields.due);
  return {
    ...(name === undefined ? {} : { name }),
    sourceVersion: file.integer(fields.sourceVersion, 1, HIGHEST_VERSION),
    priority: file.word(fields.priority, PRIORITIES) ?? "medium",
    ...(clients === undefined ? {} : { clients }),
    ...(due === undefined ? {} : { due }),
    distributionPoints: points.map(({ text, node }) => ({ name: text, line: file.lineOf(node) })),
  };
}

function readDue(file: YamlFile, field: Field | undefined): string | undefined {
  const text = file.text(field);
  if (text === undefined || isZoneTime(text)) return text;
  file.fault(field?.value, `due "${text}" is not a date and time: write 2026-11-23T08:00, by the clocks of the site`);
  return undefined;
}

/** Which of the distribution points in a package.yaml are valid, each once, and the faults of the others. */
export type PointCheck = (file: string, written: PackageFile["distributionPoints"]) => { points: string[]; faults: Fault[] };

export function createPointCheck({ systems }: Hierarchy): PointCheck {
  /** By unknown name. One renamed system may occur in thousands of packages, and each search covers all names. */
  const hints = new Map<string, string>();

  function hint(name: string): string {
    if (!hints.has(name) && hints.size < SHOWN_FAULTS) {
      const near = closestName(name, systems.keys());
      hints.set(name, near ? `: did you mean "${near}"?` : "");
    }
    return hints.get(name) ?? "";
  }

  return (file, written) => {
    const points = new Set<string>();
    const faults: Fault[] = [];
    for (const { name, line } of written) {
      const system = systems.get(name);
      if (system?.roles.includes("dp")) {
        points.add(name);
        continue;
      }
      const fault = system
        ? `has no role dp: add it in hierarchy.yaml, or leave ${name} out here`
        : `is not a system of hierarchy.yaml${hint(name)}`;
      faults.push({ file, line, message: `the distribution point "${name}" ${fault}` });
    }
    return { points: [...points].toSorted(), faults };
  };
}
