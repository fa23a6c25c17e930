/** How long things take at most, in ms; tests use shorter ones. */
export interface Timings {
  /** An order that was not accepted is sent again. */
  resendMs: number;
  /** An agent that was away this long loses its slots to others; a plan or a verify no longer waits for it. */
  awayMs: number;
  /** An agent that does not confirm a cancel: the phase ends all the same. */
  cancelMs: number;
  /** An order under way of which nothing advanced for so long is said to stand still, and holds up no others. */
  stallMs: number;
  /** Nothing advanced for so long: the attempt is given up. */
  giveUpMs: number;
  /** The release loop looks at least so often. */
  tickMs: number;
  /** A phase that is said to wait in the queue although workers are free was lost there. */
  lostMs: number;
  /** Progress and bytes sent are stored so often: what a kill forgets of them. */
  saveMs: number;
  /** An edit of the hierarchy takes effect within this time. */
  siteDataMs: number;
  /** A window that opens, or a budget that changes with the hour, takes effect within this time. */
  hourMs: number;
  /** Lines are measured, and forecasts made again. */
  forecastMs: number;
  /** An agent that was asked for its log and says nothing is not waited for longer. */
  logMs: number;
}

export const TIMINGS: Timings = {
  resendMs: 5_000,
  awayMs: 5_000,
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
};
