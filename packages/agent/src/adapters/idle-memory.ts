import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { OrderExecutor } from "../app/ports/content.ts";
import { THREAD_IDLE_MS } from "./agent-worker.ts";
import { platform } from "./disk/platform/platform.ts";

/** V8 keeps the memory of a thread that ended for 8 s, and gives it back after the next collection. */
const SETTLE_MS = 15_000;

/** When memory is released without orders, ms: the threads have ended by then; what the first release made free needs the second. */
const RELEASES = [THREAD_IDLE_MS + SETTLE_MS, THREAD_IDLE_MS + 2 * SETTLE_MS];

/** Gives memory back to the system once no order was carried out for some time: after the start, and after each time of work. */
export function releaseWhenIdle(executor: OrderExecutor, releases = RELEASES, release = releaseMemory): OrderExecutor {
  let orders = 0;
  let timers: NodeJS.Timeout[] = [];

  function rest(): void {
    timers = releases.map((ms) => setTimeout(release, ms).unref());
  }

  rest();
  return {
    async execute(order, context) {
      orders += 1;
      timers.forEach(clearTimeout);
      try {
        return await executor.execute(order, context);
      } finally {
        orders -= 1;
        if (orders === 0) rest();
      }
    },
  };
}

/** What V8 and the C library keep for later: a process that allocates nothing any more never collects its garbage. Takes some 20 ms. */
export function releaseMemory(): void {
  // V8 shows its collector to new contexts only.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  platform.releaseMemory?.();
}
