import { systemCode } from "./disk-error.ts";

/** Pauses before trying again what another program has open for itself alone, as virus scanners do on Windows for a moment, ms. */
const PAUSES = [20, 80, 320];
const timer = new Int32Array(new SharedArrayBuffer(4));

/** Does work that may be done again, until nothing that it needs is in use any more; at last throws EBUSY. Blocks its thread. */
export function patiently<T>(work: () => T): T {
  for (let attempt = 0; ; attempt++) {
    try {
      return work();
    } catch (error) {
      const pause = PAUSES[attempt];
      if (pause === undefined || systemCode(error) !== "EBUSY") throw error;
      Atomics.wait(timer, 0, 0, pause);
    }
  }
}
