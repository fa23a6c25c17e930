import { setTimeout as sleep } from "node:timers/promises";
import { addressGroup, SitewrightError } from "@sitewright/protocol";

/**
 * Slows down who tries secrets out, and locks nobody out: only wrong ones count, and a right one is never asked about. Many may come
 * from one address, so who shares it with a guesser loses nothing.
 */
export interface GuessLimit {
  /** A secret from this address was wrong. @returns what to refuse it with, after a while where there were many. */
  wrong(address: string, refusal: SitewrightError): Promise<SitewrightError>;
}

const PERIOD_MS = 60_000;
/** How long an answer is put off, ms. */
const SLOW_MS = 1_000;
/** Addresses that are counted; beyond, counting begins again. */
const MOST_ADDRESSES = 10_000;

/** @param most Wrong ones of one address within a minute that are answered at once. */
export function createGuessLimit(most: number, clock: () => number = () => performance.now()): GuessLimit {
  const counts = new Map<string, number>();
  let began = clock();
  return {
    async wrong(address, refusal) {
      if (clock() - began > PERIOD_MS || counts.size >= MOST_ADDRESSES) {
        counts.clear();
        began = clock();
      }
      const group = addressGroup(address);
      const count = (counts.get(group) ?? 0) + 1;
      counts.set(group, count);
      if (count <= most) return refusal;
      await sleep(SLOW_MS);
      return new SitewrightError(
        "TOO_MANY_REQUESTS",
        "too many wrong attempts from this address: only a right one is answered at once now",
      );
    },
  };
}
