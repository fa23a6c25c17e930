import { RUN_KINDS, SitewrightError, type TaskKind, type WaitReason } from "@sitewright/protocol";
import { sitesAbove } from "../../domain/recovery/connection-check.ts";
import type { Quarantine } from "../../domain/recovery/quarantine.ts";
import type { Phase, Undecided } from "../../domain/runs/run.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { Log } from "../log.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { Board } from "../runs/board.ts";
import type { Preparer } from "../runs/prepare.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { ObjectRepair } from "./object-repair.ts";
import type { RecoveryBook } from "./recovery-book.ts";

/**
 * Orders that would replace definitions about which no operator has decided. A run is checked when it is started; what its systems hold is only
 * known of those that are connected then, and may change before their turn comes. So each order is checked once more before it is released.
 */
export interface UndecidedOrders {
  /** Why an order to a connected system waits; undefined: it may go. What is not known is looked up in the background. */
  waitsFor(phase: Phase): UndecidedWait | undefined;
  /** Whether definitions have to be compared before an order goes. */
  compares(phase: Phase): boolean;
  /** Something was decided: all is looked up again. */
  decided(): void;
  stop(): Promise<void>;
}

export interface UndecidedWait {
  reason: WaitReason;
  undecided?: Undecided;
}

export interface UndecidedOrdersDeps {
  board: Pick<Board, "runs" | "get">;
  links: Pick<AgentLinks, "agent">;
  site: Pick<SiteView, "hierarchy">;
  quarantineOf: (site: string) => Quarantine | undefined;
  recoveries: Pick<RecoveryBook, "endOf">;
  objects: Pick<ObjectRepair, "undecided">;
  preparer: Pick<Preparer, "renew">;
  clock: Clock;
  steady: Clock;
  log: Log;
  schedule: () => void;
}

/** They replace what lies on a client access point, or prepare that. */
const REPLACES: ReadonlySet<TaskKind> = new Set(["stage", "activate", "remove"]);
/** How long nothing is looked up again: what was found holds, and what could not be asked is left alone; ms. */
const LOOK_MS = 30_000;
/** An order that waits is judged by what its agent stated in this time: lists of definitions would fill a slow line. ms. */
const MEMORY_MS = 15 * 60_000;

/** What was found about one order. */
interface Verdict {
  /** By what it was found: another connection, or another decision, is another case. */
  of: string;
  /** By the steady clock. */
  at: number;
  found: Undecided | "none" | "unknown";
  /** It was held at least once. */
  wasHeld: boolean;
}

export function createUndecidedOrders(deps: UndecidedOrdersDeps): UndecidedOrders {
  const { board, links, site, quarantineOf, recoveries, objects, preparer, clock, steady, log, schedule } = deps;
  const verdicts = new Map<string, Verdict>();
  const looking = new Map<string, Promise<void>>();
  const stopped = new AbortController();
  let decisions = 0;

  /**
   * The sites whose definitions this order must not lose. Those of a site lie on the client access points of the sites below it, too. An order
   * from before the end of a recovery stays one: that a recovery has ended decides about no object.
   */
  function guardedBy(phase: Phase): string[] {
    const run = board.runs().get(phase.run);
    if (phase.unit.role !== "cap" || !REPLACES.has(phase.task) || !run) return [];
    const hierarchy = site.hierarchy();
    const codes = hierarchy?.sites.has(phase.site) ? sitesAbove(hierarchy, phase.site) : [phase.site];
    return codes.filter((code) => quarantineOf(code) !== undefined || (recoveries.endOf(code) ?? 0) >= run.createdAt);
  }

  /** @param since What its agent stated since then counts, ms since 1970. */
  async function findIn(codes: readonly string[], { system }: Phase, since: number): Promise<Verdict["found"]> {
    let isAsked = true;
    for (const code of codes) {
      const { findings, unreached } = await objects.undecided(code, new Set([system]), since);
      if (findings.length > 0) return { site: code, definitions: findings.length };
      isAsked &&= unreached.length === 0;
    }
    return isAsked ? "none" : "unknown";
  }

  async function look(phase: Phase, codes: readonly string[]): Promise<Verdict["found"]> {
    const began = clock();
    const known = await findIn(codes, phase, began - MEMORY_MS);
    if (known !== "none") return known;
    // Before it goes, what lies there now counts.
    const found = await findIn(codes, phase, began - LOOK_MS);
    if (found === "none" && isRolledOut(phase)) await preparer.renew(phase, stopped.signal);
    return found;
  }

  /** What its site data have now is not what they had when it was planned. A staged one is only staged again when it had to wait. */
  function isRolledOut({ id, run, task }: Phase): boolean {
    const { kind } = board.runs().get(run) ?? {};
    return kind !== undefined && RUN_KINDS[kind].needsIndex && (task === "stage" || verdicts.get(id)?.wasHeld === true);
  }

  async function judge(phase: Phase, codes: readonly string[], of: string): Promise<void> {
    const { id } = phase;
    const before = verdicts.get(id)?.found;
    const found = await look(phase, codes).catch((error: unknown): Verdict["found"] => {
      const { code, message } = SitewrightError.from(error);
      log.warn({ ...aboutPhase(phase), code, error: message }, "what an order would replace could not be compared: it waits");
      return typeof before === "object" ? before : "unknown";
    });
    if (stopped.signal.aborted) return;
    if (typeof found === "object" && typeof before !== "object")
      log.warn(
        { ...aboutPhase(phase), code: "OBJECTS_UNDECIDED", ...found },
        "an order waits: it would replace what no operator has decided about",
      );
    for (const known of verdicts.keys()) if (!board.get(known)) verdicts.delete(known);
    verdicts.set(id, { of, at: steady(), found, wasHeld: typeof found === "object" || verdicts.get(id)?.wasHeld === true });
    schedule();
  }

  return {
    waitsFor(phase) {
      const codes = guardedBy(phase);
      const agent = codes.length > 0 ? links.agent(phase.system) : undefined;
      // An agent of an earlier version can never be asked; the run says so.
      if (agent?.answersQueries !== true) return undefined;
      const of = [agent.since, decisions, ...codes].join(" ");
      const known = verdicts.get(phase.id);
      const isCurrent = known !== undefined && known.of === of && steady() - known.at < LOOK_MS;
      if (!isCurrent && !looking.has(phase.id) && !stopped.signal.aborted) {
        const work = judge(phase, codes, of).finally(() => looking.delete(phase.id));
        looking.set(phase.id, work);
      }
      if (typeof known?.found === "object") return { reason: "objects-undecided", undecided: known.found };
      return isCurrent && known.found === "none" ? undefined : { reason: "agent-inventory" };
    },
    compares: (phase) => guardedBy(phase).length > 0,
    decided() {
      decisions += 1;
      schedule();
    },
    async stop() {
      stopped.abort();
      await Promise.all(looking.values());
    },
  };
}
