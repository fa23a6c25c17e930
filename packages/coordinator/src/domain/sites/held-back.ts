import { RUN_KINDS, SitewrightError, type Held } from "@sitewright/protocol";
import type { Phase, Run } from "../runs/run.ts";
import type { DescribeUnit } from "./hierarchy.ts";

type Wanted = Pick<Phase, "system" | "unit" | "sourceVersion" | "manifest" | "content">;

/** Why a run must not replace what a system holds by this; undefined: it may. */
export function keptBack(
  { kind, options }: Pick<Run, "kind" | "options">,
  held: Held | undefined,
  wanted: Wanted,
  describe: DescribeUnit,
): SitewrightError | undefined {
  const newer = options.acceptOlder ? undefined : heldBack(held, wanted, describe);
  return newer ?? (RUN_KINDS[kind].distribution?.copies === "of-this-version" ? lagging(held, wanted, describe) : undefined);
}

/** Why a copy is no matter of a refresh: it is of an earlier version, and a refresh takes none to another one. */
function lagging(held: Held | undefined, { system, unit, sourceVersion }: Wanted, describe: DescribeUnit): SitewrightError | undefined {
  if (!held?.live || held.sourceVersion >= sourceVersion) return undefined;
  const { file: path } = describe(unit);
  const holds = held.sourceVersion === 0 ? "a copy without a version" : `version ${held.sourceVersion}`;
  return new SitewrightError(
    "OLDER_VERSION_HELD",
    `${system} holds ${holds} of ${unit.name}, and ${path} states ${sourceVersion}: a refresh takes no copy to another version, 'sitewright update --package ${unit.name}' does`,
    { path },
  );
}

/**
 * Why what a system holds must not be replaced by this without an operator's consent: its version is newer, or it has other content under
 * the same version. After a restore from an older backup the agents hold newer content than the site server.
 */
export function heldBack(held: Held | undefined, wanted: Wanted, describe: DescribeUnit): SitewrightError | undefined {
  if (!held || (!held.live && !held.staged) || held.sourceVersion === 0) return undefined;
  const { system, unit, sourceVersion, manifest } = wanted;
  if (held.live?.manifest === manifest || sourceVersion > held.sourceVersion) return undefined;
  const { file: path } = describe(unit);
  const onPurpose = `to roll it out anyway: 'sitewright rebuild --package ${unit.name} --accept-older'`;
  if (sourceVersion < held.sourceVersion) {
    const states = sourceVersion === 0 ? "states no sourceVersion" : `states sourceVersion ${sourceVersion}`;
    return new SitewrightError(
      "NEWER_VERSION_HELD",
      `${system} holds version ${held.sourceVersion} of ${unit.name}, and ${path} ${states} (restored from an older backup?): bring the site data up to date, or write ${held.sourceVersion + 1} or more; ${onPurpose}`,
      { path },
    );
  }
  if (held.content === undefined || wanted.content === undefined || held.content === wanted.content) return undefined;
  if (schemeOf(held.content) !== schemeOf(wanted.content)) return undefined;
  return new SitewrightError(
    "OTHER_CONTENT_HELD",
    `${system} holds other files under version ${sourceVersion} of ${unit.name} than the site data have: restore those, or raise sourceVersion in ${path}; ${onPurpose}`,
    { path },
  );
}

/** The method of a content id: only ids of the same method can be compared. */
function schemeOf(content: string): string {
  return content.slice(0, content.indexOf("-"));
}
