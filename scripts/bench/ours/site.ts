import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The system that is rebuilt. */
export const TARGET = "TARGET";
/** A system without an agent: a plan for it indexes the sources and leaves the target as it is. */
export const NOBODY = "NOBODY";

export interface SiteOptions {
  role: "dp" | "cap";
  /** What the line to the target carries, such as `20 Mbit/s`; absent: the coordinator's own network. */
  bandwidth?: string;
  /** Further systems to rebuild, in the coordinator's own network. */
  others?: readonly string[];
}

/** Site data that have one system to rebuild; packages and inboxes are added by the case. */
export function writeSite(folder: string, { role, bandwidth, others = [] }: SiteOptions): void {
  const lines = [
    "sites:",
    "  ABC: { name: Central, type: primary, server: SITESRV, timeZone: UTC }",
    "  SEC: { name: Branch, type: secondary, parent: ABC, server: BRANCHSRV }",
    "systems:",
    "  SITESRV: { site: ABC, roles: [] }",
    "  BRANCHSRV: { site: SEC, roles: [] }",
    `  ${TARGET}: { site: ${bandwidth ? "SEC" : "ABC"}, roles: [${role}] }`,
    `  ${NOBODY}: { site: ABC, roles: [${role}] }`,
    ...others.map((name) => `  ${name}: { site: ABC, roles: [${role}] }`),
    ...(bandwidth ? ["addresses:", `  SEC: { bandwidth: ${bandwidth} }`] : []),
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hierarchy.yaml"), `${lines.join("\n")}\n`);
}

/** @returns the folder to be filled with the package's files. */
export function addPackage(folder: string, id: string, system = TARGET): string {
  const source = join(folder, "packages", id, "source");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(folder, "packages", id, "package.yaml"), `distributionPoints: [${system}, ${NOBODY}]\n`);
  return source;
}
