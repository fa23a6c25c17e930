import type { ObjectRepair } from "../src/app/recovery/object-repair.ts";
import type { DeletionControl } from "../src/app/sites/deletions.ts";
import type { ParentChecks } from "../src/app/recovery/parent-checks.ts";
import type { Recoveries } from "../src/app/recovery/recoveries.ts";
import type { SerialRepair } from "../src/app/recovery/serial-repair.ts";
import type { Drills } from "../src/app/recovery/drills.ts";
import type { Principal } from "../src/domain/principal.ts";
import { createHash } from "node:crypto";
import { SitewrightError } from "@sitewright/protocol";
import type { MediaPlan } from "@sitewright/protocol/api";
import type { AgentPackages } from "../src/app/agents/agent-packages.ts";
import type { Successions } from "../src/app/backup/successions.ts";
import type { Media } from "../src/app/media/media.ts";
import type { SiteBackups } from "../src/app/agents/site-backups.ts";
import type { ProgramUpdates } from "../src/app/agents/program-updates.ts";
import type { Agents } from "../src/app/agents/agents.ts";
import { createRunPages } from "../src/app/runs/pages/run-pages.ts";
import type { Operations, RunView } from "../src/app/runs/operations.ts";
import type { AgentEvents, AgentRegistry, ContentIndex, ContentRights, StoredInventory } from "../src/app/ports.ts";
import type { Address, Hierarchy } from "../src/domain/sites/hierarchy.ts";
import type { Run } from "../src/domain/runs/run.ts";
import { createRunTable } from "../src/domain/runs/table/run-table.ts";
import { aPhase } from "../../protocol/test-support/phases.ts";

export function anAddress(key: string, overrides: Partial<Address> = {}): Address {
  return {
    key,
    rateLimit: Array.from({ length: 24 }, () => undefined),
    schedule: Array.from({ length: 168 }, () => "all"),
    concurrency: 3,
    timeZone: "UTC",
    ...overrides,
  };
}

/** SRV1 beside the coordinator, SRV2 and SRV3 behind the address SEC where there is one. */
export function aHierarchy(addresses: Address[] = []): Hierarchy {
  const site = { name: "", type: "primary", server: "SRV1", timeZone: "UTC", logonSenior: true } as const;
  return {
    sites: new Map([
      ["ABC", { ...site, code: "ABC" }],
      ["SEC", { ...site, code: "SEC" }],
    ]),
    systems: new Map([
      ["SRV1", { name: "SRV1", site: "ABC", roles: ["dp"] }],
      ["SRV2", { name: "SRV2", site: "SEC", roles: ["dp"] }],
      ["SRV3", { name: "SRV3", site: "SEC", roles: ["dp"] }],
    ]),
    addresses: new Map(addresses.map((address) => [address.key, address])),
  };
}

export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** A registry in memory, with the join rules of the real one. */
export function memoryRegistry(): AgentRegistry & { setKey(system: string, key: Uint8Array): Promise<void> } {
  const keys = new Map<string, Uint8Array>();
  const tokens = new Map<string, { system: string; expiresAt: number; used: boolean }>();
  const acked = new Map<string, number>();
  const inventories = new Map<string, StoredInventory>();
  const check = (hash: string, system: string, now: number): { used: boolean } => {
    const token = tokens.get(hash);
    if (token?.system !== system) throw new SitewrightError("JOIN_TOKEN_INVALID", "no such token");
    if (token.used) throw new SitewrightError("JOIN_TOKEN_USED", "used");
    if (token.expiresAt <= now) throw new SitewrightError("JOIN_TOKEN_EXPIRED", "expired");
    return token;
  };
  return {
    key: async (system) => keys.get(system),
    setKey: async (system, key) => void keys.set(system, key),
    addJoinToken: async (hash, token) => void tokens.set(hash, { ...token, used: false }),
    checkJoinToken: async (hash, system, now) => void check(hash, system, now),
    async join(hash, { system, key, now }) {
      check(hash, system, now).used = true;
      keys.set(system, key);
    },
    async revoke(system) {
      for (const [hash, token] of tokens) if (token.system === system) tokens.delete(hash);
      return keys.delete(system);
    },
    async restore(system, { key }) {
      if (!keys.has(system)) keys.set(system, key);
      return true;
    },
    joined: async () => new Map([...keys.keys()].map((system) => [system, 1])),
    acked: async (system) => acked.get(system) ?? 0,
    setAcked: async (system, number) => void acked.set(system, number),
    inventory: async (system) => inventories.get(system),
    setInventory: async (system, inventory) => void inventories.set(system, inventory),
    addHeld: async () => undefined,
  };
}

