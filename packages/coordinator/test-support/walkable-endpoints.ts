import type { FastifySchema } from "fastify";
import { createConnections } from "../src/adapters/agent-gateway/connections.ts";
import { createLiveView } from "../src/app/live/live-view.ts";
import { wireEndpoints, type Endpoints } from "../src/wiring/endpoints.ts";
import { OPERATOR, TEST_TLS } from "./endpoints.ts";
import { fakeAddresses } from "./fake-addresses.ts";
import {
  aHierarchy,
  fakeAgents,
  fakeDrills,
  fakeObjects,
  fakeOperations,
  fakeDeletions,
  fakeParents,
  fakeRecoveries,
  fakeProgramUpdates,
  fakeMedia,
  fakeSiteBackups,
  fakeSerials,
  fakeSuccessions,
  memoryRegistry,
  noAgentPackages,
  noContent,
  recordingEvents,
} from "./fakes.ts";
import { startLedger } from "./memory-ledger.ts";

const quiet = () => undefined;

export interface WalkableEndpoints {
  endpoints: Endpoints;
  /** Such as `GET /healthz`; complete once the application is ready. */
  routes: string[];
  /** The request and answer schemas of each route. */
  schemas: Map<string, FastifySchema | undefined>;
  /** The arguments of the use cases. */
  asked: unknown[][];
}

/** Endpoints that do not listen yet, and every route they have. */
export async function walkableEndpoints(): Promise<WalkableEndpoints> {
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const asked: unknown[][] = [];
  const deps = {
    operations: noted(
      fakeOperations(() => 1),
      asked,
    ),
    addresses: noted(fakeAddresses(), asked),
    sources: noted({ missing: async () => [], accept: async () => [] }, asked),
    agents: noted(fakeAgents(), asked),
    savedStates: noted({ take: async () => ({ coordinator: "c", agents: [], overrides: {} }) }, asked),
    siteBackups: noted(fakeSiteBackups(), asked),
    media: noted(fakeMedia(), asked),
    programUpdates: noted(fakeProgramUpdates(), asked),
    successions: noted(fakeSuccessions(), asked),
    ledger: await startLedger(),
    serials: noted(fakeSerials(), asked),
    recoveries: noted(fakeRecoveries(), asked),
    recoveryWork: noted({ perform: async () => fakeRecoveries().show("r1") }, asked),
    objects: noted(fakeObjects(), asked),
    parents: noted(fakeParents(), asked),
    deletions: noted(fakeDeletions(), asked),
    drills: noted(fakeDrills(), asked),
    lines: { watch: quiet, carried: (_: string, stated: number) => stated },
    liveView: createLiveView(1),
    metrics: {
      contentType: "text/plain",
      text: async () => "sitewright_redis_up 1\n",
    },
    lineUsed: { publish: () => undefined },
    refused: { publish: () => undefined },
    connections: createConnections(),
    logBook: { read: async () => ({ lines: [], agent: "asked" as const }) },
    registry: memoryRegistry(),
    agentPackages: noAgentPackages,
    events: recordingEvents(),
    rights: noContent,
    index: noContent,
  };
  const endpoints = wireEndpoints(
    {
      ...deps,
      hierarchy: () => aHierarchy(),
      notReady: () => [],
      pki: { caPem: "" },
      operatorToken: OPERATOR,
      coordinatorId: "c",
      members: () => [{ member: "m1", host: "SRVABC", url: "https://localhost:7400", leads: true }],
      tenure: { restored: 0, started: 1 },
      clientSecret: new Uint8Array(32),
      log,
      clock: Date.now,
      steady: Date.now,
    },
    { hosts: [], tls: TEST_TLS, plain: true },
  );
  const schemas: WalkableEndpoints["schemas"] = new Map();
  const routes: string[] = [];
  endpoints.app.addHook("onRoute", ({ method, url, schema }) => {
    for (const verb of [method].flat()) {
      routes.push(`${verb} ${url}`);
      schemas.set(`${verb} ${url}`, schema);
    }
  });
  return { endpoints, routes, schemas, asked };
}

/** The same use cases, which record their arguments. */
function noted<UseCases extends object>(useCases: UseCases, asked: unknown[][]): UseCases {
  return new Proxy(useCases, {
    get(target, name) {
      const part: unknown = Reflect.get(target, name);
      if (typeof part !== "function") return part;
      return (...parameters: unknown[]): unknown => {
        asked.push(parameters);
        return Reflect.apply(part, target, parameters) as unknown;
      };
    },
  });
}
