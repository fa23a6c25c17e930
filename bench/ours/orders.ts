import type { RunKind } from "@sitewright/protocol";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Overview, RunView } from "../../packages/coordinator/src/app/runs/operations.ts";
import type { RunOptions } from "../../packages/coordinator/src/domain/runs/run.ts";
import { finish, type Within } from "../machine/processes.ts";
import { programFile } from "./programs.ts";

export interface Ended extends RunView {
  /** From the request to the end of the run. */
  seconds: number;
}

/** The operator's side of a coordinator. */
export interface Orders {
  /** Gives the order and waits for its end, successful or not. */
  run(kind: RunKind, options: Partial<RunOptions>): Promise<Ended>;
  isConnected(system: string): Promise<boolean>;
}

/**
 * Interval between two requests of a run, ms: long, because each takes processor time from the measurement. The end is taken from the run
 * itself.
 */
const LOOK_MS = 250;
/** Time limit of a run, ms. */
const TIMEOUT_MS = 30 * 60 * 1000;

export interface Api extends Orders {
  /** A request of the operator; throws unless it succeeds. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  start(kind: RunKind, options: Partial<RunOptions>): Promise<{ id: string; startedAt: number }>;
  end(started: { id: string; startedAt: number }): Promise<Ended>;
  /** Indexes the sources for a plan; cancels the plan afterwards. @returns Seconds. */
  index(options: Partial<RunOptions>): Promise<number>;
}

/** Through the HTTP endpoint. */
export function createApi(url: string, dataDir: string): Api {
  const token = readFileSync(join(dataDir, "operator-token"), "utf8").trim();

  async function ask<T>(path: string, body?: unknown): Promise<T> {
    const reply = await fetch(new URL(path, url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async function until(id: string, found: (view: RunView) => boolean): Promise<RunView> {
    const giveUp = Date.now() + TIMEOUT_MS;
    for (;;) {
      const view = await ask<RunView>(`/api/v1/runs/${id}`);
      if (found(view)) return view;
      if (Date.now() > giveUp) throw new Error(`the run ${id} did not end in ${TIMEOUT_MS / 60_000} minutes`);
      await sleep(LOOK_MS);
    }
  }

  const api: Api = {
    ask,
    async start(kind, options) {
      const startedAt = Date.now();
      const { id } = await ask<{ id: string }>("/api/v1/runs", { kind, options });
      return {
        ask,
        id,
        startedAt,
      };
    },
    async end({ id, startedAt }) {
      const view = await until(id, ({ run }) => run.endedAt !== undefined);
      // Both clocks are this machine's.
      return { ...view, seconds: ((view.run.endedAt ?? 0) - startedAt) / 1000 };
    },
    run: async (kind, options) => api.end(await api.start(kind, options)),
    async index(options) {
      const { id, startedAt } = await api.start("plan", options);
      const { run } = await until(id, ({ run: { state } }) => state !== "preparing");
      const seconds = (Date.now() - startedAt) / 1000;
      if (run.problems.length > 0 || run.error) throw new Error(`the sources cannot be indexed: ${JSON.stringify(run)}`);
      // It may have ended meanwhile, because its system never connects.
      await ask(`/api/v1/runs/${id}/cancel`, {}).catch(() => undefined);
      return seconds;
    },
    isConnected: async (system) => isConnectedIn(await ask<Overview>("/api/v1/overview"), system),
  };
  return api;
}

/** Through the operator's program, if the endpoint is unreachable from here. */
export function commandOrders(dataDir: string, within: Within): Orders {
  async function ask<T>(verb: string, args: readonly string[] = []): Promise<T> {
    const { stdout, stderr } = await finish(process.execPath, [programFile("sitewright"), verb, "--json", "--data-dir", dataDir, ...args], {
      within,
    });
    if (stdout === "") throw new Error(`sitewright ${verb} gave no result: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  return {
    async run(kind, { systems = [], packages = [] }) {
      const named = [...systems.flatMap((name) => ["--system", name]), ...packages.flatMap((id) => ["--package", id])];
      const view = await ask<RunView>(kind, named);
      return { ...view, seconds: ((view.run.endedAt ?? 0) - view.run.createdAt) / 1000 };
    },
    isConnected: async (system) => isConnectedIn(await ask<Overview>("status"), system),
  };
}

function isConnectedIn({ systems }: Overview, system: string): boolean {
  return systems.some(({ name, connected }) => name === system && connected);
}
