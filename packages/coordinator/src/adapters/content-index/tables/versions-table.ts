import type { DatabaseSync } from "node:sqlite";
import { transaction } from "@sitewright/node-kit/database";

/** Which content each unit had under each of its source versions. */
export interface VersionsTable {
  /** Digest of the content that a unit had under a version, and its highest version. */
  version(unit: string, version: number): { content: string | undefined; highest: number | undefined };
  saveVersion(unit: string, version: number, content: string): void;
  /** Becomes the unit's highest version, whatever was before. */
  replaceVersions(unit: string, version: number, content: string): void;
}

export function versionsTable(database: DatabaseSync): VersionsTable {
  const select = database.prepare("SELECT content FROM versions WHERE unit = ? AND version = ?");
  const selectHighest = database.prepare("SELECT max(version) AS highest FROM versions WHERE unit = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)");
  const removeFrom = database.prepare("DELETE FROM versions WHERE unit = ? AND version >= ?");
  return {
    version(unit, version) {
      const content = select.get(unit, version)?.content;
      const highest = selectHighest.get(unit)?.highest;
      return {
        content: typeof content === "string" && content !== "" ? content : undefined,
        highest: typeof highest === "number" ? highest : undefined,
      };
    },
    saveVersion: (unit, version, content) => void insert.run(unit, version, content),
    replaceVersions(unit, version, content) {
      transaction(database, () => {
        removeFrom.run(unit, version);
        insert.run(unit, version, content);
      });
    },
  };
}
