import type { TaskKind } from "../orders.ts";
import type { Role } from "../unit-kinds.ts";

/** What an operator can ask for. */
export type RunKind = "plan" | "rebuild" | "verify" | "repair" | "redistribute" | "refresh" | "update" | "undo" | "remove";

/** Lists of names that restrict a run. */
export type Filter = "sites" | "systems" | "roles" | "packages";

/** The properties of the field's three verbs for packages. */
export interface Distribution {
  /** The units it is about; named packages restrict them further. */
  roles: readonly Role[];
  /** Which copies it is for: any; those of the version in the site data; those of an earlier version, and systems without a copy. */
  copies: "any" | "of-this-version" | "of-an-earlier-version";
  /** Goes to all systems that the site data name: sites and systems cannot be chosen. */
  everywhere: boolean;
}

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
  /** Also stages and activates, from the content on the disk, units that its verification found right: from then on their agents report them. */
  registersRight: boolean;
  /** Can be undone as long as the grace time lasts. */
  canBeUndone: boolean;
  /** Also about units that the site data no longer assign to a system. */
  takesLeftovers: boolean;
  distribution?: Distribution;
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
  registersRight: false,
  canBeUndone: false,
  takesLeftovers: false,
} as const;

/** A kind that verifies first, and brings only what is wrong or missing. */
const MENDS = { ...READS, tasks: ["verify", "stage", "activate"], rollsOut: true, changesUnits: true, differences: "mended" } as const;

export const RUN_KINDS: Readonly<Record<RunKind, RunKindRow>> = {
  plan: { ...READS, label: "Dry run", tasks: ["estimate"], isDryRun: true },
  rebuild: { ...READS, label: "Rebuild", tasks: ["stage", "activate"], rollsOut: true, changesUnits: true, canBeUndone: true },
  verify: { ...READS, label: "Verification", tasks: ["verify"], differences: "reported" },
  repair: { ...MENDS, label: "Repair" },
  redistribute: {
    ...MENDS,
    label: "Redistribution",
    registersRight: true,
    distribution: { roles: ["cap", "dp"], copies: "any", everywhere: false },
    guarded: { why: "brings a site its packages and advertisements again", by: ["sites", "systems"] },
  },
  refresh: {
    ...MENDS,
    label: "Refresh",
    distribution: { roles: ["dp"], copies: "of-this-version", everywhere: false },
    guarded: { why: "reads every byte of the copies that are chosen", by: ["packages", "sites", "systems"] },
  },
  update: {
    ...READS,
    label: "Update",
    tasks: ["stage", "activate"],
    rollsOut: true,
    changesUnits: true,
    canBeUndone: true,
    distribution: { roles: ["dp"], copies: "of-an-earlier-version", everywhere: true },
  },
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
