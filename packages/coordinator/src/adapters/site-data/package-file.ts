import type { Hierarchy, Priority } from "../../domain/hierarchy.ts";
import { closestName } from "../../domain/site-data-rules.ts";
import type { YamlFile } from "./yaml-file.ts";

const PRIORITIES: readonly Priority[] = ["high", "medium", "low"];
const HIGHEST_VERSION = 2 ** 31 - 1;

export interface PackageFile {
  sourceVersion: number | undefined;
  priority: Priority;
  /** Names of systems, each once. */
  distributionPoints: string[];
}

export function readPackageFile(file: YamlFile, hierarchy: Hierarchy): PackageFile {
  if (!file.root) {
    file.fault(undefined, "the file is empty: write distributionPoints: [SYSTEM, ...]");
    return { sourceVersion: undefined, priority: "medium", distributionPoints: [] };
  }
  const fields = file.record(file.root, "package.yaml", ["name", "sourceVersion", "priority", "distributionPoints"]);
  file.text(fields.name);
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
  return {
    sourceVersion: file.integer(fields.sourceVersion, 1, HIGHEST_VERSION),
    priority: file.word(fields.priority, PRIORITIES) ?? "medium",
    distributionPoints: [...points].toSorted(),
  };
}
