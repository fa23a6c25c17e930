import { compareGenerations, formatGeneration, SitewrightError, unitKey, type Held } from "@sitewright/protocol";
import type { TakenReceipt } from "@sitewright/protocol/api";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import { createInventoryDraft } from "../../domain/sites/held.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { LogBook } from "../agents/log-book.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AgentEvents, AgentRegistry } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { Acks } from "../runs/acks.ts";
import { messagesOf, type Statements } from "./statements.ts";

export interface ReceiptDeps {
  statements: Pick<Statements, "receipt">;
  events: Pick<AgentEvents, "inventory" | "result" | "isDescribed">;
  acks: Pick<Acks, "acked">;
  fleet: Pick<Fleet, "heldUnit" | "statedAt">;
  registry: Pick<AgentRegistry, "joined">;
  logBook: Pick<LogBook, "returned">;
  ledger: Pick<Ledger, "record" | "page">;
  clock: Clock;
}

/** By which the clock of a system may be ahead, ms. */
const AHEAD_MS = 24 * 60 * 60 * 1000;
/** Receipts of a system, newest first, that are known again when they come back. */
const REMEMBERED = 100;

/**
 * What came back from a system without a line counts as if its agent had sent it. Throws as `Statements.receipt` does, and
 * `STALE_GENERATION` for a receipt that is older than what is known.
 */
export function createReceipts({ statements, events, acks, fleet, registry, logBook, ledger, clock }: ReceiptDeps) {
  /**
   * One that names none of the units that are newer is told by its time alone. @returns True: it was taken in before the last one, and comes again
   * on a medium that still has it.
   */
  async function isEarlier(system: string, madeAt: number): Promise<boolean> {
    const { entries } = await ledger.page({ kind: "media-receipt-taken", system, limit: String(REMEMBERED) });
    const taken = entries.map(({ details }) => Date.parse(details?.["made"] ?? ""));
    const [last = NaN] = taken;
    // With the time of a clock that ran ahead none could be compared until then.
    if (!(madeAt < last) || last > (entries[0]?.at ?? 0) + AHEAD_MS) return false;
    if (taken.includes(madeAt)) return true;
    if (await isOfEarlierAgent(registry, system, entries[0]?.at)) return false;
    const [then, since] = [madeAt, last].map((ms) => new Date(ms).toISOString());
    throw older(
      receiptOf(system),
      `it was made at ${then}, and one of ${since} was taken in (if its clock was set back, have one made after that time)`,
    );
  }

  return async (by: Principal, base64: string): Promise<TakenReceipt> => {
    refuseListener(by);
    const { system, medium = "", madeAt, lastResult, units, messages, log } = await statements.receipt(base64);
    const said = messagesOf(messages);
    const acked = await acks.acked(system);
    const inventory = said.flatMap((message) => (message.kind === "inventory" ? [message] : []));
    const held = inventory.flatMap((part) => part.units);
    const results = said.flatMap((message) => (message.kind === "result" && message.number > acked ? [message] : []));
    const count = (state: string): number => units.filter((unit) => unit.state === state).length;
    const taken = {
      live: count("live"),
      incomplete: count("incomplete"),
      failed: count("failed"),
      units: held.filter(({ live }) => live).length,
      results: results.length,
    };
    if (await isEarlier(system, madeAt)) return { system, medium, ...taken, isEarlier: true };
    await refuseOlder(receiptOf(system), held, { fleet, registry });
    if (lastResult < acked)
      throw older(receiptOf(system), `its agent had given ${lastResult} results then, and ${acked} of them are known`);
    await ledger.record(by, "media-receipt-taken", {
      about: { system },
      details: {
        ...(medium === "" ? {} : { medium }),
        made: new Date(madeAt).toISOString(),
        ...Object.fromEntries(Object.entries(taken).map(([name, value]) => [name, String(value)])),
        ...(units.length === 0
          ? {}
          : { reports: units.map(({ unit, state, code = "" }) => `${unitKey(unit)} ${state} ${code}`.trim()).join(", ") }),
      },
    });
    if (log.length > 0) logBook.returned(system, log);
    for (const result of results) await events.result(system, result);
    const last = inventory.at(-1);
    if (last) {
      const draft = createInventoryDraft((unit) => events.isDescribed(system, unit));
      draft.add(held);
      await events.inventory(system, { ...draft.end(), digest: last.digest, seenAt: clock() });
    }
    return { system, medium, ...taken, isEarlier: false };
  };
}

/** What an agent stated on a medium, and what to do if it is no longer so. */
interface Stated {
  what: "receipt" | "needs";
  system: string;
  advice: string;
}

function receiptOf(system: string): Stated {
  return { what: "receipt", system, advice: "nothing of it was taken in" };
}

/** A generation only rises on a system: what states a lower one was made before. Throws `STALE_GENERATION`. */
export async function refuseOlder(
  stated: Stated,
  held: readonly Held[],
  { fleet, registry }: Pick<ReceiptDeps, "fleet" | "registry">,
): Promise<void> {
  const { system } = stated;
  for (const { unit, highest } of held) {
    const before = fleet.heldUnit(system, unitKey(unit))?.highest;
    if (!before || (highest && compareGenerations(highest, before) >= 0)) continue;
    if (await isOfEarlierAgent(registry, system, fleet.statedAt(system))) return;
    throw older(
      stated,
      `${unit.name} was at ${highest ? formatGeneration(highest) : "no generation"} then, and at ${formatGeneration(before)} since`,
    );
  }
}

/**
 * Whether the agent has joined again since: a system that was installed anew holds what it imported then, however old that is. What the agent
 * before it signed is refused by its key. @param at What is known of it was stated then, ms since 1970.
 */
async function isOfEarlierAgent(registry: ReceiptDeps["registry"], system: string, at = Infinity): Promise<boolean> {
  return at < ((await registry.joined()).get(system) ?? -Infinity);
}

function older({ what, system, advice }: Stated, why: string): SitewrightError {
  const is = what === "needs" ? "are" : "is";
  return new SitewrightError("STALE_GENERATION", `the ${what} of ${system} ${is} older than what is known of it: ${why}; ${advice}`);
}
