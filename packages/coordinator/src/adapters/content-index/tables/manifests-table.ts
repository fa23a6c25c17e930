import type { DatabaseSync } from "node:sqlite";
import type { UnitSource } from "../../../domain/sites/hierarchy.ts";
import { transaction } from "@sitewright/node-kit/database";

/** Which manifests exist, and what each unit was when it was last indexed. */
export interface ManifestsTable {
  /** Where the owned paths of a manifest come from. */
  manifestSources(digest: string): ManifestSources | undefined;
  /** Stores a manifest as the latest one; `place` moves its file into place while no other thread prunes. */
  saveManifest(manifest: ManifestSources & { digest: string; root: string; unit: string; used: number }, place: () => void): void;
  /** It is still the latest of its unit, and exists. */
  touchManifest(digest: string, root: string, used: number): void;
  /**
   * Removes the manifests not used since `before`, except the newest of each unit, and then whatever `sweep` finds unknown.
   * @param sweep Removes files; `isKnown` tells which manifests remain.
   */
  pruneManifests(before: number, newest: number, sweep: (isKnown: (digest: string) => boolean) => void): void;
  /** The result stored with the last stamp of a unit; undefined if the stamp differs. */
  outcome(unit: string, stamp: string): string | undefined;
  saveOutcome(unit: string, stamp: string, outcome: string): void;
  forgetOutcome(unit: string): void;
}

export interface ManifestSources {
  owned: UnitSource["owned"];
  /** Real folder of the site data; absent: made by an earlier coordinator, which had only one. */
  root?: string;
}

const PRUNE = `
  DELETE FROM manifests WHERE used < ? AND digest IN (
    SELECT digest FROM (SELECT digest, row_number() OVER (PARTITION BY unit ORDER BY used DESC) AS place FROM manifests) WHERE place > ?
  )`;

export function manifestsTable(database: DatabaseSync): ManifestsTable {
  const selectOwned = database.prepare("SELECT owned, root FROM manifests LEFT JOIN roots USING (digest) WHERE digest = ?");
  const insertRoot = database.prepare("INSERT OR REPLACE INTO roots VALUES (?, ?)");
  const pruneRoots = database.prepare("DELETE FROM roots WHERE digest NOT IN (SELECT digest FROM manifests)");
  const insert = database.prepare("INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?)");
  const touch = database.prepare("UPDATE manifests SET used = ? WHERE digest = ?");
  const prune = database.prepare(PRUNE);
  const selectOutcome = database.prepare("SELECT outcome FROM units WHERE unit = ? AND stamp = ?");
  const insertOutcome = database.prepare("INSERT OR REPLACE INTO units VALUES (?, ?, ?)");
  const deleteOutcome = database.prepare("DELETE FROM units WHERE unit = ?");
  return {
    manifestSources(digest) {
      const found = selectOwned.get(digest);
      if (!found) return undefined;
      const owned = JSON.parse(String(found.owned)) as UnitSource["owned"];
      return { owned, ...(typeof found.root === "string" ? { root: found.root } : {}) };
    },
    saveManifest({ digest, root, unit, owned, used }, place) {
      transaction(database, () => {
        insertRoot.run(digest, root);
        insert.run(digest, unit, JSON.stringify(owned), used);
        place();
      });
    },
    touchManifest(digest, root, used) {
      transaction(database, () => {
        touch.run(used, digest);
        insertRoot.run(digest, root);
      });
    },
    pruneManifests(before, newest, sweep) {
      transaction(database, () => {
        prune.run(before, newest);
        pruneRoots.run();
        sweep((digest) => selectOwned.get(digest) !== undefined);
      });
    },
    outcome(unit, stamp) {
      const found = selectOutcome.get(unit, stamp);
      return found && String(found.outcome);
    },
    saveOutcome: (unit, stamp, outcome) => void insertOutcome.run(unit, stamp, outcome),
    forgetOutcome: (unit) => void deleteOutcome.run(unit),
  };
}
