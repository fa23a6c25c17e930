import { setFlagsFromString } from "node:v8";

/** From so many on, orders under way and agents that came lately, the time for collecting garbage counts and not the memory that it takes. */
const MANY = 32;
/** Of agents that came lately, how many still count as lately after each look: half of them a second later. */
const STILL_LATELY = 0.84;
/** Work in steps that lasts longer, ms, makes so many objects. */
const LONG_MS = 100;
/** Between two looks, ms. */
const LOOK_MS = 250;

/** Flags of V8. */
const HEAPS = {
  small: ["--optimize-for-size", "--semi-space-growth-factor=1"],
  fast: ["--no-optimize-for-size", "--semi-space-growth-factor=2"],
} as const;

/** What is made of many objects. */
export interface Load {
  ordersUnderWay(): number;
  /** Agents that connected since the start. */
  agentsCame(): number;
  /** How long the plan or forecast lasts that is being computed, ms; 0: none is. */
  steppingFor(): number;
}

/**
 * Keeps the heap small, but while many orders are under way, many agents connect or something long is computed. By default V8 keeps tens of
 * megabytes of garbage per thread, and doubles the young generation; content that is sent and hashed is not made of objects. Orders, inventories,
 * plans and forecasts are: half of the processor time of many orders, and two thirds of that of many inventories and of a large plan, was
 * collecting garbage for the sake of memory. How busy the main thread is, or how long it collects, does not tell them from content.
 * @param set Gives V8 a flag.
 */
export function sizeHeap(set: (flag: string) => void = setFlagsFromString): { follow(load: Load): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let heap: keyof typeof HEAPS = "small";
  HEAPS.small.forEach((flag) => set(flag));
  return {
    follow({ ordersUnderWay, agentsCame, steppingFor }) {
      let [before, lately] = [agentsCame(), 0];
      timer = setInterval(() => {
        const now = agentsCame();
        lately = lately * STILL_LATELY + now - before;
        before = now;
        const due = ordersUnderWay() + lately >= MANY || steppingFor() >= LONG_MS ? "fast" : "small";
        if (due !== heap) HEAPS[due].forEach((flag) => set(flag));
        heap = due;
      }, LOOK_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
