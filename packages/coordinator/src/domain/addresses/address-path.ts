import type { Address, Hierarchy } from "../sites/hierarchy.ts";

/** The lines that bytes to a system cross, its own first, then the lines that lead to it; empty on the coordinator's own network. */
export function addressPath(hierarchy: Hierarchy, system: string): Address[] {
  const member = hierarchy.systems.get(system);
  if (!member) return [];
  const path: Address[] = [];
  let line = member.address ?? hierarchy.addresses.get(member.site);
  while (line && !path.includes(line)) {
    path.push(line);
    line = line.via === undefined ? undefined : hierarchy.addresses.get(line.via);
  }
  return path;
}
