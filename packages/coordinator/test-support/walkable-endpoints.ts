import type { FastifySchema } from "fastify";
import { createConnections } from "../src/adapters/agent-gateway/connections.ts";
import { createLiveView } from "../src/app/live/live-view.ts";
import { wireEndpoints, type Endpoints } from "../src/wiring/endpoints.ts";
import { fakeSurroundings, TEST_TLS } from "./endpoints.ts";
import { memoryRegistry, noAgentPackages, noContent, recordingEvents } from "./fakes.ts";
import { fakeUseCases } from "./fake-use-cases.ts";

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
  const useCases = fakeUseCases(() => 1);
  const noting = Object.fromEntries(Object.entries(useCases).map(([name, of]) => [name, noted(of, asked)])) as typeof useCases;
  const endpoints = wireEndpoints(
    {
      ...noting,
      ...(await fakeSurroundings()),
      liveView: createLiveView(1),
      refused: { publish: quiet },
      connections: createConnections(),
      registry: memoryRegistry(),
      agentPackages: noAgentPackages,
      events: recordingEvents(),
      rights: noContent,
      index: noContent,
      log,
      clock: Date.now,
      steady: Date.now,
    },
    { hosts: () => [], tls: TEST_TLS, plain: true },
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
