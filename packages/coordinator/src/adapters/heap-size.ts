import { setFlagsFromString } from "node:v8";

/** Orders under way from which on the time for collecting garbage counts, and not the memory that it takes. */
const MANY = 32;
/** Between two looks, ms. */
const LOOK_MS = 1_000;

const SMALL = "--optimize-for-size";
const FAST = "--no-optimize-for-size";

/**
 * Keeps the heap small, but while many orders are under way. By default V8 keeps tens of megabytes of garbage per thread, and doubles the young
 * generation; content that is sent and hashed is not made of objects. Orders are, and half of their processor time was collecting garbage for
 * the sake of memory.
 * @param set Gives V8 a flag.
 */
export function sizeHeap(set: (flag: string) => void = setFlagsFromString): { follow(ordersUnderWay: () => number): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let flag = SMALL;
  set(flag);
  set("--semi-space-growth-factor=1");
  return {
    follow(ordersUnderWay) {
      timer = setInterval(() => {
        const due = ordersUnderWay() >= MANY ? FAST : SMALL;
        if (due !== flag) set(due);
        flag = due;
      }, LOOK_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
