/** Time limits and intervals, in ms; tests use shorter ones. */
export interface Timings {
  /** An order that was not accepted is sent again. */
  resendMs: number;
  /** An agent that was disconnected this long loses its slots to others; a plan or a verification no longer waits for it. */
  awayMs: number;
  /** The same after a start, for an agent that was connected before it: between two attempts agents pause for up to 30 s. */
  returnMs: number;
  /** An agent that does not confirm a cancel: the phase ends despite that. */
  cancelMs: number;
  /** A running order without progress for this long is marked as stalled, and delays no others. */
  stallMs: number;
  /** Without progress for this long, the attempt is given up. */
  giveUpMs: number;
  /** Longest interval between two rounds of the release loop. */
  tickMs: number;
  /** A phase that seems to wait in the queue although workers are free was lost there. */
  lostMs: number;
  /** Interval at which progress and bytes sent are stored: a kill loses at most this much of them. */
  saveMs: number;
  /** An edit of the hierarchy takes effect within this time. */
  siteDataMs: number;
  /** A window that opens, or a budget that changes with the hour, takes effect within this time. */
  hourMs: number;
  /** Interval at which lines are measured and forecasts recomputed. */
  forecastMs: number;
  /** Time limit of an agent's answer to a log query. */
  logMs: number;
  /** Time limit of each part of an agent's answer to a content query. */
  queryMs: number;
}

export const TIMINGS: Timings = {
  resendMs: 5_000,
  awayMs: 5_000,
  returnMs: 40_000,
  cancelMs: 10_000,
  stallMs: 60_000,
  giveUpMs: 30 * 60_000,
  tickMs: 500,
  lostMs: 10_000,
  saveMs: 3_000,
  siteDataMs: 2_000,
  hourMs: 1_000,
  forecastMs: 5_000,
  logMs: 5_000,
  queryMs: 30_000,
};
