import { AsyncLocalStorage } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

/** The clock of a machine. It survives the programs there. */
export interface MachineClock {
  /** How far it is ahead of the true time, ms; negative: behind it. */
  aheadMs: number;
}

/** A simulated process: what it has begun ends with it. */
export interface Process {
  readonly name: string;
  /** What `Date.now()` reads. Timers and `performance.now()` go on when it is set. */
  readonly clock: MachineClock;
  isDead: boolean;
  /** It stands still, as a suspended machine does: what it does once it goes on. */
  waiting?: (() => void)[] | undefined;
}

/**
 * Time that passes only in steps, from one timer to the next. It stands in for the timers and clocks of the JavaScript runtime, so that
 * production code runs on it unchanged; a timer belongs to the process that set it and ends with that.
 */
export interface VirtualTime {
  /** The true time, ms since 1970. */
  now(): number;
  /** Runs work as part of a process: so do all that it begins, and what follows its awaits. */
  as<T>(process: Process, work: () => T): T;
  /** The same for what arrives from outside: never if the process is dead, and later if it stands still. */
  reach(process: Process, work: () => void): void;
  /** The process stands still until it is thawed. Time goes on. */
  freeze(process: Process): void;
  thaw(process: Process): void;
  /** Calls back as part of no process. */
  after(ms: number, work: () => void): void;
  /** Lets time pass until `done` holds, checked after each timer. False: it did not within `ms`. */
  pass(ms: number, done?: () => boolean): Promise<boolean>;
  /** Timers run so far. */
  steps(): number;
}

interface Timer {
  at: number;
  order: number;
  every: number | undefined;
  run: () => void;
  owner: Process | undefined;
  isCleared: boolean;
}

interface Handle {
  timer: Timer;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
  refresh(): Handle;
  [Symbol.dispose](): void;
}

const realImmediate = setImmediate;
const real = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
  performance,
  now: Date.now,
  random: Math.random,
  sleep: timersPromises.setTimeout,
};

/**
 * Replaces the timers, clocks and random numbers of this runtime until the returned function is called. One at a time.
 * @param start ms since 1970.
 */
export function installVirtualTime(start: number, random: () => number): { time: VirtualTime; uninstall(): void } {
  const owners = new AsyncLocalStorage<Process | undefined>();
  const queue = createQueue();
  let now = start;
  let order = 0;
  let steps = 0;

  function put(timer: Timer, ms: unknown): void {
    timer.at = now + Math.max(1, Math.trunc(Number(ms)) || 0);
    timer.order = order++;
    queue.push(timer);
  }

  function set(run: () => void, ms: unknown, every?: number): Handle {
    let timer: Timer = { at: 0, order: 0, every, run, owner: owners.getStore(), isCleared: false };
    put(timer, ms);
    const handle: Handle = {
      get timer() {
        return timer;
      },
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
      refresh() {
        const isCleared = timer.isCleared;
        timer.isCleared = true;
        timer = { ...timer, isCleared };
        put(timer, ms);
        return handle;
      },
      [Symbol.dispose]: () => clear(handle),
    };
    return handle;
  }

  function clear(handle?: unknown): void {
    if (handle) (handle as Handle).timer.isCleared = true;
  }

  async function step(timer: Timer): Promise<void> {
    now = Math.max(now, timer.at);
    if (timer.isCleared || timer.owner?.isDead) return;
    if (timer.owner?.waiting) return void timer.owner.waiting.push(() => put(timer, 0));
    steps += 1;
    if (timer.every === undefined) timer.isCleared = true;
    else put(timer, timer.every);
    owners.run(timer.owner, timer.run);
    // What follows from it, as far as it awaits no further timer.
    await new Promise((resolve) => realImmediate(resolve));
  }

  Object.assign(globalThis, {
    setTimeout: (run: (...all: unknown[]) => void, ms?: number, ...args: unknown[]) => set(() => run(...args), ms),
    clearTimeout: clear,
    setInterval: (run: (...all: unknown[]) => void, ms = 1, ...args: unknown[]) => set(() => run(...args), ms, ms),
    clearInterval: clear,
    setImmediate(run: (...all: unknown[]) => void, ...args: unknown[]) {
      const handle = set(() => run(...args), 0);
      handle.timer.at = now;
      return handle;
    },
    clearImmediate: clear,
  });
  Object.defineProperty(globalThis, "performance", { value: { now: () => now - start }, configurable: true, writable: true });
  Date.now = () => Math.floor(now + (owners.getStore()?.clock.aheadMs ?? 0));
  Math.random = random;
  timersPromises.setTimeout = sleep as typeof timersPromises.setTimeout;
  syncBuiltinESMExports();

  const time: VirtualTime = {
    now: () => now,
    as: (process, work) => owners.run(process, work),
    reach(process, work) {
      if (process.waiting) process.waiting.push(() => void owners.run(process, () => set(work, 0)));
      else if (!process.isDead) owners.run(process, work);
    },
    freeze: (process) => void (process.waiting ??= []),
    thaw(process) {
      const waiting = process.waiting ?? [];
      process.waiting = undefined;
      for (const work of waiting) work();
    },
    after: (ms, work) => void owners.run(undefined, () => set(work, ms)),
    async pass(ms, done = () => false) {
      const end = now + ms;
      await new Promise((resolve) => realImmediate(resolve));
      while (!done()) {
        const timer = queue.first();
        if (!timer || timer.at > end) {
          now = end;
          return done();
        }
        queue.pop();
        await step(timer);
      }
      return true;
    },
    steps: () => steps,
  };
  return {
    time,
    uninstall() {
      const { performance: clock, now: date, random: dice, sleep: pause, ...timers } = real;
      Object.assign(globalThis, timers);
      Object.defineProperty(globalThis, "performance", { value: clock, configurable: true, writable: true });
      Date.now = date;
      Math.random = dice;
      timersPromises.setTimeout = pause;
      syncBuiltinESMExports();
    },
  };
}

/** As that of `node:timers/promises`. */
function sleep<T>(ms: number, value: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

interface TimerQueue {
  push(timer: Timer): void;
  first(): Timer | undefined;
  pop(): void;
}

/** A binary heap by time, then by order of creation. */
function createQueue(): TimerQueue {
  const heap: Timer[] = [];
  const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const at = (i: number): Timer => heap[i] as Timer;
  function swap(i: number, j: number): void {
    [heap[i], heap[j]] = [at(j), at(i)];
  }
  return {
    push(timer) {
      heap.push(timer);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!isBefore(at(i), at(parent))) break;
        swap(i, parent);
        i = parent;
      }
    },
    first: () => heap[0],
    pop() {
      const last = heap.pop();
      if (!last || heap.length === 0) return;
      heap[0] = last;
      for (let i = 0; ;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && isBefore(at(child), at(least))) least = child;
        if (least === i) return;
        swap(i, least);
        i = least;
      }
    },
  };
}
