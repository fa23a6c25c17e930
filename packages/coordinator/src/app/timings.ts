/** How long things take at most, in ms; tests use shorter ones. */
export interface Timings {
  /** An order that was not accepted is sent again. */
  resendMs: number;
  /** An agent that was away this long loses its slots to others; a plan or a verify no longer waits for it. */
  awayMs: number;
  /** An agent that does not confirm a cancel: the phase ends all the same. */
  cancelMs: number;
  /** The release loop looks at least so often. */
  tickMs: number;
  /** An agent that was asked for its log and says nothing is not waited for longer. */
  logMs: number;
}

export const TIMINGS: Timings = { resendMs: 5_000, awayMs: 5_000, cancelMs: 10_000, tickMs: 500, logMs: 5_000 };
