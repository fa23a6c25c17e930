/**
 * A line's account in IP bytes: filled by its budget up to a small reserve, charged with what is sent, and then below zero
 * until the budget has paid for it. Whatever is sent in a second stays within the budget, the reserve and one slice, and these
 * two are together never more than `ALLOWANCE` of a second's budget or two packets.
 */
export interface LineAccount {
  /** IP bytes. */
  balance: number;
  /** ms; when the balance was right. */
  at: number;
}

/** IP bytes for each byte of payload: the headers of TCP and IP, measured at 3.6 %. */
const OVERHEAD = 1.04;
const ALLOWANCE = 0.03;
const TWO_PACKETS = 3000;
/** ms of budget in a slice, within `PACKET` and `LARGEST_SLICE`. */
const SLICE_MS = 10;
const PACKET = 1400;
const LARGEST_SLICE = 16 * 1024;

/** Payload bytes to send at once on a line of `budget` bit/s. */
export function sliceBytes(budget: number): number {
  return Math.floor(Math.min(LARGEST_SLICE, Math.max(PACKET, (budget / 8) * (SLICE_MS / 1000))));
}

/** The account at `now` (ms) on a line of `budget` bit/s. A clock that went back adds nothing. */
export function fill(account: LineAccount, budget: number, now: number): LineAccount {
  const earned = (budget / 8000) * Math.max(0, now - account.at);
  return { balance: Math.min(reserve(budget), account.balance + earned), at: now };
}

export function charge(account: LineAccount, payload: number): LineAccount {
  return { ...account, balance: account.balance - ipBytes(payload) };
}

/** What payload bytes are on the line, headers included. */
export function ipBytes(payload: number): number {
  return payload * OVERHEAD;
}

/** ms until something may be sent; Infinity on a closed line. */
export function msToWait(account: LineAccount, budget: number): number {
  if (budget <= 0) return Infinity;
  return account.balance >= 0 ? 0 : (-account.balance * 8000) / budget;
}

function reserve(budget: number): number {
  const allowance = Math.max((budget / 8) * ALLOWANCE, TWO_PACKETS);
  return allowance - sliceBytes(budget) * OVERHEAD;
}
