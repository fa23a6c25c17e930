import { setTimeout as sleep } from "node:timers/promises";
import { addressGroup, SitewrightError } from "@sitewright/protocol";

/**
 * Slows down guessing of secrets and blocks no client: only wrong secrets count, and a right one is accepted without delay. Many clients
 * may share one address, so those beside a guesser lose nothing.
 */
export interface GuessLimit {
  /** A secret from this address was wrong. @returns The refusal, delayed after many wrong ones. */
  wrong(address: string, refusal: SitewrightError): Promise<SitewrightError>;
}

const PERIOD_MS = 60_000;
/** Delay of the refusal, ms. */
const SLOW_MS = 1_000;
/** Addresses that are counted; beyond that, counting starts again. */
const MOST_ADDRESSES = 10_000;

/** @param most Wrong secrets of one address within a minute that are refused without delay. */
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
        "too many wrong attempts from this address: only a right one is answered without delay now",
      );
    },
  };
}
