import { stepsSettled, type RunTotals } from "@sitewright/protocol";

/** The values of one bar, in bytes of the plan's source unless `unit` is steps; the parts never exceed `total`. */
export interface ContentBar {
  total: number;
  reused: number;
  sent: number;
  remaining: number;
  unit: "bytes" | "steps";
  /** 0 to 1; 1 only when every step is done. */
  share: number;
}

/** Relative to a denominator that the plan fixed. Work without content (undo, remove) counts its steps instead. */
export function contentBar(totals: RunTotals): ContentBar {
  const { sourceBytes: total, phases } = totals;
  const done = stepsSettled(totals);
  const complete = phases > 0 && done === phases;
  if (total === 0) {
    return { total: phases, reused: 0, sent: done, remaining: phases - done, unit: "steps", share: phases === 0 ? 0 : done / phases };
  }
  const sent = Math.min(totals.fetchedBytes, total);
  // A finished verification does not report its last bytes.
  const reused = complete ? total - sent : Math.min(totals.reusedBytes, total - sent);
  const share = (reused + sent) / total;
  return { total, reused, sent, remaining: total - reused - sent, unit: "bytes", share: complete ? 1 : Math.min(share, 0.99) };
}
