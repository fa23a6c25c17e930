import type { LedgerEntry } from "../ledger/entry.ts";

/** The numbers by which a site identifies its definitions, as its site.yaml states them. */
export interface SiteNumbers {
  /** UUID, new when the site is installed again; absent: not stated. */
  identity?: string;
  /** Raised by each recovery. */
  epoch: number;
  /** By counter. */
  serials: Readonly<Record<string, number>>;
}

export const NO_NUMBERS: SiteNumbers = { epoch: 1, serials: {} };

/** What the ledger records of a site, outside its site data. */
export interface WitnessedSite extends SiteNumbers {
  /** Time of its last seen change, ms since 1970. */
  at: number;
  /** The largest rise of each counter in a day. */
  dailyRates: Readonly<Record<string, number>>;
  /** The numbers known before the last raise, and its lower and upper values; absent: there was none, or it was undone. */
  raised?: { before: WitnessedSite | undefined; from: SiteNumbers; to: SiteNumbers };
}

/** Why a site cannot be trusted as it is, for people; empty: no reason is known. */
export function signsOf(stated: SiteNumbers, witnessed: WitnessedSite | undefined): string[] {
  if (!witnessed) return [];
  const since = new Date(witnessed.at).toISOString().slice(0, 16).replace("T", " ");
  const signs: string[] = [];
  if (witnessed.identity !== undefined && stated.identity !== witnessed.identity)
    signs.push(
      stated.identity === undefined
        ? `its site.yaml states no identity, and was seen with ${witnessed.identity}`
        : `its identity is ${stated.identity}, and was ${witnessed.identity}: it was installed again`,
    );
  if (stated.epoch < witnessed.epoch) signs.push(`its epoch is ${stated.epoch}, and ${witnessed.epoch} was seen`);
  for (const [counter, number] of Object.entries(witnessed.serials)) {
    const now = stated.serials[counter];
    if (now === undefined) signs.push(`it states no serial "${counter}" any more, and ${number} was seen`);
    else if (now < number) signs.push(`its serial "${counter}" is ${now}, and ${number} was seen`);
  }
  return signs.map((sign) => `${sign} (${since} UTC)`);
}

/** Whether something is stated that was not seen before, and no number was lowered. */
export function isNews(stated: SiteNumbers, witnessed: WitnessedSite | undefined): boolean {
  if (!witnessed) return stated.identity !== undefined || Object.keys(stated.serials).length > 0;
  return (
    (witnessed.identity === undefined && stated.identity !== undefined) ||
    stated.epoch > witnessed.epoch ||
    Object.entries(stated.serials).some(([counter, number]) => number > (witnessed.serials[counter] ?? -1))
  );
}

const DAY_MS = 86_400_000;

function risen(before: WitnessedSite | undefined, now: SiteNumbers, at: number): WitnessedSite {
  const rates = { ...before?.dailyRates };
  const days = before ? Math.max(1, (at - before.at) / DAY_MS) : 1;
  for (const [counter, number] of Object.entries(now.serials)) {
    const rise = number - (before?.serials[counter] ?? number);
    if (rise > 0) rates[counter] = Math.max(rates[counter] ?? 0, Math.ceil(rise / days));
  }
  const raised = before?.raised;
  return { ...now, at, dailyRates: rates, ...(raised ? { raised } : {}) };
}

/** Numbers as the details of an entry of the ledger. */
export function numbersAsDetails({ identity, epoch, serials }: SiteNumbers): Record<string, string> {
  return { ...(identity === undefined ? {} : { identity }), epoch: String(epoch), serials: JSON.stringify(serials) };
}

function numbersOf({ identity, epoch, serials }: LedgerEntry["details"]): SiteNumbers {
  const stated = JSON.parse(serials ?? "{}") as Record<string, number>;
  return { ...(identity === undefined ? {} : { identity }), epoch: Number(epoch ?? 1), serials: stated };
}

/** What is known of a site after one more ledger entry about it. */
export function afterEntry(
  before: WitnessedSite | undefined,
  { kind, at, details }: Pick<LedgerEntry, "kind" | "at" | "details">,
): WitnessedSite | undefined {
  switch (kind) {
    case "site-seen":
      // Other observations of the site are recorded without its numbers.
      if (details["epoch"] === undefined) return before;
      return risen(before, numbersOf(details), at);
    case "site-accepted":
      return { ...numbersOf(details), at, dailyRates: before?.dailyRates ?? {} };
    case "serials-raised": {
      const to = numbersOf(details);
      const from = JSON.parse(details["before"] ?? "{}") as SiteNumbers;
      // A raise does not issue numbers: the daily rate stays.
      return { ...to, at, dailyRates: before?.dailyRates ?? {}, raised: { before, from, to } };
    }
    case "serials-undone":
      return before?.raised ? before.raised.before : before;
    default:
      return before;
  }
}
