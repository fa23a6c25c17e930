/** Of `of` shares of the files, about as many in each, the `nth` one (from 1) and those that follow it; after the last one comes the first. */
export interface Share {
  nth: number;
  of: number;
  /** Default: 1. */
  count?: number;
}

/** How far the verifications after backups have come, of `of` shares of the files. */
export interface VerifyCycle {
  /** The last one that was read, from 1. */
  nth: number;
  of: number;
  /** ms since 1970. */
  at: number;
}

const DAY_MS = 86_400_000;

/**
 * The shares that are due: one for each day since the last verification, so that a cycle of as many days reads all, however seldom backups are
 * made; one at least. @param now ms since 1970.
 */
export function dueShares(last: VerifyCycle | undefined, of: number, now: number): Required<Share> {
  if (last?.of !== of) return { nth: 1, of, count: 1 };
  const days = Math.round((now - last.at) / DAY_MS);
  return { nth: (last.nth % of) + 1, of, count: Math.min(of, Math.max(1, days)) };
}

export function cycleAfter({ nth, of, count = 1 }: Share, at: number): VerifyCycle {
  return { nth: ((nth + count - 2) % of) + 1, of, at };
}
