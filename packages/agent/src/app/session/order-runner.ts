import {
  compareGenerations,
  SitewrightError,
  unitKey,
  type AgentMessage,
  type Cancel,
  type Order,
  type Outcome,
  type Unit,
} from "@sitewright/protocol";
import { startable } from "../../domain/order-lanes.ts";
import { failedOutcome, requireReadable } from "../unit/order-tools.ts";
import type { Log, LogScope, OrderMemory } from "../ports/link.ts";
import type { ContentSource, OrderContext, OrderExecutor } from "../ports/content.ts";
import type { ResultPump } from "./result-pump.ts";
import { sleep } from "./sleep.ts";
import { createThinner } from "./thinner.ts";

/** Two per second and order. */
const PROGRESS_INTERVAL_MS = 500;
const WRITE_RETRY_MS = 5_000;

export interface OrderRunner {
  /** An order arrived, for the first time or again. Throws when it cannot be stored; then it was not accepted. */
  receive(order: Order): void;
  cancel(cancel: Cancel): void;
  /** The connection ended: what was sent ahead over it is forgotten, and comes again in its time. */
  disconnected(): void;
  /**
   * Carries out what no coordinator sent, in its turn among the orders of its unit. Nothing of it is stored: it ends with this process, as
   * `CANCELLED`. A unit that the line brings, which may take days, is not waited for: `CONFLICT`, or `STALE_GENERATION` if that is newer.
   */
  runLocal(order: Order, context: OrderContext): Promise<Outcome>;
  /** Continues what the last process left unfinished. */
  resume(): void;
  /** Aborts all running orders and resolves when they have stopped; they are continued by the next start. */
  stop(): Promise<void>;
}

export interface OrderRunnerOptions {
  memory: OrderMemory;
  executor: OrderExecutor;
  content: ContentSource;
  pump: ResultPump;
  say: (message: AgentMessage) => void;
  log: Log;
  scope: LogScope;
}

interface Job {
  order: Order;
  unit: Unit;
  fetches: boolean;
  abort: AbortController;
  /** Received when this one has staged its unit. */
  following?: Order | undefined;
  /** Of what no coordinator sent. */
  local?: { context: OrderContext; ended(outcome: Outcome): void };
}

