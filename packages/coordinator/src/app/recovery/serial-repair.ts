import { SitewrightError } from "@sitewright/protocol";
import type { IssuedNumber } from "../../domain/objects/issued-numbers.ts";
import type { SiteCounts } from "../../domain/recovery/site-counts.ts";
import { NO_NUMBERS, type SiteNumbers, type WitnessedSite } from "../../domain/recovery/site-numbers.ts";
import { propose, type CounterFacts, type Proposal, type Testimony } from "../../domain/serials/proposal.ts";
import { unsettledBy } from "../../domain/recovery/connection-check.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Site } from "../../domain/sites/hierarchy.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock } from "../ports/clock.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import type { SiteWatch } from "./site-watch.ts";

/** What one neighbour, or one system, has seen of the counters of a site. */
export interface SeenOf {
  witness: string;
  of: string;
  serials: Readonly<Record<string, number>>;
}

/** Site data that are read and written apart from the reading of the whole. */
export interface SiteRecords {
  /** What every site has witnessed of others; faulty files are reported, never skipped. Throws `SITE_DATA_INVALID`. */
  witnessed(root: string): Promise<SeenOf[]>;
  /** Writes the numbers into the site's own record and preserves all else in it, atomically. Throws `IO_ERROR`. */
  write(root: string, code: string, numbers: Pick<SiteNumbers, "epoch" | "serials">): Promise<void>;
}

/** A site with its stated numbers, what was observed of it, and why it cannot be trusted. */
export interface SiteState {
  code: string;
  name: string;
  stated: SiteNumbers;
  witnessed?: Pick<WitnessedSite, "identity" | "epoch" | "serials" | "at">;
  /** Why it has to be recovered; empty: no reason is known. */
  signs: string[];
  /** What is missing to such an extent that its data cannot be trusted; while there is something, its numbers are not judged. */
  shrunk: string[];
  /** Why no site may become its child after its last recovery, until it is accepted as it is or another one ends. */
  unsettled?: string;
}

export interface SerialPlan {
  site: string;
  signs: string[];
  /** Raised by one above the highest ever seen. */
  epoch: number;
  /** By counter. */
  proposals: Proposal[];
}

/** Resynchronises the numbers of a site that was recovered, so that none is issued a second time. */
export interface SerialRepair {
  sites(): Promise<SiteState[]>;
  /** Throws `NOT_FOUND`, `SITE_DATA_INVALID`. */
  site(code: string): Promise<SiteState>;
  /** Throws `NOT_FOUND`, `SITE_DATA_INVALID`, `SITE_DATA_SHRANK`. @param setAside Witnesses to ignore. */
  plan(code: string, setAside: readonly string[]): Promise<SerialPlan>;
  /** Writes the plan into the site data. Throws as `plan`, and `CONFLICT` when no number was lowered, `WITNESS_IMPLAUSIBLE`, `IO_ERROR`. */
  apply(by: Principal, code: string, setAside: readonly string[]): Promise<SerialPlan>;
  /** Restores the numbers from before the last raise. Throws `NOT_FOUND`, `CONFLICT` when numbers were issued since. */
  undo(by: Principal, code: string): Promise<SiteState>;
  /**
   * Accepts the site as it is: first what exists of it, and after that its numbers and how its last recovery ended. Throws `NOT_FOUND`,
   * `CONFLICT` when nothing speaks against it.
   */
  accept(by: Principal, code: string, reason: string): Promise<SiteState>;
}

export interface SerialRepairDeps {
  site: Pick<SiteView, "refresh">;
  watch: SiteWatch;
  records: SiteRecords;
  /** What systems prove of its counters. */
  objects: { issued(code: string): Promise<readonly IssuedNumber[]> };
  clock: Clock;
}

const DAY_MS = 86_400_000;

