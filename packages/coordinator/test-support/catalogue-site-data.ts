import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseUnitKey } from "@sitewright/protocol";
import type { SiteData, SiteDataReading } from "../src/app/ports/site-data.ts";
import type { FoundPlace } from "../src/domain/sites/site-memory.ts";
import type { System, UnitSource } from "../src/domain/sites/hierarchy.ts";

const CATALOGUE = "catalogue.txt";

/**
 * Site data in another form than the native one: a single text file states everything, and content lies on numbered shelves. Lines: `system
 * NAME SITE ROLE,ROLE` and `unit KEY VERSION SYSTEM,SYSTEM OWNED=SHELF,OWNED=SHELF`.
 */
export function catalogueSiteData(folder: string): SiteData {
  const describe: SiteData["describe"] = ({ name }) => ({ place: `the entry ${name}`, file: CATALOGUE });
  return {
    describe,
    root: async () => folder,
    revision: async () => String((await stat(join(folder, CATALOGUE))).mtimeMs),
    read: async () => readingOf(folder, await readFile(join(folder, CATALOGUE), "utf8")),
    async look(_, places) {
      const look = async (place: string): Promise<[string, FoundPlace]> => {
        const found = await stat(join(folder, place)).catch(() => undefined);
        return [place, { is: found ? (found.isDirectory() ? "filled" : "file") : "absent", at: place }];
      };
      return new Map(await Promise.all([...places].map(look)));
    },
  };
}

function readingOf(root: string, catalogue: string): SiteDataReading {
  const systems = new Map<string, System>();
  const units: UnitSource[] = [];
  const servedBy = new Map<string, readonly string[]>();
  for (const line of catalogue.trim().split("\n")) {
    const [what, name = "", second = "", third = "", fourth = ""] = line.split(" ");
    const unit = parseUnitKey(name);
    if (what === "system") systems.set(name, { name, site: second, roles: third.split(",") as System["roles"] });
    if (what !== "unit" || !unit) continue;
    const owned = fourth.split(",").map((entry): UnitSource["owned"][number] => {
      const [path = "", source = ""] = entry.split("=");
      return { path, source, kind: "folder", rights: "clients-read" };
    });
    const places = owned.map(({ source }) => source);
    units.push({ unit, owned, places, statedIn: CATALOGUE, sourceVersion: Number(second), priority: "medium" });
    servedBy.set(name, third.split(","));
  }
  return {
    root,
    hierarchy: { sites: new Map(), systems, addresses: new Map() },
    units,
    servedBy,
    described: new Set(servedBy.keys()),
    sitePlaces: new Map(),
    counts: new Map(),
    problems: [],
  };
}
