import { compareGenerations, SitewrightError, type Generation, type Order, type Outcome, type Unit } from "@sitewright/protocol";
import type { OrderContext } from "../../packages/agent/src/app/ports/content.ts";
import type { UnitServices } from "../../packages/agent/src/app/ports/stores.ts";
import { cancelled, type CurrentLink } from "../../packages/agent/src/app/session/current-link.ts";
import { sleep } from "../../packages/agent/src/app/session/sleep.ts";
import type { CarryOut } from "../../packages/agent/src/app/unit/execute-order.ts";
import { servedState, update } from "../../packages/agent/src/app/unit/state.ts";
import { stagingFolder, type StagedTotals, type UnitState } from "../../packages/agent/src/domain/unit-state.ts";
import type { Random } from "../time/random.ts";
import type { Process } from "../time/virtual-time.ts";
import type { ContentServer } from "./content.ts";
import type { Machine } from "./machine.ts";
import type { UnitContent } from "./sites.ts";

/** Told of what the disk of a system undergoes. */
export interface TaskWatch {
  begins(system: string, order: Order): void;
  ended(system: string, order: Order, outcome: Outcome): void;
  /** What clients read has been exchanged. */
  exchanged(system: string, unit: Unit, generation: Generation, manifest: string | undefined): void;
}

export interface Fetching {
  dice: Random;
  contentOf(manifest: string): UnitContent | undefined;
  /** The endpoint that answers now; undefined: none does. */
  server(): ContentServer | undefined;
  /** Chunks that another system has and would deliver; undefined: it cannot be reached. */
  neighbour(system: string, manifest: string): ReadonlySet<number> | undefined;
}

interface TasksDeps extends Fetching {
  machine: Machine;
  process: Process;
  current: CurrentLink;
  watch: TaskWatch;
  /** As the agent's, which measures grace times by it. */
  now(): number;
}

/** Attempts to fetch before an order fails. */
const ATTEMPTS = 6;

type Context = OrderContext & { order: Order; services: UnitServices };

/** The tasks of an agent: what they leave in its memory and report is as in production, the work on the disk only takes time. */
export function createTasks(deps: TasksDeps): CarryOut<UnitServices> {
  return async (services, order, context) => {
    const all = { ...context, order, services };
    await takeTime(deps, all);
    const { task } = order;
    switch (task.kind) {
      case "stage":
        return stage(deps, all, task);
      case "activate":
        return activate(deps, all, task.graceMs);
      case "undo":
        return undo(deps, all, task.graceMs);
      case "remove":
        update(services, order.unit, (before) => {
          const { live: _, staging, previous: __, ...rest } = before;
          // What other units stage at this moment stays.
          if (staging) deps.machine.staged.delete(staging.manifest);
          return rest;
        });
        deps.watch.exchanged(deps.machine.system, order.unit, order.generation, undefined);
        return { kind: "removed", files: 1 };
      case "verify":
        return verify(all, task.manifest);
      case "estimate": {
        const { chunks = 0, chunkBytes = 0 } = deps.contentOf(task.manifest) ?? {};
        const present = servedState(services, order.unit).live?.manifest === task.manifest;
        const sourceBytes = chunks * chunkBytes;
        return { kind: "estimated", files: chunks, sourceBytes, presentBytes: present ? sourceBytes : 0, indexAgeMs: 0 };
      }
    }
  };
}

