import { dial, helloTo, makeAgentKey, type AgentWire } from "@sitewright/testkit/agent-wire";
import { startLedger } from "./memory-ledger.ts";
import { type Welcome } from "@sitewright/protocol";
import type { CurrentTenure } from "../src/app/backup/current-tenure.ts";
import { makeCa, makeServerCertificate, type KeyAndCertificate } from "../src/adapters/certificates.ts";
import { createLiveView, type LivePublisher } from "../src/app/live/live-view.ts";
import type { AgentPackages } from "../src/app/agents/agent-packages.ts";
import type { AgentEvents } from "../src/app/ports/agents.ts";
import type { ContentIndex, ContentRights } from "../src/app/ports/content.ts";
import type { Hierarchy } from "../src/domain/sites/hierarchy.ts";
import type { ConnectionTimeouts } from "../src/http/endpoint-server.ts";
import { wireEndpoints, type Endpoints } from "../src/wiring/endpoints.ts";
import { createConnections, type Connections } from "../src/adapters/agent-gateway/connections.ts";
import type { FakeAddresses } from "./fake-addresses.ts";
import { aHierarchy, memoryRegistry, noAgentPackages, noContent, recordingEvents, type RecordedEvents } from "./fakes.ts";
import { fakeUseCases } from "./fake-use-cases.ts";

export interface TestEndpoints extends AsyncDisposable {
  url: string;
  endpoints: Endpoints;
  connections: Connections;
  registry: ReturnType<typeof memoryRegistry>;
  events: RecordedEvents;
  operations: ReturnType<typeof fakeUseCases>["operations"];
  addresses: FakeAddresses;
  live: LivePublisher;
  /** Codes of what was refused. */
  refused: string[];
  /** Lines logged: code or level, and the facts. */
  logged: { level: string; code?: string; system?: string; address?: string; message: string }[];
  /** Stores a key and connects with it; resolves after the Welcome. */
  connect(system: string, ca?: string): Promise<AgentWire & { token: string }>;
  /** Sends a request over plain HTTP. */
  call(
    method: string,
    path: string,
    init?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; body: { error?: { code: string; message: string } } & Record<string, unknown> }>;
}

export const OPERATOR = "operator-token";
export const CLIENT_SECRET = new Uint8Array(32).fill(9);

/** A server certificate of a CA that each test process creates. */
export const TEST_TLS = await makeCa(Date.now()).then((ca) => makeServerCertificate(ca, ["localhost", "127.0.0.1"], Date.now()));

/** What the endpoints show and need beside the use cases, where no test looks at it. */
export async function fakeSurroundings(hierarchy: Hierarchy = aHierarchy()) {
  return {
    ledger: await startLedger(),
    lines: { watch: () => undefined, carried: (_: string, stated: number) => stated },
    metrics: { contentType: "text/plain", text: async () => "sitewright_redis_up 1\n" },
    lineUsed: { publish: () => undefined },
    logBook: { read: async () => ({ lines: [], agent: "asked" as const }) },
    hierarchy: () => hierarchy,
    notReady: () => [],
    pki: { caPem: "PEM" },
    operatorToken: OPERATOR,
    coordinatorId: "coordinator-1",
    members: () => [{ member: "m1", host: "SRVABC", url: "https://localhost:7400", leads: true }],
    tenure: { now: () => ({ restored: 0, started: 1 }), exceed: () => false },
    clientSecret: CLIENT_SECRET,
  };
}

export interface EndpointsSetUp {
  hierarchy?: Hierarchy;
  index?: ContentIndex;
  rights?: ContentRights;
  events?: Partial<AgentEvents>;
  /** Of the test's own CA by default. */
  tls?: KeyAndCertificate;
  /** Also plain HTTP; by default only without a certificate. */
  plain?: boolean;
  clock?: () => number;
  /** The process's own clock; absent: `clock`. */
  steady?: () => number;
  /** Folder of the user interface. */
  hosts?: () => readonly string[];
  ui?: string;
  timeouts?: ConnectionTimeouts;
  agentPackages?: AgentPackages;
  tenure?: CurrentTenure;
}

/** The endpoints on a real socket with fakes behind them. */
export async function startEndpoints(setUp: EndpointsSetUp = {}): Promise<TestEndpoints> {
  const registry = memoryRegistry();
  const events = recordingEvents(setUp.events);
  const live = createLiveView(100);
  const useCases = fakeUseCases(() => live.sequence());
  const logged: TestEndpoints["logged"] = [];
  const refused: string[] = [];
  const note = (level: string) => (facts: object, message: string) => void logged.push({ ...facts, level, message });
  const log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const connections = createConnections();
  const endpoints = wireEndpoints(
    {
      ...useCases,
      ...(await fakeSurroundings(setUp.hierarchy)),
      ...(setUp.tenure ? { tenure: setUp.tenure } : {}),
      liveView: live,
      refused: { publish: (code) => void refused.push(code) },
      connections,
      registry,
      agentPackages: setUp.agentPackages ?? noAgentPackages,
      events,
      rights: setUp.rights ?? noContent,
      index: setUp.index ?? noContent,
      log,
      clock: setUp.clock ?? Date.now,
      steady: setUp.steady ?? setUp.clock ?? Date.now,
    },
    {
      hosts: setUp.hosts ?? (() => ["sitewright.example"]),
      tls: setUp.tls ?? TEST_TLS,
      plain: setUp.plain ?? setUp.tls === undefined,
      ...(setUp.ui ? { ui: setUp.ui } : {}),
      ...(setUp.timeouts ? { timeouts: setUp.timeouts } : {}),
    },
  );
  const url = await endpoints.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    endpoints,
    connections,
    registry,
    events,
    operations: useCases.operations,
    addresses: useCases.addresses,
    live,
    logged,
    refused,
    async connect(system, ca) {
      const keys = makeAgentKey();
      await registry.setKey(system, keys.der);
      const agent = dial(url, system, ca === undefined ? {} : { ca });
      agent.say(helloTo(await agent.challenge(), system, keys.privateKey));
      const welcome = (await agent.next()) as Welcome;
      return Object.assign(agent, { token: welcome.contentToken });
    },
    async call(method, path, { token, body, headers } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Awaited<ReturnType<TestEndpoints["call"]>>["body"] };
    },
    async [Symbol.asyncDispose]() {
      live.stop();
      await endpoints.close();
    },
  };
}
