import type { Priority } from "@sitewright/protocol";
import { addressPath } from "../../packages/coordinator/src/domain/addresses/address-path.ts";
import { admits, budgetAt, windowAt } from "../../packages/coordinator/src/domain/addresses/address-schedule.ts";
import type { Address, Hierarchy } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import { ipBytes } from "../../packages/coordinator/src/domain/lines/ip-bytes.ts";
import type { MachineClock } from "../time/virtual-time.ts";
import type { Violations } from "./violations.ts";

/** A change of an address, or of the clock, takes effect within this time, ms. */
const EFFECT_MS = 1_100;
const SECOND = 1_000;
/** What a second may carry beyond its budget, as `domain/lines/pacing.ts` promises. */
const SHARE_MORE = 1.025;
const BYTES_MORE = 3_000;

export interface LineChecks {
  /** Content was let pass to a system. @param bytes Payload. */
  granted(by: Granter, system: string, bytes: number, priority: Priority): void;
}

/** The coordinator that let it pass, which may have to learn first that it leads no longer. */
export interface Granter {
  hierarchy: () => Hierarchy | undefined;
  /** It says which hours are in force. */
  clock: MachineClock;
}

export interface LineChecksDeps {
  /** The true time: it says what one second carries. */
  now: () => number;
  violations: Violations;
}

/** What determines budget and window of a line at a time. */
interface Version {
  address: Address;
  aheadMs: number;
  /** Until when it was in force; undefined: it is. */
  until?: number;
}

/** Checks the content that crosses each line, in every second, against the budget and the window in force. */
export function createLineChecks({ now, violations }: LineChecksDeps): LineChecks {
  const sent = new Map<string, { at: number; bytes: number }[]>();
  /** By line: what is in force, and before it what lately was. */
  const known = new Map<string, Version[]>();

  /** Times by the clock of the coordinator at which a line may have been judged in the last `ms`, with the line as it was then. */
  function inForce(address: Address, { clock }: Granter, ms: number): { one: Address; time: number }[] {
    const at = now();
    const versions = (known.get(address.key) ?? []).filter(({ until = at }) => at - until < EFFECT_MS + SECOND);
    const last = versions.at(-1);
    if (last?.address !== address || last.aheadMs !== clock.aheadMs) {
      if (last) last.until = at;
      versions.push({ address, aheadMs: clock.aheadMs });
    }
    known.set(address.key, versions);
    return versions
      .filter(({ until = at }) => at - until < ms)
      .flatMap(({ address: one, aheadMs }) => [at, at - ms].map((time) => ({ one, time: time + aheadMs })));
  }

  function check(address: Address, by: Granter, bytes: number, priority: Priority): void {
    const at = now();
    const all = sent.get(address.key) ?? [];
    sent.set(address.key, all);
    all.push({ at, bytes });
    while (all[0] && all[0].at <= at - SECOND) all.shift();
    // A second after a change still contains what the budget before it let pass.
    const budget = Math.max(...inForce(address, by, EFFECT_MS + SECOND).map(({ one, time }) => budgetAt(one, time) ?? Infinity));
    const sum = all.reduce((total, one) => total + one.bytes, 0);
    const most = (budget / 8) * SHARE_MORE + BYTES_MORE;
    if (sum > most) violations.note("budget of a line", `${address.key} carried ${sum} bytes in a second, of ${Math.round(budget / 8)}`);
    if (!inForce(address, by, EFFECT_MS).some(({ one, time }) => admits(windowAt(one, time), priority)))
      violations.note("window of a line", `${address.key} carried content of priority ${priority} while it was closed to it`);
  }

  return {
    granted(by, system, payload, priority) {
      const current = by.hierarchy();
      if (current) for (const address of addressPath(current, system)) check(address, by, ipBytes(payload, true), priority);
    },
  };
}
