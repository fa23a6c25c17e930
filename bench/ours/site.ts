import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The system that is rebuilt. */
export const TARGET = "TARGET";
/** A system without an agent: a plan for it indexes the sources and leaves the target as it is. */
export const NOBODY = "NOBODY";

export interface SiteOptions {
  role: "dp" | "cap";
  /** Bandwidth of the line to the target, such as `20 Mbit/s`; absent: the coordinator's own network. */
  bandwidth?: string;
  /** Further systems to rebuild, in the coordinator's own network. */
  others?: readonly string[];
}

/** Site data with one system to rebuild; the case adds packages and inboxes. */
export function writeSite(folder: string, { role, bandwidth, others = [] }: SiteOptions): void {
  const systems = [
    `${TARGET}: { site: ${bandwidth ? "SEC" : "ABC"}, roles: [${role}] }`,
    ...[NOBODY, ...others].map((name) => `${name}: { site: ABC, roles: [${role}] }`),
  ];
  writeHierarchy(folder, systems, bandwidth ? [`SEC: { bandwidth: ${bandwidth} }`] : []);
}

/** A primary site, ABC, and a branch below it, SEC. @param systems As in `hierarchy.yaml`, one line each, and so `addresses`. */
export function writeHierarchy(folder: string, systems: readonly string[], addresses: readonly string[] = []): void {
  const lines = [
    "sites:",
    "  ABC: { name: Central, type: primary, server: SITESRV, timeZone: UTC }",
    "  SEC: { name: Branch, type: secondary, parent: ABC, server: BRANCHSRV }",
    "systems:",
    "  SITESRV: { site: ABC, roles: [] }",
    "  BRANCHSRV: { site: SEC, roles: [] }",
    ...systems.map((line) => `  ${line}`),
    ...(addresses.length > 0 ? ["addresses:", ...addresses.map((line) => `  ${line}`)] : []),
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hierarchy.yaml"), `${lines.join("\n")}\n`);
}

/** @param systems Systems that should have it. @returns The folder for the package's files. */
export function addPackage(folder: string, id: string, systems: readonly string[] = [TARGET, NOBODY]): string {
  const source = join(folder, "packages", id, "source");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(folder, "packages", id, "package.yaml"), `distributionPoints: [${systems.join(", ")}]\n`);
  return source;
}
