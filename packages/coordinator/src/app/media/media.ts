import { packageOf, SitewrightError, unitKey, type Held } from "@sitewright/protocol";
import type { MediaPlan, MediaRequest, MediaUnit, TakenReceipt } from "@sitewright/protocol/api";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import { isHeld, type Quarantine } from "../../domain/recovery/quarantine.ts";
import { planRun } from "../../domain/runs/plan-run.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { gathered } from "../../domain/runs/selection.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContentIndex } from "../ports/content.ts";
import type { RunGuard } from "../recovery/run-guard.ts";
import { factsOf, problemsOf, type Facts } from "../runs/index-sources.ts";
import type { Preparer, Selected } from "../runs/prepare.ts";
import type { SiteView } from "../sites/site-view.ts";
import { stepThrough } from "../step-through.ts";
import { createReceipts, refuseOlder, type ReceiptDeps } from "./receipts.ts";
import { createStatements, messagesOf, type StatementDeps } from "./statements.ts";
import { createWays, type WayDeps } from "./ways.ts";

/** What goes to systems on removable media, and what comes back. */
export interface Media {
  /** Changes nothing. @param signal Aborted: nobody waits for it any more. Throws as `Operations.start` does, and as `Statements.needs`. */
  plan(asked: MediaRequest, signal?: AbortSignal): Promise<MediaPlan>;
  /** The orders of a medium: numbered, and in the ledger. Throws as `plan` does. */
  order(by: Principal, asked: MediaRequest, signal?: AbortSignal): Promise<MediaPlan>;
  receipt(by: Principal, base64: string): Promise<TakenReceipt>;
}

export interface MediaDeps extends StatementDeps, WayDeps, Omit<ReceiptDeps, "statements" | "fleet" | "registry"> {
  registry: StatementDeps["registry"] & ReceiptDeps["registry"];
  preparer: Pick<Preparer, "select">;
  guard: Pick<RunGuard, "check" | "ordering">;
  quarantineOf: (site: string) => Quarantine | undefined;
  index: Pick<ContentIndex, "index">;
  site: Pick<SiteView, "checkRoot" | "describe">;
  fleet: Pick<Fleet, "heldUnit" | "statedAt" | "next" | "lastSeenHere">;
  ledger: Pick<Ledger, "record" | "page">;
  clock: Clock;
}

const FOREVER = new AbortController().signal;
const NOT_ORDERED = { epoch: 0, counter: 0 };

/** What a target stated last: when, ms since 1970, what it holds by unit key, its key, and the packages that it wants. */
interface Target {
  madeAt: number;
  held: ReadonlyMap<string, Held>;
  key: Uint8Array;
  packages: ReadonlySet<string>;
}

