import { plural } from "@sitewright/protocol";

/** What one witness has seen of one counter of a site. */
export interface Testimony {
  /** A site code, a system, or `ledger`. */
  witness: string;
  number: number;
}

/** A counter of a site that was recovered, and what is known of its former value. */
export interface CounterFacts {
  /** Such as `packages`. */
  counter: string;
  /** Its current value in the site data. */
  stated: number;
  testimonies: readonly Testimony[];
  /** The last recorded value from before the loss, and its age; absent: none. */
  lastKnown?: { number: number; daysDown: number };
  /** Its largest rise in a day; absent: not recorded. */
  dailyRate?: number;
  /** Witnesses that an operator set aside. */
  setAside: ReadonlySet<string>;
}

export interface Proposal {
  counter: string;
  stated: number;
  /** Never below what is stated. */
  number: number;
  /** How it was derived, for people. */
  reasons: string[];
  /** Implausibly high: an operator either sets the witness aside or adopts it by hand. While there is one, nothing is applied. */
  implausible: Testimony[];
  /** What each witness has seen, also those that were set aside. */
  seen: readonly Testimony[];
}

/** Above the highest witnessed number, since a neighbour may not have received the last ones (Q288970). */
const MARGIN = 20;
/** Numbers per day that a site may have issued unseen (Q288970 gives a thousand for transaction ids). */
const DAILY = 1_000;
const DAILY_SAFETY = 3;
/** A witness that states more than this many times the next highest is ignored. */
const CEILING = 10;
/** Numbers are 31-bit integers in the field's databases. */
export const NUMBER_SPACE = 2 ** 31 - 1;

/**
 * Where a counter has to continue: above every number witnessed, and above what may have been issued since it was last recorded. A further
 * witness, or more days, never lower it.
 */
export function propose({ counter, stated, testimonies, lastKnown, dailyRate = 0, setAside }: CounterFacts): Proposal {
  const heard = testimonies.filter(({ witness }) => !setAside.has(witness));
  const implausible = heard.filter((one) => isImplausible(one, heard));
  const believed = heard.filter((one) => !implausible.includes(one));
  const highest = believed.reduce<Testimony | undefined>((most, one) => (most && most.number >= one.number ? most : one), undefined);
  const reasons: string[] = [];
  const candidates = [stated];
  if (highest) {
    candidates.push(highest.number + MARGIN);
    reasons.push(`${highest.witness} has seen ${highest.number}; ${MARGIN} more, since it may have missed the last ones`);
  }
  if (lastKnown) {
    const perDay = Math.max(DAILY, DAILY_SAFETY * dailyRate);
    const days = Math.max(0, Math.ceil(lastKnown.daysDown));
    candidates.push(lastKnown.number + days * perDay);
    const why = perDay > DAILY ? `${DAILY_SAFETY} times the most of a day on record` : "a thousand a day";
    reasons.push(`${lastKnown.number} was on record ${plural(days, "day")} ago; ${perDay} for each (${why})`);
  }
  if (candidates.length === 1) reasons.push("no witness has seen a number of this counter, and none is recorded: it stays");
  return { counter, stated, number: Math.min(Math.max(...candidates), NUMBER_SPACE), reasons, implausible, seen: testimonies };
}

function isImplausible({ witness, number }: Testimony, heard: readonly Testimony[]): boolean {
  if (!Number.isSafeInteger(number) || number < 0 || number > NUMBER_SPACE - MARGIN) return true;
  const others = heard.filter((one) => one.witness !== witness && one.number <= NUMBER_SPACE - MARGIN).map((one) => one.number);
  if (others.length === 0) return false;
  const next = Math.max(...others);
  // Small numbers may differ by a large factor without a fault.
  return number > Math.max(CEILING * next, next + DAILY * CEILING);
}
