import { SitewrightError } from "@sitewright/protocol";
import { targetIn, type ControlPlan } from "@sitewright/protocol/site-backup";
import type { RunRecord } from "./ports.ts";
import type { RestorePlace } from "./restore-ports.ts";

export interface PlacesAsked {
  id: string;
  record: RunRecord;
  plan: ControlPlan;
  /** The same control file, with the folder of the backup where the run's dumps are written to, and where those of the present are. */
  staged: ControlPlan;
  kept: ControlPlan;
  /** The present databases are lost or unusable: nothing of them is kept. */
  databaseLost: boolean;
}

/**
 * Where each part of a run is put, by the control file: what was saved from a source goes there. Throws `NOT_A_SNAPSHOT` for a run that is
 * not complete, `CONTROL_FILE_INVALID` where the file does not say where a part belongs, or how its database is loaded.
 */
export function placesOf(asked: PlacesAsked): RestorePlace[] {
  const { record, plan } = asked;
  if (record.state !== "complete")
    throw new SitewrightError("NOT_A_SNAPSHOT", `the run ${record.run} is ${record.state}: only a complete one is restored in place`);
  const places = record.parts.map(({ target }) => placeOf(asked, target));
  const saved = new Set(record.parts.map(({ target }) => target));
  const first = plan.tasks.find(({ action }) => "target" in action && !saved.has(targetIn(plan, action.target)));
  if (first)
    throw invalid(`the run ${record.run} holds nothing of line ${first.line}: restore it with the control file that it was made by`);
  return places;
}

function placeOf({ id, plan, staged, kept, databaseLost }: PlacesAsked, target: string): RestorePlace {
  const at = plan.tasks.findIndex(({ action: one }) => "target" in one && targetIn(plan, one.target) === target);
  const action = plan.tasks[at]?.action;
  const [there, before] = [staged.tasks[at]?.action, kept.tasks[at]?.action];
  if (!action || !("target" in action) || !there || !("target" in there) || !before || !("target" in before))
    throw invalid(`no line of [Tasks] saves ${target}: it is not known where that belongs; restore it into an empty folder (--to)`);
  const common = { part: action.part, target, staged: there.target };
  switch (action.kind) {
    case "copy":
      return {
        kind: "tree",
        ...common,
        place: action.source,
        staged: `${action.source}.restored-${id}`,
        kept: `${action.source}.before-${id}`,
        existed: false,
      };
    case "export":
      return { kind: "key", ...common, key: action.key, kept: before.target, existed: false };
    case "report":
      return { kind: "report", ...common };
    case "dump": {
      if (action.part === "coordinator") return { kind: "report", ...common };
      const load = loadOf(staged, there.target);
      const loadKept = loadOf(kept, before.target);
      if (before.kind !== "dump" || !load || !loadKept)
        throw invalid(
          `line ${plan.tasks[at]?.line} says how the database is dumped, and no line how it is loaded: write 'db TARGET PROGRAM ARGUMENTS' with the same target under [Restore]`,
        );
      return { kind: "database", ...common, kept: before.target, existed: !databaseLost, dump: before.words, load, loadKept };
    }
  }
}

function loadOf({ restore }: ControlPlan, target: string): string[] | undefined {
  return restore.find(({ action }) => action.kind === "load" && action.target === target)?.action.words;
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("CONTROL_FILE_INVALID", why);
}
