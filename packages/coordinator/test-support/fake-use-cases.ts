import type { ObjectRepair } from "../src/app/recovery/object-repair.ts";
import type { DeletionControl } from "../src/app/sites/deletions.ts";
import type { ParentChecks } from "../src/app/recovery/parent-checks.ts";
import type { Recoveries } from "../src/app/recovery/recoveries.ts";
import type { SerialRepair } from "../src/app/recovery/serial-repair.ts";
import type { Drills } from "../src/app/recovery/drills.ts";
import { SitewrightError } from "@sitewright/protocol";
import type { MediaPlan } from "@sitewright/protocol/api";
import type { Successions } from "../src/app/backup/successions.ts";
import type { Media } from "../src/app/media/media.ts";
import type { SiteBackups } from "../src/app/agents/site-backups.ts";
import type { ProgramUpdates } from "../src/app/agents/program-updates.ts";
import type { Agents } from "../src/app/agents/agents.ts";
import { createRunPages } from "../src/app/runs/pages/run-pages.ts";
import type { Operations, RunView } from "../src/app/runs/operations.ts";
import type { Run } from "../src/domain/runs/run.ts";
import { createRunTable } from "../src/domain/runs/table/run-table.ts";
import { aPhase } from "../../protocol/test-support/phases.ts";
import { fakeAddresses } from "./fake-addresses.ts";
import { aRun } from "./fakes.ts";

/** Every use case behind the endpoints. @param sequence The last event of the live view. */
export function fakeUseCases(sequence: () => number) {
  return {
    operations: fakeOperations(sequence),
    addresses: fakeAddresses(),
    sources: { missing: async () => [], accept: async () => [] },
    agents: fakeAgents(),
    savedStates: { take: async () => ({ coordinator: "coordinator-1", agents: [], overrides: {} }) },
    siteBackups: fakeSiteBackups(),
    media: fakeMedia(),
    programUpdates: fakeProgramUpdates(),
    successions: fakeSuccessions(),
    serials: fakeSerials(),
    recoveries: fakeRecoveries(),
    recoveryWork: { perform: async () => fakeRecoveries().show("r1") },
    objects: fakeObjects(),
    parents: fakeParents(),
    deletions: fakeDeletions(),
    drills: fakeDrills(),
  };
}

/** Operations on one run; what was started is in `started`. */
export function fakeOperations(sequence: () => number): Operations & { started: unknown[] } {
  const started: unknown[] = [];
  const run = aRun();
  const find = (id: string): Run => {
    if (id !== run.id) throw new SitewrightError("NOT_FOUND", `there is no run ${id}`);
    return run;
  };
  const totals = {} as RunView["totals"];
  return {
    started,
    async start(by, kind, options) {
      started.push({ by, kind, options });
      return { ...run, kind };
    },
    pause: async (_, id) => ({ ...find(id), state: "paused" }),
    resume: async (_, id) => find(id),
    retry: async (_, id) => ({ ...find(id), state: "preparing" }),
    plan: async (id, { limit = 0, after = "0", text = "" } = {}) => {
      const plan = {
        run: find(id),
        rows: [],
        totals: { units: 0, files: 0, sourceBytes: 0, presentBytes: 0, wireBytes: 0, unreachable: [] },
      };
      return { ...plan, found: 0, ...(text === "" ? {} : { next: `${limit} ${after} ${text}` }) };
    },
    forecast: async (id) => ({ first: { madeAt: find(id).createdAt, total: { wireBytes: 1, curve: [] }, addresses: [], away: [] } }),
    cancel: async (_, id) => ({ ...find(id), state: "cancelled" }),
    run: async (id) => ({ run: find(id), phases: [aPhase()], totals, sequence: sequence() }),
    pages: fakePages(find),
    systems: fakeSystems(),
    runs: async (limit) => [run].slice(0, limit),
    packages: async () => [],
    overview: async () => ({ sequence: sequence() }) as Awaited<ReturnType<Operations["overview"]>>,
    createJoinToken: async (_, system) => ({ system, roles: ["dp" as const], token: "secret.hash", expiresAt: 9 }),
  };
}

/** Pages of that run, with one phase. */
function fakePages(find: (id: string) => Run): Operations["pages"] {
  const table = createRunTable();
  table.put(undefined, aPhase(), () => undefined);
  const board = { tableOf: async () => table, find: () => aPhase(), systems: () => ["SRV1"], countOfSystem: () => 1 };
  const runStore = { phase: async () => undefined, runs: async () => [find("run-1")] };
  const links = { isConnected: () => false };
  return createRunPages({ board, runStore, links, fleet: { lastSeen: () => 1 }, live: { sequence: () => 1 } }, async (id) => find(id));
}

