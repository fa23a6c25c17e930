import type { Window } from "@sitewright/protocol";
import { budgetAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import type { Address } from "../../domain/sites/hierarchy.ts";
import { charge, chargeGrant, fill, msToWait, rebudget, type LineAccount } from "../../domain/lines/pacing.ts";

/** One address's line at present. */
export interface Line {
  readonly address: Address;
  /** bit/s; undefined: no limit. */
  readonly budget: number | undefined;
  readonly window: Window;
}

/** Estimated actual capacity of a line with this stated rate. */
export type StatedBudget = (address: string, stated: number) => number;

/** The accounts of all lines that were used. */
export interface LineAccounts {
  lineOf(address: Address, now: number): Line;
  /** @param bytes IP bytes. @param isGrant As of `chargeGrant`. */
  charge(line: Line, bytes: number, isGrant: boolean): void;
  /** ms until the budget has paid for what was sent; Infinity if the line is closed. */
  msInDebt(line: Line): number;
  /** Budgets and windows are read again at their next use. */
  readAnew(): void;
}

interface Kept extends Line {
  /** When budget and window were read. */
  readAt: number;
  account: LineAccount;
}

/** ms after which budget and window are read again, so that a new hour or an edited limit takes effect. */
const OLDEST_READING = 1000;

export function createLineAccounts(carried: StatedBudget): LineAccounts {
  const lines = new Map<string, Kept>();

  function read(address: Address, now: number, before: Kept | undefined): Kept {
    const stated = budgetAt(address, now);
    const budget = stated === undefined ? undefined : Math.min(stated, carried(address.key, stated));
    const line = { address, budget, window: windowAt(address, now), readAt: now, account: accountOf(before, budget, now) };
    lines.set(address.key, line);
    return line;
  }

  return {
    lineOf(address, now) {
      const line = lines.get(address.key);
      if (line) line.account = accountAt(line, now);
      if (line && line.address === address && Math.abs(now - line.readAt) < OLDEST_READING) return line;
      return read(address, now, line);
    },
    charge({ address }, bytes, isGrant) {
      const line = lines.get(address.key);
      // A closed line still carries keep-alives; that must not delay its opening.
      if (line?.budget === undefined || line.budget <= 0) return;
      line.account = isGrant ? chargeGrant(line.account, line.budget, bytes) : charge(line.account, bytes);
    },
    msInDebt({ address }) {
      const line = lines.get(address.key);
      return line?.budget === undefined ? 0 : msToWait(line.account, line.budget);
    },
    readAnew() {
      for (const line of lines.values()) line.readAt = -Infinity;
    },
  };
}

function accountOf(before: Kept | undefined, budget: number | undefined, now: number): LineAccount {
  if (!before) return { balance: 0, at: now };
  return before.budget === undefined || budget === undefined ? before.account : rebudget(before.account, before.budget, budget);
}

function accountAt({ account, budget }: Kept, now: number): LineAccount {
  return budget === undefined ? { balance: 0, at: now } : fill(account, budget, now);
}
