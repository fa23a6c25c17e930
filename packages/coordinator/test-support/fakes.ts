import type { Principal } from "../src/domain/principal.ts";
import { createHash } from "node:crypto";
import { SitewrightError } from "@sitewright/protocol";
import type { AgentPackages } from "../src/app/agents/agent-packages.ts";
import type { AgentEvents, AgentRegistry, StoredInventory } from "../src/app/ports/agents.ts";
import type { ContentIndex, ContentRights } from "../src/app/ports/content.ts";
import type { Address, Hierarchy } from "../src/domain/sites/hierarchy.ts";
import type { Run } from "../src/domain/runs/run.ts";
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
