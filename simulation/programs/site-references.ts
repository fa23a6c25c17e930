import type { SiteReferences } from "../../packages/coordinator/src/app/sites/deletion-references.ts";

/**
 * The lists of systems that serve a unit, as files of one line.
 * @param servers Systems by unit key.
 * @param taken Gets each list from which names are taken, as it was before, until it is so again; not one that is edited twice.
 */
export function referencesIn(servers: Map<string, Set<string>>, taken: Map<string, string>): SiteReferences {
  const textOf = (unit: string): string => [...(servers.get(unit) ?? [])].toSorted((a, b) => (a < b ? -1 : 1)).join();
  return {
    async find(_, { systems }) {
      return [...servers].flatMap(([path, of]) => {
        const names = systems.filter((system) => of.has(system));
        const before = textOf(path);
        const after = before.split(",").filter((name) => !names.includes(name));
        const change = { path, before, after: after.join() };
        return path.startsWith("dp/") && names.length > 0 ? [{ path, names, handling: "edit" as const, change }] : [];
      });
    },
    async replace(_, { path, from, to }) {
      if (textOf(path) !== from) return false;
      if (taken.has(path) || to.length > from.length) taken.delete(path);
      else taken.set(path, from);
      servers.set(path, new Set(to.split(",").filter((name) => name !== "")));
      return true;
    },
  };
}
