import { isUnitName, unitKey, type Digest } from "@sitewright/protocol";
import type { IndexedUnit } from "../../../app/ports/content.ts";
import type { UnitSource } from "../../../domain/sites/hierarchy.ts";
import type { ManifestsTable } from "./manifests-table.ts";
import { storedDigest } from "../manifest-store.ts";

/** The result of indexing a unit, valid while its source looks exactly as then. */
export interface RememberedUnit {
  indexed: Omit<IndexedUnit, "sourceVersion" | "content">;
  /** Digest of names, sizes and bytes. */
  content: Digest;
  /** Digest of the manifest's file. */
  stored: Digest;
}

interface UnitMemoryContext {
  root: string;
  dataDir: string;
  database: ManifestsTable;
}

/** Raised with every change of what is refused in a source, or of what a manifest states. */
const RULES = 2;

/** Remembers units by everything that indexing them depends on, so that unchanged ones need not be read. `seen`: stamp of its walk. */
export function createUnitMemory({ root, dataDir, database }: UnitMemoryContext, { unit, owned }: UnitSource, seen: string) {
  const key = unitKey(unit);
  const stamp = `${seen} ${JSON.stringify([RULES, owned])}`;
  return {
    /** Undefined when it is not known, or its manifest is not as it was written. */
    recall(): (RememberedUnit & { moved: boolean }) | undefined {
      const found = database.outcome(key, stamp);
      if (found === undefined) return undefined;
      const remembered = parseOutcome(found);
      if (!remembered) return undefined;
      const { manifest } = remembered.indexed;
      const sources = database.manifestSources(manifest);
      if (storedDigest(dataDir, manifest) !== remembered.stored || !sources) return undefined;
      database.touchManifest(manifest, root, Date.now());
      return { ...remembered, moved: sources.root !== root };
    },
    /** @param settled False: a file may change without a visible change of its metadata, so the next run must read all. */
    remember(outcome: RememberedUnit, settled: boolean): void {
      if (settled) database.saveOutcome(key, stamp, JSON.stringify(outcome));
      else database.forgetOutcome(key);
    },
  };
}

/** Undefined for an invalid outcome: the unit is indexed again. */
function parseOutcome(json: string): RememberedUnit | undefined {
  try {
    const outcome = JSON.parse(json) as { indexed?: Partial<RememberedUnit["indexed"]>; content?: unknown; stored?: unknown } | null;
    const { unit, manifest, manifestBytes, files, sourceBytes, packedBytes } = outcome?.indexed ?? {};
    const isWhole =
      unit !== undefined &&
      isUnitName(unit.role, unit.name) &&
      [manifest, outcome?.content, outcome?.stored].every((text) => typeof text === "string") &&
      [manifestBytes, files, sourceBytes, packedBytes].every(Number.isFinite);
    return isWhole ? (outcome as RememberedUnit) : undefined;
  } catch {
    return undefined;
  }
}
