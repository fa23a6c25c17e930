import type { Priority } from "@sitewright/protocol";
import { admits, opensAt, windowAt } from "./address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";

/** The line that keeps work back, and until when. */
export interface WindowWait {
  /** Key of the address. */
  address: string;
  /** IANA name of the time zone in whose hours its window opens. */
  timeZone: string;
  /** When every line on the way admits the work, ms since 1970; absent: not in the coming week. */
  opensAt?: number;
}

/** How often the lines of a path are checked in turn before they count as never open together. */
const MOST_ROUNDS = 1000;

/** What work of this priority waits for on its path; undefined when it may cross every line now. */
export function windowWait(path: readonly Address[], priority: Priority, now: number): WindowWait | undefined {
  const closed = path.find((address) => !admits(windowAt(address, now), priority));
  if (!closed) return undefined;
  const opens = openTogether(path, priority, now);
  return { address: closed.key, timeZone: closed.timeZone, ...(opens === undefined ? {} : { opensAt: opens }) };
}

/** The first moment from `now` on, within a week or a little more, at which every line admits the work. */
function openTogether(path: readonly Address[], priority: Priority, now: number): number | undefined {
  let at = now;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let latest = at;
    for (const address of path) {
      const opens = opensAt(address, priority, at);
      if (opens === undefined) return undefined;
      latest = Math.max(latest, opens);
    }
    if (latest === at) return at;
    at = latest;
  }
  return undefined;
}
