import { setTimeout as sleep } from "node:timers/promises";
import type { AddressStatus } from "@sitewright/protocol/api";
import type { Run, RunOptions } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { OrderedRun, Steering } from "./schedule.ts";
import { ADDRESSES } from "./world/site-server.ts";
import { causeOf, type World } from "./world/world.ts";

/** Orders runs and steers them, as somebody does who sees only what the programs show. */
export interface Operator {
  /** @returns Why there was no answer. */
  order(kind: OrderedRun): Promise<string | undefined>;
  /** Runs that were retried: what they could not do may end in another way, without an attempt. */
  retried: ReadonlySet<string>;
  /** What it does is undone after `ms`. @param pick Chooses among the runs that it can be done to. @returns Whether there was one, and it was done. */
  steer(how: Steering, pick: number, ms: number): Promise<boolean>;
  /** Nothing is paused any more. */
  heal(): Promise<void>;
}

/** A refresh and a redistribution ask for one. */
const NARROWED = { sites: ["SEC"] };
const OPTIONS: Partial<Record<OrderedRun, object>> = { refresh: NARROWED, redistribute: NARROWED };

/** How long an activated unit keeps its previous generation: longer than any client reads, ms. */
const GRACE_MS = 120_000;

/** How long an operator tries to reach a coordinator that does not run, and the pause between two attempts, ms. */
const [ORDER_MS, ORDER_AGAIN_MS] = [60_000, 200];
/** Runs that an operator looks at. */
const SHOWN = 20;

export function createOperator(world: World): Operator {
  const post = (path: string, body: object = {}) => world.api(path, { method: "POST", body: JSON.stringify(body) });
  const shown = () => world.api<Run[]>(`/api/v1/runs?limit=${SHOWN}`);

  const retried = new Set<string>();
  const open = ({ endedAt }: Run): boolean => endedAt === undefined;
  const suits: Record<Exclude<Steering, "pause-line">, (run: Run) => boolean> = {
    cancel: open,
    pause: (run) => run.state === "running",
    retry: (run) => run.state === "failed",
  };

  async function steerOne(how: Steering, pick: number, ms: number): Promise<boolean> {
    const among = how === "pause-line" ? ADDRESSES : (await shown()).filter(suits[how]).map(({ id }) => id);
    const which = among[pick % among.length];
    if (which === undefined) return false;
    if (how === "retry") retried.add(which);
    const path = `/api/v1/${how === "pause-line" ? "addresses" : "runs"}/${which}`;
    await post(`${path}/${how === "pause-line" ? "pause" : how}`);
    if (how === "cancel" || how === "retry") return true;
    await sleep(ms);
    // What is not resumed now is at the end.
    await post(`${path}/resume`).catch(() => undefined);
    return true;
  }

  return {
    retried,
    async order(kind) {
      const options: Partial<RunOptions> = { ...OPTIONS[kind], ...(kind === "rebuild" ? { graceMs: GRACE_MS } : {}) };
      const until = Date.now() + ORDER_MS;
      const attempt = () => post("/api/v1/runs", { kind, options }).then(() => undefined, failureOf);
      let failure = await attempt();
      for (; failure?.isRefused && Date.now() < until; failure = await attempt()) await sleep(ORDER_AGAIN_MS);
      return failure?.message;
    },
    // A run may have ended meanwhile, or no coordinator answers: an operator sees that, and leaves it.
    steer: (how, pick, ms) => steerOne(how, pick, ms).catch(() => false),
    async heal() {
      const lines = await world.api<AddressStatus[]>("/api/v1/addresses");
      for (const { key } of lines.filter(({ paused }) => paused)) await post(`/api/v1/addresses/${key}/resume`);
      for (const { id, state } of await shown()) if (state === "paused") await post(`/api/v1/runs/${id}/resume`);
    },
  };
}

/** Of those the coordinator has not heard. */
function failureOf(error: unknown): { isRefused: boolean; message: string } {
  const message = String((error as { cause?: unknown }).cause ?? error);
  return { isRefused: causeOf(error) === "ECONNREFUSED" || /no coordinator leads|ECONNREFUSED/.test(message), message };
}
