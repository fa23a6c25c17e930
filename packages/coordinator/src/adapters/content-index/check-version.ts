import { SitewrightError, unitKey, type Digest } from "@sitewright/protocol";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import type { VersionsTable } from "./tables/versions-table.ts";

/**
 * Refuses other content under a source version that was used before, and a lowered version, unless an operator accepts it; for the rest
 * returns what `witness` has to store.
 */
export function checkVersion(
  { database, witness, acceptOlder }: { database: VersionsTable; witness: boolean; acceptOlder: boolean },
  { sourceVersion, unit, statedIn: path }: UnitSource,
  content: Digest,
): void {
  if (sourceVersion === undefined) return;
  const key = unitKey(unit);
  const before = database.version(key, sourceVersion);
  if (acceptOlder) {
    // From now on this is the highest version, with this content.
    if (witness) database.replaceVersions(key, sourceVersion, content);
    return;
  }
  if (before.highest !== undefined && sourceVersion < before.highest) {
    throw new SitewrightError(
      "VERSION_WENT_BACK",
      `${unit.name} is left out: ${path} states sourceVersion ${sourceVersion}, but version ${before.highest} was seen before: write ${before.highest + 1} or more; to go back on purpose: 'sitewright rebuild --package ${unit.name} --accept-older'`,
      { path },
    );
  }
  if (before.content !== undefined && before.content !== content) {
    throw new SitewrightError(
      "CONTENT_CHANGED_WITHOUT_VERSION",
      `${unit.name} is left out: its files are not those that version ${sourceVersion} had before: restore them, or raise sourceVersion in ${path} to ${sourceVersion + 1}; to roll them out anyway: 'sitewright rebuild --package ${unit.name} --accept-older'`,
      { path },
    );
  }
  if (witness && before.content === undefined) database.saveVersion(key, sourceVersion, content);
}