/** A hierarchy without sites, and one system. */
function fakeSystems(): Operations["systems"] {
  const counts = { all: 0, attention: 0, working: 0, rebuilt: 0, other: 0 };
  const system = { name: "SRV1", site: "ABC", roles: [], state: "idle" as const, connected: false, held: [], assigned: [], latest: [] };
  return {
    sites: async ({ limit = 0, after = 0, text = "", state = "" }) => ({
      sites: [],
      found: 0,
      counts,
      next: `${limit} ${after} ${text} ${state}`,
      sequence: 1,
    }),
    system: async (name) => ({ ...system, name, sequence: 1 }),
  };
}

/** One agent; a revocation records the principal. */
export function fakeAgents(): Agents {
  return {
    list: async () => [{ system: "SRV1", state: "away" }],
    revoke: async (_, system) => ({ system, hadJoined: true }),
  };
}

export function fakeSuccessions(): Successions {
  return { number: () => 0, statements: () => [], name: async () => ({ number: 1 }) };
}

export function fakeProgramUpdates(): ProgramUpdates {
  const update = { id: "u1", version: "0.2.0", wave: 5, by: "anna", at: 1, state: "running" as const, systems: [] };
  return { last: () => update, start: async () => ({ ...update, skipped: [] }), cancel: async () => update, watch: (events) => events };
}

export const EMPTY_MEDIA_PLAN: MediaPlan = {
  coordinator: "c",
  at: 1,
  units: [],
  orders: [],
  leftOut: [],
  there: 0,
  problems: [],
  keys: [],
  held: [],
  graceMs: 0,
  acceptOlder: false,
};

export function fakeMedia(): Media {
  const plan = async () => EMPTY_MEDIA_PLAN;
  const receipt = async () => ({ system: "S1", medium: "", live: 0, incomplete: 0, failed: 0, units: 0, results: 0, isEarlier: false });
  return { plan, order: plan, receipt };
}

export function fakeSiteBackups(): Pick<SiteBackups, "status" | "begin"> {
  return { status: async () => ({ runs: [] }), begin: async () => ({ running: 1, runs: [] }) };
}

export function fakeSerials(): SerialRepair {
  const state = { code: "ABC", name: "Central", stated: { epoch: 1, serials: {} }, signs: [], shrunk: [] };
  const plan = { site: "ABC", signs: [], epoch: 2, proposals: [] };
  return {
    sites: async () => [state],
    site: async () => state,
    plan: async () => plan,
    apply: async () => plan,
    undo: async () => state,
    accept: async () => state,
  };
}

export function fakeObjects(): ObjectRepair {
  const plan = { site: "ABC", signs: [], findings: [], unreached: [], returning: [], decided: [] };
  const decided = { object: "package/ABC00001", decision: "keep" } as const;
  return {
    plan: async () => plan,
    issued: async () => [],
    undecided: async () => ({ findings: [], holders: [], unreached: [] }),
    decide: async () => decided,
    undo: async () => decided,
    standing: () => [],
    returning: () => [],
    stop: () => undefined,
  };
}

export function fakeParents(): ParentChecks {
  const none = { count: 0, bytes: 0 };
  const load = { definitionsDown: none, definitionsUp: none, packages: 0, lines: [] };
  const check = { child: "XYZ", parent: "ABC", chain: ["ABC"], blocks: [], warnings: [], isUnreachable: false, overwritten: [], load };
  return { check: async () => check, accept: async () => check };
}

export function fakeDeletions(): DeletionControl {
  const plan = { blocks: [], warnings: [], steps: [] };
  const deletion = { target: { site: "SEC" }, at: 1, by: "anna", reason: "a test", changed: [] };
  return {
    load: async () => undefined,
    list: () => [deletion],
    plan: async () => plan,
    apply: async () => plan,
    undo: async () => ({ ...deletion, left: [] }),
    look: async () => undefined,
  };
}

export function fakeRecoveries(): Recoveries {
  const people = { lead: "anna", operator: "anna", recorder: "anna", onePerson: true };
  const listed = { id: "r1", site: "ABC", state: "open", openedAt: 1, answers: {}, listVersion: "1", abortWhen: [], tasks: [] } as const;
  const view = { ...listed, ...people, answersInWords: [], dropped: [], changes: [] };
  const minutes = { planned: 0, real: 0, total: 0 };
  return {
    list: () => [{ ...listed, lead: "anna", tasks: 0, closed: 0, running: [], waiting: [], failed: [], next: [] }],
    show: () => view,
    report: () => ({
      ...listed,
      answersInWords: [],
      tasks: [],
      people: { ...people, worked: [] },
      minutes,
      losses: [],
      deviations: [],
      debts: [],
    }),
    open: async () => view,
    record: async () => view,
    answer: async () => view,
    finish: async () => view,
    abandon: async () => view,
  };
}

export function fakeDrills(): Drills {
  const rehearsal = { wireBytes: 0, sites: [] };
  return {
    rehearse: async () => ({ start: 1, timeZone: "UTC", lost: [], rehearsal, alternatives: [], unknown: [], sizesOf: 1 }),
  };
}
