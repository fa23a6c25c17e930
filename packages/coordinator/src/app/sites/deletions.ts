import { SitewrightError } from "@sitewright/protocol";
import {
  changedAsDetail,
  confirmationOf,
  targetAbout,
  targetKey,
  targetName,
  targetOf,
  targetOptions,
  type AskedTarget,
  type Deletion,
  type DeletionTarget,
} from "../../domain/deletion/deletion.ts";
import { phasesOfTarget, planDeletion, type DeletionPlan } from "../../domain/deletion/deletion-plan.ts";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import type { Quarantine } from "../../domain/recovery/quarantine.ts";
import type { Reference } from "../../domain/deletion/references.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import type { Board } from "../runs/board.ts";
import type { Canceller } from "../runs/cancel.ts";
import type { ReferenceCleaner } from "./deletion-references.ts";
import type { RecoveryBook } from "../recovery/recovery-book.ts";
import type { DeletionBook } from "./deletion-book.ts";
import { requireSite, requireSystem, type SiteView } from "./site-view.ts";

/** Deleting a site, or a role of a system: it is put out of force, its work ends, and names of it are taken out of the site data. */
export interface DeletionControl {
  /** Reads what is deleted. To be called before the site data are read. */
  load(): Promise<void>;
  /** What is out of force, in the order in which it was deleted. */
  list(): Deletion[];
  /**
   * Throws `BAD_REQUEST` for no target or two, `NOT_FOUND`, `CONFLICT` for what is deleted already, `SITE_DATA_INVALID`.
   * @param recovery Open recovery that orders it, by its id or its site: it does not forbid the deletion. Throws `NOT_FOUND`, `CONFLICT`.
   */
  plan(asked: AskedTarget, recovery?: string): Promise<DeletionPlan>;
  /**
   * Throws as `plan`, and what blocks it: `CONFLICT`, `SITE_QUARANTINED`; `CONFIRMATION_NEEDED` for another text than the code of the
   * site or the name of the system.
   */
  apply(by: Principal, asked: AskedTarget, word: ConfirmedDeletion): Promise<DeletionPlan>;
  /**
   * Puts it in force again as the hierarchy states it; cancelled orders stay cancelled. Throws `BAD_REQUEST`, `NOT_FOUND`.
   * @returns With the files that were edited since, and so not changed back.
   */
  undo(by: Principal, asked: AskedTarget): Promise<UndoneDeletion>;
  /** Called periodically: completes what was interrupted, and cancels orders of what is deleted that were made meanwhile. */
  look(): Promise<void>;
}

/** @param recovery As for the plan. */
export interface ConfirmedDeletion {
  confirm: string;
  reason: string;
  recovery?: string;
}

export type UndoneDeletion = Deletion & { left: string[] };

export interface DeletionControlDeps {
  site: Pick<SiteView, "refresh" | "last">;
  book: DeletionBook;
  recoveries: Pick<RecoveryBook, "ordering" | "openOf">;
  cleaner: ReferenceCleaner;
  fleet: Pick<Fleet, "held">;
  links: Pick<AgentLinks, "isConnected">;
  board: Pick<Board, "phases">;
  canceller: Pick<Canceller, "cancel" | "isCancelling">;
  quarantineOf: (site: string) => Quarantine | undefined;
  log: Log;
}

