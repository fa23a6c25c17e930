import { ipBytes } from "./ip-bytes.ts";

/**
 * A line's account in IP bytes: filled by its budget up to a small reserve, charged with what is sent, and then negative until the budget
 * has paid for it. The traffic of any second stays within the budget, the reserve and one slice.
 */
export interface LineAccount {
  /** IP bytes. */
  balance: number;
  /** Time of the balance, ms. */
  at: number;
}

/** Share of the budget to use; the rest is for traffic that is not visible here: acknowledgements and retransmissions. */
const GIVEN_OUT = 0.99;
/**
 * Reserve and slice together. With the budget, a second carries at most 2.5 % more than its budget, or less than two packets of 1,500
 * bytes: the rest of the guarantee is for control traffic, which never waits.
 */
const ALLOWANCE = 0.035;
const LEAST_ALLOWANCE = 2600;
/** Payload that surely fits one packet, with the overhead of TLS. */
const PACKET = 1400;
/** Overhead of the headers of one packet and of TLS. */
const MOST_OF_A_PACKET = 1500;
/** ms of budget in a slice, and its maximum number of packets. */
const SLICE_MS = 5;
const MOST_PACKETS = 46;
/** ms of budget that are granted at once to another coordinator, which sends them slice by slice. */
const GRANT_MS = 30;

/** Payload bytes to send at once on a line of `budget` bit/s: whole packets, so that few are sent partly filled. */
export function sliceBytes(budget: number): number {
  return PACKET * packetsOfSlice(budget);
}

/** Payload bytes to grant at once on a line of `budget` bit/s to a coordinator that sends them at the line's pace. */
export function grantBytes(budget: number): number {
  return Math.max(sliceBytes(budget), PACKET * Math.floor((budget / 8000) * (GRANT_MS / PACKET)));
}

/** ms in which the other coordinator sends that payload. A line that was closed just now still carries what was granted before. */
export function msOfGrant(payload: number, budget: number): number {
  return Math.min(GRANT_MS, (payload * 8000) / budget);
}

/** The account at `now` (ms) on a line of `budget` bit/s. A clock that goes back adds nothing. */
export function fill(account: LineAccount, budget: number, now: number): LineAccount {
  const earned = perMs(budget) * Math.max(0, now - account.at);
  return { balance: Math.min(reserve(budget), account.balance + earned), at: now };
}

export function charge(account: LineAccount, ipBytes: number): LineAccount {
  return { ...account, balance: account.balance - ipBytes };
}

/** As `charge`, for a grant: what it exceeds a slice by may cross the line up to a grant's time later, so that much of the reserve does not count. */
export function chargeGrant(account: LineAccount, budget: number, ipBytes: number): LineAccount {
  const late = ((grantBytes(budget) - sliceBytes(budget)) / PACKET) * MOST_OF_A_PACKET;
  return charge({ ...account, balance: Math.min(account.balance, reserve(budget) - late) }, ipBytes);
}

/** The account on a line whose budget changes: a debt takes no longer to pay than before. */
export function rebudget(account: LineAccount, before: number, budget: number): LineAccount {
  if (account.balance >= 0 || before <= 0 || budget >= before) return account;
  return { ...account, balance: (account.balance * budget) / before };
}

/** ms until something may be sent; Infinity on a closed line. */
export function msToWait(account: LineAccount, budget: number): number {
  if (budget <= 0) return Infinity;
  return account.balance >= 0 ? 0 : -account.balance / perMs(budget);
}

/** Bytes of a line's budget that a transfer of this payload uses up, for planning: headers, and the share that is not used. */
export function budgetBytes(payload: number): number {
  return (payload * (ipBytes(PACKET, false) / PACKET)) / GIVEN_OUT;
}

function packetsOfSlice(budget: number): number {
  return Math.min(MOST_PACKETS, Math.max(1, Math.floor((budget / 8000) * (SLICE_MS / PACKET))));
}

function reserve(budget: number): number {
  const allowance = Math.max((budget / 8) * ALLOWANCE, LEAST_ALLOWANCE);
  return allowance - packetsOfSlice(budget) * MOST_OF_A_PACKET;
}

function perMs(budget: number): number {
  return (budget / 8000) * GIVEN_OUT;
}
