import type { TaskKind } from "./messages.ts";

/** What an operator can ask for. */
export type RunKind = "plan" | "rebuild" | "verify" | "repair" | "undo" | "remove";

/** Lists of names that restrict a run. */
export type Filter = "sites" | "systems" | "roles" | "packages";

/** The properties of one kind of run. A further kind is one more row of `RUN_KINDS`, with its tests. */
export interface RunKindRow {
  /** Name shown to people. */
  label: string;
  /** The tasks for one unit on one system, in order. */
  tasks: readonly TaskKind[];
  /** The sources have to be indexed before it can be planned. */
  needsIndex: boolean;
  /** Brings the content of the sources to the systems. */
  rollsOut: boolean;
  /** Changes what systems hold. */
  changesUnits: boolean;
  /** Only computes what a rebuild would do. */
  isDryRun: boolean;
  /** What happens to differences between a system and the site data. */
  differences: "ignored" | "reported" | "mended";
  /** Can be undone as long as the grace time lasts. */
  canBeUndone: boolean;
  /** Also about units that the site data no longer assign to a system. */
  takesLeftovers: boolean;
  /**
   * Why it must not be started by mistake, and the filters of which one must be given unless the operator states that everything is meant.
   */
  guarded?: { why: string; by: readonly Filter[] };
}

/** A kind that reads the sources and changes nothing. */
const READS = {
  needsIndex: true,
  rollsOut: false,
  changesUnits: false,
  isDryRun: false,
  differences: "ignored",
  canBeUndone: false,
  takesLeftovers: false,
} as const;

export const RUN_KINDS: Readonly<Record<RunKind, RunKindRow>> = {
  plan: { ...READS, label: "Dry run", tasks: ["estimate"], isDryRun: true },
  rebuild: { ...READS, label: "Rebuild", tasks: ["stage", "activate"], rollsOut: true, changesUnits: true, canBeUndone: true },
  verify: { ...READS, label: "Verification", tasks: ["verify"], differences: "reported" },
  repair: { ...READS, label: "Repair", tasks: ["verify", "stage", "activate"], rollsOut: true, changesUnits: true, differences: "mended" },
  undo: {
    ...READS,
    label: "Undo",
    tasks: ["undo"],
    needsIndex: false,
    changesUnits: true,
    canBeUndone: true,
    guarded: { why: "takes back what was activated", by: ["sites", "systems", "roles", "packages"] },
  },
  remove: {
    ...READS,
    label: "Removal",
    tasks: ["remove"],
    needsIndex: false,
    changesUnits: true,
    takesLeftovers: true,
    guarded: { why: "deletes from systems", by: ["systems", "packages"] },
  },
};