/** The disk works, and now and then fails. */
async function takeTime({ machine, dice }: TasksDeps, { order, signal, progress }: Context): Promise<void> {
  const totals = { files: 0, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
  progress({ step: "checking", ...totals });
  await sleep(dice.whole(5, dice.chance(0.1) ? 4_000 : 300), signal);
  if (signal.aborted) throw cancelled();
  const mishap = machine.mishaps.shift();
  if (mishap === undefined) return;
  if (mishap === "stuck") await sleep(dice.whole(100_000, 400_000), signal);
  else if (mishap === "slow") await sleep(dice.whole(10_000, 40_000), signal);
  else if (mishap === "STAGING_DAMAGED" && order.task.kind !== "activate") return;
  else if (mishap === "FOLDER_IN_USE" && order.task.kind !== "activate" && order.task.kind !== "undo") return;
  else throw new SitewrightError(mishap, "a simulated mishap");
  if (signal.aborted) throw cancelled();
}

async function stage(deps: TasksDeps, context: Context, task: Order["task"] & { kind: "stage" }): Promise<Outcome> {
  const { services, order, progress } = context;
  const { unit, generation } = order;
  const { manifest, sourceVersion } = task;
  const content = deps.contentOf(manifest);
  if (!content) throw new SitewrightError("CONTENT_UNAVAILABLE", "no such manifest");
  const { staging, live } = servedState(services, unit);
  if (staging?.done && compareGenerations(staging.generation, generation) === 0 && staging.manifest === manifest)
    return { kind: "staged", ...staging.done };
  const folder = stagingFolder(unit, generation);
  const started = { generation, manifest, owned: [], folder, order: order.id, sourceVersion };
  update(services, unit, (before) => ({ ...before, root: `/${unit.role}`, staging: started }));
  const isHere = live?.manifest === manifest && !task.full;
  const chunks = deps.machine.staged.get(manifest) ?? new Set<number>();
  deps.machine.staged.set(manifest, chunks);
  let fetched = 0;
  const report = (): void =>
    progress({ step: "fetching", files: chunks.size, reusedBytes: 0, fetchedBytes: fetched * content.chunkBytes, retriedBytes: 0 });
  if (!isHere) {
    await fetchAll(deps, context, content, (ordinal) => {
      if (!chunks.has(ordinal)) fetched += 1;
      chunks.add(ordinal);
      deps.current.say({ kind: "holds", manifest, ranges: [[ordinal, ordinal]] });
      report();
    });
  }
  const done: StagedTotals = { files: content.chunks, reusedBytes: 0, fetchedBytes: fetched * content.chunkBytes, retriedBytes: 0 };
  update(services, unit, (before) => ({ ...before, staging: { ...started, done } }));
  return { kind: "staged", ...done };
}

/** Over one connection after the other, and from neighbours, until nothing is missing. */
async function fetchAll(deps: TasksDeps, { order, signal }: Context, content: UnitContent, got: (ordinal: number) => void): Promise<void> {
  const { machine, current, dice } = deps;
  const { manifest, chunkBytes } = content;
  const has = (): ReadonlySet<number> => machine.staged.get(manifest) ?? new Set();
  let failed: string | undefined;
  for (let attempt = 0; has().size < content.chunks;) {
    const { token, gone } = await current.live(signal);
    const chunks = Array.from({ length: content.chunks }, (_, i) => i).filter((i) => !has().has(i));
    const before = has().size;
    const stop = AbortSignal.any([gone, signal]);
    const request = { token, order: order.id, manifest, chunks, chunkBytes, signal: stop, ...(failed === undefined ? {} : { failed }) };
    failed = undefined;
    try {
      failed = await fetchOnce(deps, request, got);
    } catch (error) {
      if (signal.aborted) throw cancelled();
      if (has().size === before) attempt += 1;
      else attempt = 0;
      if (attempt >= ATTEMPTS && !gone.aborted) throw SitewrightError.from(error);
      await sleep(dice.whole(200, 1_500), signal);
    }
    if (signal.aborted) throw cancelled();
  }
}

type Request = Parameters<ContentServer["open"]>[0];

/** @returns A neighbour that did not deliver. */
function fetchOnce(deps: TasksDeps, request: Request, got: (ordinal: number) => void): Promise<string | undefined> {
  const { process, dice } = deps;
  return new Promise((resolve, reject) => {
    const server = deps.server();
    if (!server) return reject(new SitewrightError("CONTENT_UNAVAILABLE", "no coordinator answers"));
    const peers: Promise<string | undefined>[] = [];
    const stop = (): void => reject(new SitewrightError("CONTENT_UNAVAILABLE", "the connection was lost"));
    if (request.signal.aborted) return stop();
    request.signal.addEventListener("abort", stop, { once: true });
    const fromPeer = async (neighbour: string, chunks: number[]): Promise<string | undefined> => {
      await sleep(dice.whole(5, 200), request.signal);
      const theirs = deps.neighbour(neighbour, request.manifest);
      if (request.signal.aborted) return undefined;
      const delivered = chunks.filter((ordinal) => theirs?.has(ordinal));
      delivered.forEach(got);
      return delivered.length < chunks.length ? neighbour : undefined;
    };
    server.open(request, {
      process,
      chunk: got,
      redirect: (neighbour, chunks) => void peers.push(fromPeer(neighbour, chunks)),
      end(error) {
        void Promise.all(peers).then((ended) => {
          request.signal.removeEventListener("abort", stop);
          if (error) reject(error as Error);
          else resolve(ended.find((neighbour) => neighbour !== undefined));
        });
      },
    });
  });
}

function activate({ machine, watch, now }: TasksDeps, { services, order }: Context, graceMs: number): Outcome {
  const { unit, generation } = order;
  const { live, staging, previous } = servedState(services, unit);
  if (live && compareGenerations(live.generation, generation) === 0)
    return { kind: "activated", folders: 1, previous: previous !== undefined };
  if (!staging?.done || compareGenerations(staging.generation, generation) !== 0)
    throw new SitewrightError("NOT_STAGED", "it is not staged at this generation");
  const { manifest, sourceVersion } = staging;
  update(services, unit, (before) => ({
    ...withoutStaging(before),
    live: { generation, manifest, sourceVersion },
    ...(live ? { previous: { live, owned: [], folder: "", expires: now() + graceMs } } : {}),
  }));
  machine.staged.delete(manifest);
  watch.exchanged(machine.system, unit, generation, manifest);
  return { kind: "activated", folders: 1, previous: live !== undefined };
}

function undo({ machine, watch, now }: TasksDeps, { services, order }: Context, graceMs: number): Outcome {
  const { unit, generation } = order;
  const { live, previous } = servedState(services, unit);
  const served = live?.manifest ?? "0".repeat(64);
  if (live && compareGenerations(live.generation, generation) === 0) return { kind: "undone", manifest: served };
  if (!previous?.live || previous.expires < now()) throw new SitewrightError("NO_PREVIOUS_GENERATION", "nothing is kept");
  const back = { ...previous.live, generation };
  update(services, unit, (before) => ({
    ...withoutStaging(before),
    live: back,
    ...(live ? { previous: { live, owned: [], folder: "", expires: now() + graceMs } } : {}),
  }));
  watch.exchanged(machine.system, unit, generation, back.manifest);
  return { kind: "undone", manifest: back.manifest ?? "0".repeat(64) };
}

function withoutStaging(state: UnitState): UnitState {
  const { staging: _, ...rest } = state;
  return rest;
}

function verify({ services, order }: Context, manifest: string): Outcome {
  const { live } = servedState(services, order.unit);
  const right = live?.manifest === manifest;
  const counts = { missing: right ? 0 : 1, extra: 0, damaged: 0, rights: 0 };
  const deviations = right ? [] : [{ kind: "missing" as const, path: "x" }];
  return { kind: "verified", right, absent: !live, stale: false, files: 1, bytes: 1, deviations, deviationCount: right ? 0 : 1, counts };
}