export function createMedia(deps: MediaDeps): Media {
  const { preparer, guard, quarantineOf, index, site, fleet, ledger, clock, coordinatorId } = deps;
  const ways = createWays(deps);
  const statements = createStatements(deps);
  const receipt = createReceipts({ ...deps, statements });

  async function targetsOf(needs: readonly string[]): Promise<Map<string, Target>> {
    const targets = new Map<string, Target>();
    for (const one of needs) {
      const { system, madeAt, key, messages, packages } = await statements.needs(one);
      // Of several of one system, whatever their order, the last one holds: with a lost key, or content that is gone, nothing could be imported.
      if ((targets.get(system)?.madeAt ?? 0) > madeAt) continue;
      const units = messagesOf(messages).flatMap((message) => (message.kind === "inventory" ? message.units : []));
      targets.set(system, { madeAt, held: new Map(units.map((held) => [unitKey(held.unit), held])), key, packages: new Set(packages) });
    }
    for (const [system, { held }] of targets)
      await refuseOlder(
        { what: "needs", system, advice: "have them stated again with 'sitewright-agent media want'" },
        [...held.values()],
        deps,
      );
    return targets;
  }

  async function select({ options: given }: MediaRequest, targets: ReadonlyMap<string, Target>): Promise<Selected> {
    const options = given.recovery === undefined ? given : { ...given, recovery: guard.ordering(given.recovery) };
    const selected = await preparer.select("rebuild", options);
    const frozen = selected.assignments.find(({ site: code }) => isHeld(quarantineOf(code), "activate", selected.options.recovery));
    if (frozen)
      throw new SitewrightError(
        "SITE_QUARANTINED",
        `nothing can be sent to ${frozen.site} before its recovery has ended: leave it out, or name the recovery that orders it with --recovery`,
      );
    const isWanted = ({ system, unit }: Selected["assignments"][number]): boolean => {
      const wanted = targets.get(system)?.packages;
      return !wanted || wanted.size === 0 || wanted.has(packageOf(unit) ?? "");
    };
    return { ...selected, assignments: selected.assignments.filter(isWanted) };
  }

  async function indexAll(selected: Selected, witness: boolean, signal: AbortSignal): Promise<Facts> {
    const { root, options } = selected;
    const { rehash, acceptOlder = false } = options;
    const facts = await factsOf(
      selected,
      async (source) => {
        try {
          return await index.index(source, { root, witness, rehash, acceptOlder, onProgress: () => undefined, signal });
        } catch (error) {
          const { code, message } = SitewrightError.from(error);
          return { leftOut: { code, message } };
        }
      },
      signal,
    );
    signal.throwIfAborted();
    await site.checkRoot(root);
    return facts;
  }

  async function make(asked: MediaRequest, isOrder: boolean, signal: AbortSignal): Promise<MediaPlan> {
    const targets = await targetsOf(asked.needs ?? []);
    const selected = await select(asked, targets);
    const warnings = await guard.check(isOrder ? "rebuild" : "plan", selected);
    const facts = await indexAll(selected, isOrder, signal);
    signal.throwIfAborted();
    const generation = isOrder ? await fleet.next() : NOT_ORDERED;
    const run: Run = { id: "medium", kind: "rebuild", state: "running", options: selected.options, createdAt: clock(), problems: [] };
    const { value: phases } = await stepThrough(
      planRun({
        run,
        assignments: selected.assignments,
        hierarchy: selected.hierarchy,
        facts,
        owned: new Map(),
        held: (system, unit) =>
          targets.get(system) ? targets.get(system)?.held.get(unitKey(unit)) : fleet.heldUnit(system, unitKey(unit)),
        describe: site.describe,
        generation,
        now: clock(),
        idOf: String,
      }),
    );
    const stagings = phases.filter(({ task }) => task === "stage");
    const possible = stagings.filter(({ state }) => state === "waiting");
    const wanted = possible.filter(
      ({ system, unit, manifest }) => targets.get(system)?.held.get(unitKey(unit))?.live?.manifest !== manifest,
    );
    const { goes, parts, times } = await ways(wanted, selected.hierarchy, asked.courier);
    const units = new Map<string, { index: number; unit: MediaUnit }>();
    for (const phase of wanted)
      if (!units.has(unitKey(phase.unit))) units.set(unitKey(phase.unit), { index: units.size, unit: mediaUnit(phase, selected) });
    return {
      coordinator: coordinatorId,
      at: clock(),
      units: [...units.values()].map(({ unit }) => {
        const part = parts.get(unit.manifest);
        return part === undefined ? unit : { ...unit, part };
      }),
      orders: wanted.map(({ id, system, unit }, i) => ({
        system,
        unit: units.get(unitKey(unit))?.index ?? 0,
        by: goes[i] ? "medium" : "line",
        ...times.get(id),
      })),
      leftOut: stagings.flatMap(({ system, unit, outcome }) =>
        outcome?.kind === "failed" ? [{ system, unit, code: outcome.code, message: outcome.message }] : [],
      ),
      there: possible.length - wanted.length,
      problems: gathered([...selected.problems, ...warnings, ...problemsOf(facts, selected.problems)]),
      keys: [...targets].map(([system, { key }]) => ({ system, key: Buffer.from(key).toString("base64") })),
      held: [...targets].map(([system, { held }]) => ({ system, manifests: manifestsOf(held) })),
      graceMs: selected.options.graceMs,
      acceptOlder: selected.options.acceptOlder ?? false,
      ...(isOrder ? { generation } : {}),
    };
  }

  return {
    plan: (asked, signal = FOREVER) => make(asked, false, signal),
    async order(by, asked, signal = FOREVER) {
      refuseListener(by);
      const plan = await make(asked, true, signal);
      const goes = plan.orders.filter((order) => order.by === "medium");
      await ledger.record(by, "medium-ordered", {
        details: {
          generation: `${plan.generation?.epoch}/${plan.generation?.counter}`,
          systems: [...new Set(goes.map(({ system }) => system))].join(", "),
          units: [...new Set(goes.map(({ unit }) => unitKey((plan.units[unit] as MediaUnit).unit)))].join(", "),
          orders: String(goes.length),
        },
      });
      return plan;
    },
    receipt,
  };
}

function mediaUnit(
  { unit, manifest = "", manifestBytes, files, sourceBytes, sourceVersion, content }: Phase,
  { units, root }: Selected,
): MediaUnit {
  const owned = units.get(unitKey(unit))?.owned ?? [];
  return {
    unit,
    manifest,
    manifestBytes,
    files,
    sourceBytes,
    sourceVersion,
    ...(content === undefined ? {} : { content }),
    root,
    owned: owned.map(({ path, source }) => ({ path, source })),
  };
}

/** What is live or staged: chunks of that need not be brought. */
function manifestsOf(held: ReadonlyMap<string, Held>): string[] {
  return [...new Set([...held.values()].flatMap(({ live }) => live?.manifest ?? []))];
}
