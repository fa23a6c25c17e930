import { systemCode } from "./disk-error.ts";

/** When work is tried again, and after which pauses, ms. */
export interface Patience {
  isInUse(error: unknown): boolean;
  pauses: readonly number[];
}

/** For what another program has open for itself alone, as virus scanners do on Windows for a moment. */
const BUSY: Patience = { isInUse: (error) => systemCode(error) === "EBUSY", pauses: [20, 80, 320] };
const timer = new Int32Array(new SharedArrayBuffer(4));

/** Does work that may be done again, until nothing that it needs is in use any more; at last throws the refusal. Blocks its thread. */
export function patiently<T>(work: () => T, { isInUse, pauses }: Patience = BUSY): T {
  for (let attempt = 0; ; attempt++) {
    try {
      return work();
    } catch (error) {
      const pause = pauses[attempt];
      if (pause === undefined || !isInUse(error)) throw error;
      sleepSync(pause);
    }
  }
}

/** Blocks its thread. @param ms 0: not at all. */
export function sleepSync(ms: number): void {
  Atomics.wait(timer, 0, 0, ms);
}