export function createSerialRepair({ site, watch, records, objects, clock }: SerialRepairDeps): SerialRepair {
  /** Runs changes of numbers one after another. */
  const inTurn = oneAtATime();

  function stateOf(of: Site, counts: SiteCounts | undefined): SiteState {
    const { code, name, numbers: stated = NO_NUMBERS } = of;
    const known = watch.witnessed(code);
    const { signs, shrunk, recovery } = watch.standing(of, counts);
    const unsettled = unsettledBy(recovery);
    const state = { code, name, stated, signs: [...signs], shrunk: [...shrunk], ...(unsettled === undefined ? {} : { unsettled }) };
    if (!known) return state;
    const { identity, epoch, serials, at } = known;
    return { ...state, witnessed: { ...(identity === undefined ? {} : { identity }), epoch, serials, at } };
  }

  async function find(code: string): Promise<{ root: string; of: Site; numbers: SiteNumbers; counts: SiteCounts | undefined }> {
    const { hierarchy, root, counts } = await site.refresh();
    const of = requireSite(hierarchy, code);
    return { root, of, numbers: of.numbers ?? NO_NUMBERS, counts: counts.get(code) };
  }

  async function planFor(code: string, setAside: readonly string[]): Promise<{ plan: SerialPlan; root: string; stated: SiteNumbers }> {
    const { root, of, numbers: stated, counts } = await find(code);
    const missing = watch.shrunk(code, counts);
    if (missing.length > 0) throw shrank(code, missing);
    const known = watch.witnessed(code);
    const issued = await objects.issued(code);
    const held = issued.map(({ witness, counter, number }): SeenOf => ({ witness, of: code, serials: { [counter]: number } }));
    const witnessed = (await records.witnessed(root)).filter((one) => one.of === code);
    // What systems hold is evidence for the counters that the site has, and no reason for another one.
    const counters = new Set([stated.serials, known?.serials ?? {}, ...witnessed.map(({ serials }) => serials)].flatMap(Object.keys));
    const proposals = [...counters]
      .sort()
      .map((counter) => propose(factsOf(counter, stated, { known, seen: [...witnessed, ...held], setAside: new Set(setAside) })));
    const epoch = 1 + Math.max(stated.epoch, known?.epoch ?? 1);
    return { plan: { site: code, signs: watch.setBack(of), epoch, proposals }, root, stated };
  }

  function factsOf(
    counter: string,
    stated: SiteNumbers,
    { known, seen, setAside }: { known: WitnessedSite | undefined; seen: readonly SeenOf[]; setAside: ReadonlySet<string> },
  ): CounterFacts {
    const testimonies = seen.flatMap(({ witness, serials }): Testimony[] => {
      const number = serials[counter];
      return number === undefined ? [] : [{ witness, number }];
    });
    const recorded = known?.serials[counter];
    const facts = { counter, stated: stated.serials[counter] ?? 0, setAside };
    if (!known || recorded === undefined) return { ...facts, testimonies };
    return {
      ...facts,
      testimonies: [...testimonies, { witness: "ledger", number: recorded }],
      lastKnown: { number: recorded, daysDown: (clock() - known.at) / DAY_MS },
      dailyRate: known.dailyRates[counter] ?? 0,
    };
  }

  return {
    async sites() {
      const { hierarchy, counts } = await site.refresh();
      return [...hierarchy.sites.values()].map((one) => stateOf(one, counts.get(one.code)));
    },
    async site(code) {
      const { of, counts } = await find(code);
      return stateOf(of, counts);
    },
    plan: async (code, setAside) => (await planFor(code, setAside)).plan,
    apply: (by, code, setAside) =>
      inTurn(async () => {
        const { plan, root, stated } = await planFor(code, setAside);
        if (plan.signs.length === 0) throw new SitewrightError("CONFLICT", `no number of ${code} was lowered: there is nothing to raise`);
        refuseImplausible(plan);
        const serials = Object.fromEntries(plan.proposals.map(({ counter, number }) => [counter, number]));
        const numbers = { ...stated, epoch: plan.epoch, serials };
        const more = { before: JSON.stringify(stated), ...(setAside.length > 0 ? { setAside: setAside.join(" ") } : {}) };
        await watch.record(by, "serials-raised", code, { numbers, more });
        await records.write(root, code, numbers);
        await proveWritten(code, numbers);
        return plan;
      }),
    undo: (by, code) =>
      inTurn(async () => {
        const { root, numbers } = await find(code);
        const raised = watch.witnessed(code)?.raised;
        if (!raised) throw new SitewrightError("NOT_FOUND", `the numbers of ${code} were not raised, or that was undone`);
        const { to, from } = raised;
        if (!areEqual(numbers.serials, to.serials))
          throw new SitewrightError("CONFLICT", `${code} has issued numbers since they were raised: going back would issue them again`);
        await watch.record(by, "serials-undone", code, { numbers: from });
        await records.write(root, code, from);
        await proveWritten(code, from);
        return now(code);
      }),
    accept: (by, code, reason) =>
      inTurn(async () => {
        const { of, numbers, counts = {} } = await find(code);
        const { signs, shrunk, unsettled } = stateOf(of, counts);
        const against = [...signs, ...(unsettled === undefined ? [] : [unsettled])];
        if (shrunk.length === 0 && against.length === 0)
          throw new SitewrightError(
            "CONFLICT",
            `nothing of ${code} is missing, and nothing speaks against its numbers or its last recovery: there is nothing to accept`,
          );
        if (shrunk.length > 0) await watch.acceptCounts(by, code, { counts, more: { reason, saw: shrunk.join("; ") } });
        else {
          await watch.record(by, "site-accepted", code, { numbers, more: { reason, saw: against.join("; ") } });
          if (signs.length > 0) await watch.acceptPackages(by, code);
        }
        return now(code);
      }),
  };

  async function now(code: string): Promise<SiteState> {
    const { of, counts } = await find(code);
    return stateOf(of, counts);
  }

  async function proveWritten(code: string, { epoch, serials }: Pick<SiteNumbers, "epoch" | "serials">): Promise<void> {
    const { numbers } = await find(code);
    if (numbers.epoch === epoch && areEqual(numbers.serials, serials)) return;
    const message = `the numbers of ${code} were written, and the site data state others: does something else write there?`;
    throw new SitewrightError("IO_ERROR", message, { path: `${code}/site.yaml` });
  }
}

function shrank(code: string, missing: readonly string[]): SitewrightError {
  return new SitewrightError(
    "SITE_DATA_SHRANK",
    `most of the site data of ${code} are missing: ${missing.join("; ")}. Bring them back, or take them as they are with 'sitewright site accept ${code} --reason TEXT', before its numbers are checked`,
  );
}

function refuseImplausible({ site, proposals }: SerialPlan): void {
  const lines = proposals.flatMap(({ counter, implausible }) =>
    implausible.map(({ witness, number }) => `${witness} states ${number} for "${counter}"`),
  );
  if (lines.length === 0) return;
  throw new SitewrightError(
    "WITNESS_IMPLAUSIBLE",
    `${lines.join("; ")}: far above what all others have seen of ${site}. Look at that witness; to continue without it: --set-aside WITNESS`,
  );
}

function areEqual(some: SiteNumbers["serials"], others: SiteNumbers["serials"]): boolean {
  const counters = Object.keys(some);
  return counters.length === Object.keys(others).length && counters.every((counter) => some[counter] === others[counter]);
}
