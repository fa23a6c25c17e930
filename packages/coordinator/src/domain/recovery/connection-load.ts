import { unitKey, type Unit } from "@sitewright/protocol";
import { addressPath } from "../addresses/address-path.ts";
import { forecastLine } from "../forecast/lines.ts";
import type { Address, Hierarchy } from "../sites/hierarchy.ts";
import { sharedSite } from "../sites/neighbours.ts";

/** One package that a system lacks. */
export interface Lacking {
  system: string;
  unit: Unit;
  bytes: number;
}

/** What crosses one line, and how long that takes if nothing else does. */
export interface LineLoad {
  address: string;
  bytes: number;
  /** ms; absent: no rate is stated, or it does not end within weeks. */
  takesMs?: number;
}

/** Nothing is looked for further ahead: schedules repeat by the week. */
const HORIZON_MS = 8 * 7 * 86_400_000;

/** What crosses each line on the way to the systems, by address. What neighbours share crosses the line of their site once. */
export function lineLoads(hierarchy: Hierarchy, lacking: readonly Lacking[], now: number): LineLoad[] {
  const loads = new Map<string, { address: Address; bytes: number }>();
  const crossed = new Set<string>();
  for (const { system, unit, bytes } of lacking) {
    const once = `${sharedSite(hierarchy, system) ?? `system ${system}`} ${unitKey(unit)}`;
    if (crossed.has(once)) continue;
    crossed.add(once);
    for (const address of addressPath(hierarchy, system)) {
      const load = loads.get(address.key) ?? { address, bytes: 0 };
      load.bytes += bytes;
      loads.set(address.key, load);
    }
  }
  const sorted = [...loads.values()].toSorted((a, b) => (a.address.key < b.address.key ? -1 : 1));
  return sorted.map(({ address, bytes }) => {
    const takesMs = timeToCross(address, bytes, now);
    return { address: address.key, bytes, ...(takesMs === undefined ? {} : { takesMs }) };
  });
}

/** By the hours and rates of the line, for work of medium priority. */
function timeToCross(address: Address, bytes: number, now: number): number | undefined {
  const line = forecastLine(address, undefined);
  let bits = bytes * 8;
  for (let at = now; at < now + HORIZON_MS; at = line.until()) {
    line.moveTo(at);
    if (!line.admits("medium")) continue;
    if (line.budget() === Infinity) return undefined;
    const most = (line.budget() * (line.until() - at)) / 1000;
    if (most >= bits) return Math.round(at - now + (bits / line.budget()) * 1000);
    bits -= most;
  }
  return undefined;
}