/** Runs orders: each once, one per unit at a time, several at once, and stores how each ended. */
export function createOrderRunner(options: OrderRunnerOptions): OrderRunner {
  const { memory, executor, content, pump, say, log, scope } = options;
  const stopping = new AbortController();
  const running = new Map<Job, Promise<void>>();
  let waiting: Job[] = [];

  function enqueue(order: Order, following?: Order): void {
    if (memory.isBuried(order.id, order.epoch)) return void finishSurely(order, cancelledOutcome());
    waiting.push({ order, unit: order.unit, fetches: order.task.kind === "stage", abort: new AbortController(), following });
    startWaiting();
  }

  function startWaiting(): void {
    if (stopping.signal.aborted) return;
    for (const job of startable(waiting, [...running.keys()])) {
      waiting = waiting.filter((other) => other !== job);
      running.set(
        job,
        scope(about(job.order), () => run(job)).finally(() => {
          running.delete(job);
          startWaiting();
        }),
      );
    }
  }

  async function run(job: Job): Promise<void> {
    const { order, abort, local } = job;
    if (local) {
      const signal = AbortSignal.any([local.context.signal, abort.signal]);
      return local.ended(signal.aborted ? cancelledOutcome() : await execute(order, { ...local.context, signal }));
    }
    log("info", `${order.task.kind} begins`, { epoch: order.epoch });
    const progress = createThinner<AgentMessage>(PROGRESS_INTERVAL_MS, say);
    const outcome = await execute(order, {
      content,
      signal: abort.signal,
      progress: (totals) => progress.offer({ kind: "progress", orderId: order.id, ...totals }),
    });
    progress.stop();
    if (outcome.kind === "failed" && stopping.signal.aborted) return;
    await finishSurely(order, outcome.kind === "failed" && abort.signal.aborted ? cancelledOutcome() : outcome);
    if (outcome.kind === "staged" && job.following) receiveFollowing(job.following);
  }

  function receiveFollowing(order: Order): void {
    try {
      receive(order);
    } catch (error) {
      log("warn", "an order that was sent ahead cannot be stored: it comes again", { ...about(order), err: error });
    }
  }

  async function execute(order: Order, context: OrderContext): Promise<Outcome> {
    try {
      const outcome = await executor.execute(order, context);
      requireReadable(order, outcome);
      return outcome;
    } catch (error) {
      return failedOutcome(error);
    }
  }

  function finish(order: Order, outcome: Outcome): void {
    const result = memory.finish(order, outcome);
    if (!result) return;
    if (outcome.kind === "failed")
      log("warn", `${order.task.kind} failed: ${outcome.message}`, { ...about(order), code: outcome.code, path: outcome.path });
    else log("info", `${order.task.kind} done`, { ...about(order), ...factsOf(outcome) });
    pump.wake();
  }

  /** A full disk must not lose a result: it is kept here until it can be written. */
  async function finishSurely(order: Order, outcome: Outcome): Promise<void> {
    for (;;) {
      try {
        return finish(order, outcome);
      } catch (error) {
        log("error", "the result cannot be stored, trying again", { ...about(order), err: error });
        await sleep(WRITE_RETRY_MS, stopping.signal);
        if (stopping.signal.aborted) return;
      }
    }
  }

  /** Every attempt of this order up to `epoch`: running ones are aborted, waiting ones are removed and returned. */
  function withdraw(id: string, epoch: number, why?: SitewrightError): Job[] {
    const meant = (job: Job) => job.order.id === id && job.order.epoch <= epoch;
    for (const job of running.keys()) if (meant(job)) job.abort.abort(why);
    const out = waiting.filter(meant);
    waiting = waiting.filter((job) => !meant(job));
    return out;
  }

  function receive(received: Order): void {
    if (stopping.signal.aborted) return;
    const { order, following } = takenApart(received);
    const known = memory.find(order.id);
    if (known && known.order.epoch >= order.epoch) {
      if (known.state === "done") return pump.again(known.result);
      for (const job of jobs()) if (job.order.id === order.id && job.order.epoch === order.epoch) job.following = following;
      return say({ kind: "accepted", orderId: order.id, epoch: known.order.epoch });
    }
    memory.store(order);
    log("info", `the order to ${order.task.kind} was accepted`, { ...about(order), epoch: order.epoch });
    withdraw(order.id, order.epoch - 1);
    if (!memory.isBuried(order.id, order.epoch)) say({ kind: "accepted", orderId: order.id, epoch: order.epoch });
    enqueue(order, following);
  }

  function jobs(): Job[] {
    return [...running.keys(), ...waiting];
  }

  return {
    receive,

    cancel({ orderId, epoch }) {
      const known = memory.find(orderId);
      memory.bury(orderId, epoch);
      log("info", "the coordinator took the order back", { order: orderId, epoch });
      for (const { order } of withdraw(orderId, epoch, new SitewrightError("CANCELLED", "the coordinator took the order back")))
        void finishSurely(order, cancelledOutcome());
      if (known?.state === "done" && known.order.epoch <= epoch) pump.again(known.result);
    },

    runLocal(order, context) {
      return new Promise((ended) => {
        if (stopping.signal.aborted) return ended(cancelledOutcome());
        const brought = jobs().find((job) => job.fetches && unitKey(job.unit) === unitKey(order.unit));
        if (brought) return ended(failedOutcome(broughtByLine(brought.order, order)));
        const job = { order, unit: order.unit, fetches: false, abort: new AbortController(), local: { context, ended } };
        // One that waits for the end of another order ends at once, too.
        context.signal.addEventListener("abort", () => {
          if (!waiting.includes(job)) return;
          waiting = waiting.filter((other) => other !== job);
          ended(cancelledOutcome());
        });
        waiting.push(job);
        startWaiting();
      });
    },

    disconnected() {
      for (const job of jobs()) job.following = undefined;
    },

    resume() {
      for (const order of memory.unfinished()) enqueue(order);
    },

    async stop() {
      stopping.abort();
      for (const { local } of waiting) local?.ended(cancelledOutcome());
      waiting = [];
      for (const job of running.keys()) job.abort.abort();
      await Promise.all(running.values());
    },
  };
}

/** What follows an order is kept apart from it: it holds for one connection, and is not stored before its time. */
function takenApart(received: Order): { order: Order; following?: Order } {
  if (received.task.kind !== "stage" || !received.task.activation) return { order: received };
  const { activation, ...task } = received.task;
  const { id, epoch, graceMs } = activation;
  return { order: { ...received, task }, following: { ...received, id, epoch, task: { kind: "activate", graceMs } } };
}

function about(order: Order): { order: string; unit: string } {
  return { order: order.id, unit: unitKey(order.unit) };
}

/** In numbers; the list of deviations is in the result. */
function factsOf(outcome: Outcome): object {
  const { kind: _, ...facts } = outcome;
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value !== "object"));
}

function broughtByLine(line: Order, { unit, generation }: Order): SitewrightError {
  if (compareGenerations(line.generation, generation) > 0)
    return new SitewrightError("STALE_GENERATION", `${unit.name} was ordered again since, and the line brings that now`);
  return new SitewrightError(
    "CONFLICT",
    `the line brings ${unit.name} now: cancel that run at the coordinator, or let it end, and import the medium again`,
  );
}

function cancelledOutcome(): Outcome {
  return failedOutcome(new SitewrightError("CANCELLED", "the order was cancelled"));
}
