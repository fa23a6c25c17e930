import type { Priority } from "@sitewright/protocol";
import { addressPath } from "../../packages/coordinator/src/domain/addresses/address-path.ts";
import { admits, budgetAt, windowAt } from "../../packages/coordinator/src/domain/addresses/address-schedule.ts";
import type { Address, Hierarchy } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import { ipBytes } from "../../packages/coordinator/src/domain/lines/ip-bytes.ts";
import type { Violations } from "./violations.ts";

/** A change of an address takes effect within this time, ms. */
const EFFECT_MS = 1_100;
const SECOND = 1_000;
/** What a second may carry beyond its budget, as `domain/lines/pacing.ts` promises. */
const SHARE_MORE = 1.025;
const BYTES_MORE = 3_000;

export interface LineChecks {
  /** Content was let pass to a system. @param bytes Payload. */
  granted(system: string, bytes: number, priority: Priority): void;
}

/** Checks the content that crosses each line, in every second, against the budget and the window in force. */
export function createLineChecks(hierarchy: () => Hierarchy | undefined, now: () => number, violations: Violations): LineChecks {
  const sent = new Map<string, { at: number; bytes: number }[]>();
  /** By line: what was in force, and since when. */
  const known = new Map<string, { address: Address; since: number; before?: Address }>();

  /** The line as it is, and as it was if that changed in the last `ms`. */
  function versions(address: Address, ms: number): Address[] {
    const last = known.get(address.key);
    if (last?.address !== address) known.set(address.key, { address, since: now(), ...(last ? { before: last.address } : {}) });
    const { since, before } = known.get(address.key) ?? { since: now() };
    return before && now() - since < ms ? [address, before] : [address];
  }

  function check(address: Address, bytes: number, priority: Priority): void {
    const at = now();
    const all = sent.get(address.key) ?? [];
    sent.set(address.key, all);
    all.push({ at, bytes });
    while (all[0] && all[0].at <= at - SECOND) all.shift();
    const inForce = (ms: number) => versions(address, ms).flatMap((one) => [at, at - ms].map((time) => ({ one, time })));
    // A second after a change still contains what the budget before it let pass.
    const budget = Math.max(...inForce(EFFECT_MS + SECOND).map(({ one, time }) => budgetAt(one, time) ?? Infinity));
    const sum = all.reduce((total, one) => total + one.bytes, 0);
    const most = (budget / 8) * SHARE_MORE + BYTES_MORE;
    if (sum > most) violations.note("budget of a line", `${address.key} carried ${sum} bytes in a second, of ${Math.round(budget / 8)}`);
    if (!inForce(EFFECT_MS).some(({ one, time }) => admits(windowAt(one, time), priority)))
      violations.note("window of a line", `${address.key} carried content of priority ${priority} while it was closed to it`);
  }

  return {
    granted(system, payload, priority) {
      const current = hierarchy();
      if (current) for (const address of addressPath(current, system)) check(address, ipBytes(payload, true), priority);
    },
  };
}
