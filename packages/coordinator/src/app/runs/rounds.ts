import type { Log } from "../log.ts";

/** Between two rounds, ms: a single change is handled at once, many changes together. */
const GATHER_MS = 10;
/** Choosing takes at most one part in this many of the event loop's time, however many lanes have changed. */
const REST = 5;
/** But no pause is longer, ms: choosing during which this process stood still seems to have taken all of that time. */
const LONGEST_REST_MS = 2_000;

/** Runs the rounds of the release loop. */
export interface Rounds {
  schedule(): void;
  isStopped(): boolean;
  stop(): Promise<void>;
}

/** Runs a round soon after it is scheduled, never two at once. @param round Returns the time that choosing took, ms. */
export function createRounds(round: () => Promise<number>, log: Log): Rounds {
  let state: "idle" | "under way" | "due again" | "stopped" = "idle";
  /** Time of the last choosing, ms. */
  let choosing = 0;
  /** When the last round ended, ms of the process's own clock. */
  let endedAt = -Infinity;
  let underWay: Promise<void> | undefined;
  const isStopped = (): boolean => state === "stopped";

  function schedule(): void {
    if (isStopped()) return;
    state = "due again";
    underWay ??= goThrough().finally(() => {
      underWay = undefined;
      if (state === "due again") schedule();
    });
  }

  async function goThrough(): Promise<void> {
    while (state === "due again") {
      state = "under way";
      const rest = Math.max(GATHER_MS, Math.min(choosing * REST, LONGEST_REST_MS)) - (performance.now() - endedAt);
      await new Promise((resolve) => (rest > 0 ? setTimeout(resolve, rest) : setImmediate(resolve)));
      try {
        choosing = await round();
      } catch (error) {
        if (!isStopped()) state = "under way";
        log.warn({ error: String(error) }, "the release loop could not finish a round: it will try again soon");
      }
      endedAt = performance.now();
    }
    if (!isStopped()) state = "idle";
  }

  return {
    schedule,
    isStopped,
    async stop() {
      state = "stopped";
      await underWay;
    },
  };
}