export interface RecordedEvents extends AgentEvents {
  /** The calls, in order: `connected SRV1`, `progress SRV1`, ... */
  calls: string[];
  inventories: StoredInventory[];
}

export function recordingEvents(overrides: Partial<AgentEvents> = {}): RecordedEvents {
  const calls: string[] = [];
  const inventories: StoredInventory[] = [];
  return {
    calls,
    inventories,
    async connected({ system }) {
      calls.push(`connected ${system}`);
      return { acked: 7, sendInventory: true };
    },
    disconnected: async (system) => void calls.push(`disconnected ${system}`),
    isDescribed: () => true,
    inventoryAdvances: () => undefined,
    async inventory(system, inventory) {
      calls.push(`inventory ${system}`);
      inventories.push(inventory);
    },
    accepted: async (system, orderId, epoch) => void calls.push(`accepted ${system} ${orderId} ${epoch}`),
    warned: (system, texts) => void calls.push(`warned ${system} ${texts.join()}`),
    cloned: (system) => void calls.push(`cloned ${system}`),
    updateFailed: (system, id, message) => void calls.push(`update failed ${system} ${id} ${message}`),
    contentPart: (system, { id }) => void calls.push(`content part ${system} ${id}`),
    siteBackups: (system, { id }) => void calls.push(`site backups ${system} ${id}`),
    logLines: (system, { id }) => void calls.push(`log lines ${system} ${id}`),
    progress: async (system, { files }) => void calls.push(`progress ${system} ${files}`),
    result: async (system, { number }) => void calls.push(`result ${system} ${number}`),
    ...overrides,
  };
}

export function aRun(overrides: Partial<Run> = {}): Run {
  const options = { sites: [], systems: [], roles: [], packages: [], full: false, rehash: false, maxUnavailable: 1, graceMs: 0 };
  return { id: "run-1", kind: "rebuild", state: "running", options, createdAt: 1, problems: [], ...overrides };
}

export { aPhase };

export const ANNA: Principal = { name: "anna", proof: "operator-token", address: "127.0.0.1" };
export const BEN: Principal = { ...ANNA, name: "ben", proof: "session" };
/** May change nothing. */
export const LISTENER: Principal = { ...ANNA, mayOnlyListen: true };

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
  const receipt = async () => ({ system: "S1", medium: "", live: 0, incomplete: 0, failed: 0, units: 0, results: 0 });
  return { plan, order: plan, receipt };
}

export function fakeSiteBackups(): Pick<SiteBackups, "status" | "begin"> {
  return { status: async () => ({ runs: [] }), begin: async () => ({ running: 1, runs: [] }) };
}

export const noAgentPackages: AgentPackages = { newest: async () => ({}), offered: async () => [], open: async () => undefined };

/** No manifest is known, and none is ordered. */
export const noContent: ContentIndex & ContentRights = {
  index: () => Promise.reject(new Error("not used here")),
  openManifest: async () => undefined,
  openChunks: async () => undefined,
  orderFor: async () => undefined,
  sent: () => undefined,
  ordered: () => undefined,
  basesFor: () => [],
  isHeld: () => false,
};

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
  const view = { ...listed, ...people, dropped: [], changes: [] };
  const minutes = { planned: 0, real: 0, total: 0 };
  return {
    list: () => [{ ...listed, lead: "anna", tasks: 0, closed: 0, running: [], waiting: [], failed: [], next: [] }],
    show: () => view,
    report: () => ({ ...listed, tasks: [], people: { ...people, worked: [] }, minutes, losses: [], deviations: [], debts: [] }),
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
