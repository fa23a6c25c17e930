import { mostAbove } from "../../../bench/links/bound.ts";
import type { Traffic } from "../world/line-process.ts";

const SECOND_MS = 1_000;
/**
 * Of the budget: reserve and slice (`pacing.ts`). A coordinator that is stopped when it has given so much out, and not sent it yet, sends it in
 * the second in which it continues.
 */
const GIVEN_OUT = 0.035;

/**
 * Seconds, beginning at any slice, in which more crossed a line than its budget admits, whenever the coordinator is stopped. What was counted
 * late is subtracted: as much as the line carries in that time.
 * @param budget bit/s. @param sliceMs Of the traffic.
 */
export function overBudget(traffic: Traffic, address: string, budget: number, sliceMs: number): string[] {
  const slices = traffic.bytes[address] ?? [];
  const length = Math.round(SECOND_MS / sliceMs);
  const found: string[] = [];
  for (let from = 0; from < slices.length; from++) {
    const bits = 8 * sum(slices, from, length);
    const late = Math.max(0, ...traffic.lag.slice(from, from + length + 1).map((ms) => ms ?? 0));
    const most = (budget * (1 + GIVEN_OUT) + mostAbove(budget)) * (1 + late / SECOND_MS);
    if (bits <= most) continue;
    found.push(`${address} carried ${mbit(bits)} of ${mbit(budget)} in the second from ${((from * sliceMs) / 1000).toFixed(1)} s`);
    // The seconds that begin a slice later show the same bytes.
    from += length;
  }
  return found;
}

function sum(slices: readonly (number | undefined)[], from: number, length: number): number {
  let total = 0;
  for (let at = from; at < from + length; at++) total += slices[at] ?? 0;
  return total;
}

const mbit = (bits: number): string => `${(bits / 1e6).toFixed(2)} Mbit`;
