import { unitKey } from "@sitewright/protocol";
import { transaction } from "@sitewright/node-kit/database";
import type { SeenMemory } from "../../app/session/witness.ts";
import type { Database } from "./database.ts";

/** The highest number of each object that was ever seen here, one row per object: what replaces the object leaves it alone. */
export function openSeenMemory(database: Database): SeenMemory {
  database.exec(`
    CREATE TABLE IF NOT EXISTS seen_objects (
      unit TEXT, path TEXT, number INTEGER NOT NULL, hash TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (unit, path)
    ) STRICT, WITHOUT ROWID;
  `);
  const raise = database.prepare(`
    INSERT INTO seen_objects VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (unit, path) DO UPDATE SET number = ?3, hash = ?4, size = ?5 WHERE ?3 > number
  `);
  const all = database.prepare("SELECT path, number, hash, size FROM seen_objects WHERE unit = ? ORDER BY path");
  const one = database.prepare("SELECT number FROM seen_objects WHERE unit = ? AND path = ?");
  return {
    learn(unit, objects) {
      const key = unitKey(unit);
      transaction(database, () => {
        for (const { path, number = 0, hash, size } of objects) raise.run(key, path, number, hash, size);
      });
    },
    highest: (unit, path) => (one.get(unitKey(unit), path) as { number: number } | undefined)?.number ?? 0,
    of: (unit) =>
      (all.all(unitKey(unit)) as { path: string; number: number; hash: string; size: number }[]).map(({ number, ...object }) => ({
        ...object,
        ...(number === 0 ? {} : { number }),
      })),
  };
}