export function createDeletionControl(deps: DeletionControlDeps): DeletionControl {
  const { site, book, recoveries, cleaner, fleet, links, board, canceller, quarantineOf, log } = deps;
  const inTurn = oneAtATime();

  interface Planned {
    plan: DeletionPlan;
    reading: SiteDataReading;
    references: Reference[];
    /** Id of the recovery that orders it. */
    orderedBy: string | undefined;
  }

  async function planFor(target: DeletionTarget, recovery: string | undefined): Promise<Planned> {
    const orderedBy = recovery === undefined ? undefined : recoveries.ordering(recovery);
    const reading = await site.refresh();
    const { hierarchy, servedBy, root } = reading;
    refuseUnknown(target, hierarchy);
    const references = await cleaner.find(root, target, hierarchy);
    const plan = planDeletion(target, {
      hierarchy,
      servedBy,
      held: fleet.held,
      isConnected: links.isConnected,
      phases: board.phases().toArray(),
      references,
      // A deletion sends the site nothing: unlike runs, it need not wait until the numbers are raised.
      isQuarantined: (code) => quarantineOf(code) !== undefined && (orderedBy === undefined || recoveries.openOf(code) !== orderedBy),
    });
    return { plan, reading, references, orderedBy };
  }

  function refuseUnknown(target: DeletionTarget, hierarchy: Hierarchy): void {
    const deleted = book.all().get(targetKey(target));
    if (deleted) {
      const message = `${targetName(target)} was deleted by ${deleted.by} already: 'sitewright hierarchy delete ${targetOptions(target)} --undo' puts it in force again`;
      throw new SitewrightError("CONFLICT", message);
    }
    if ("site" in target) return void requireSite(hierarchy, target.site);
    requireSystem(hierarchy, target.system);
    const { roles = [] } = hierarchy.systems.get(target.system) ?? {};
    if (roles.includes(target.role)) return;
    throw new SitewrightError("NOT_FOUND", `${target.system} has no role ${target.role}; it has: ${roles.join(", ") || "none"}`);
  }

  async function drain(target: DeletionTarget): Promise<void> {
    const open = phasesOfTarget(target, board.phases().toArray()).filter(({ id }) => !canceller.isCancelling(id));
    if (open.length === 0) return;
    log.warn({ deleted: targetKey(target), orders: open.length }, "the orders of what was deleted are cancelled");
    await canceller.cancel(open);
  }

  /** The entry holds: what cannot be read now is read again by itself. */
  const putInForce = async (): Promise<void> => void (await site.refresh().catch(() => undefined));

  return {
    load: cleaner.load,
    list: () => [...book.all().values()],
    plan: async (asked, recovery) => (await planFor(targetOf(asked), recovery)).plan,
    apply: (by, asked, { confirm, reason, recovery }) =>
      inTurn(async () => {
        // The way back is stored before the entry of the ledger that would refuse it.
        refuseListener(by);
        const target = targetOf(asked);
        const { plan, reading, references, orderedBy } = await planFor(target, recovery);
        refuseBlocked(target, plan);
        const expected = confirmationOf(target);
        if (confirm !== expected)
          throw new SitewrightError(
            "CONFIRMATION_NEEDED",
            `to delete ${targetName(target)}, confirm it with "${expected}": nothing was changed`,
          );
        const { about, details } = targetAbout(target, reading.hierarchy);
        const changed = references.flatMap(({ change }) => change?.path ?? []);
        await cleaner.prepare(target, references);
        await book.keep(by, "deleted", {
          about,
          details: { ...details, reason, ...(orderedBy === undefined ? {} : { recovery: orderedBy }), ...changedAsDetail(changed) },
        });
        log.warn({ deleted: targetKey(target), by: by.name }, `${targetName(target)} was deleted`);
        await putInForce();
        await drain(target);
        await cleaner.settle(reading.root);
        return plan;
      }),
    undo: (by, asked) =>
      inTurn(async () => {
        const target = targetOf(asked);
        const deletion = book.all().get(targetKey(target));
        if (!deletion) throw new SitewrightError("NOT_FOUND", `${targetName(target)} was not deleted, or that was undone`);
        const { hierarchy, root } = await site.refresh();
        await book.keep(by, "deletion-undone", targetAbout(target, hierarchy));
        log.warn({ deleted: targetKey(target), by: by.name }, `the deletion of ${targetName(target)} was undone`);
        // A coordinator that was restored from a backup has the entry and not the texts.
        const left = cleaner.has(target) ? await cleaner.settle(root) : [...deletion.changed];
        await putInForce();
        return { ...deletion, left };
      }),
    async look() {
      const root = site.last()?.root;
      if (root !== undefined) await inTurn(() => cleaner.settle(root));
      for (const { target } of book.all().values()) await drain(target);
    },
  };
}

function refuseBlocked(target: DeletionTarget, { blocks }: DeletionPlan): void {
  const [first] = blocks;
  if (!first) return;
  throw new SitewrightError(first.code, `${targetName(target)} cannot be deleted: ${blocks.map(({ message }) => message).join("; ")}`);
}
