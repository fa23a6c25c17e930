import { createHash, randomBytes } from "node:crypto";
import type { JoinToken } from "@sitewright/protocol/api";
import { RUN_KINDS, packageOf, SitewrightError, unitKey, type RunKind, type RunTotals } from "@sitewright/protocol";
import type { Principal } from "../../domain/principal.ts";
import type { Phase, Run, RunOptions } from "../../domain/runs/run.ts";
import { prepared } from "../../domain/runs/retry.ts";
import { gathered } from "../../domain/runs/selection.ts";
import { phasesOf } from "./board.ts";
import type { Canceller } from "./cancel.ts";
import type { ForecastKeeper, RunForecast } from "../forecast/forecasts.ts";
import { createAssigned } from "../sites/assigned.ts";
import { createSystemPages, type SystemPages } from "../sites/system-pages.ts";
import { makeOverview, type Overview, type OverviewDeps } from "../sites/overview.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { AgentRegistry } from "../ports/agents.ts";
import type { RunGuard } from "../recovery/run-guard.ts";
import { createWholeRun } from "./pages/whole-run.ts";
import { createRunPages } from "./pages/run-pages.ts";
import type { RunPages } from "./pages/run-views.ts";
import { createPlans, type Plan, type PlanPage } from "../forecast/plans.ts";
import type { Preparer } from "./prepare.ts";
import { createRetry } from "./retry.ts";
import { requireSystem } from "../sites/site-view.ts";

/** Without i, l, o and u, which are easily confused when read aloud or typed. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 8;

/** Short enough to be typed; the store refuses an id that another run has. */
function newRunId(): string {
  return Array.from(randomBytes(LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join("");
}

export type { AddressView, Overview, SystemView } from "../sites/overview.ts";
export type { Plan } from "../forecast/plans.ts";
export type { RunTotals } from "@sitewright/protocol";

/** A run with its phases: a snapshot; events after `sequence` keep it current. */
export interface RunView {
  run: Run;
  /** In the order of the plan. */
  phases: Phase[];
  totals: RunTotals;
  sequence: number;
}

/** A package as the site data describe it. */
export interface PackageView {
  id: string;
  /** Absent: none is stated. */
  name?: string;
  sourceVersion?: number;
}

/** The use cases of operators; each throws SitewrightErrors that say what to do instead. */
export interface Operations {
  pages: RunPages;
  systems: SystemPages;
  /** Checks immediately (`BAD_REQUEST`, `NOTHING_SELECTED`, `SITE_DATA_INVALID`, `SITE_QUARANTINED`, `OBJECTS_UNDECIDED`; `NOT_FOUND` and `CONFLICT` of its recovery), then prepares in the background. */
  start(by: Principal, kind: RunKind, options: Partial<RunOptions>): Promise<Run>;
  /** Releases nothing more; agents finish what they have begun. Throws `NOT_FOUND`, `CONFLICT`, as the next two do. */
  pause(by: Principal, run: string): Promise<Run>;
  resume(by: Principal, run: string): Promise<Run>;
  /** Returns immediately; working agents get some seconds to stop. */
  cancel(by: Principal, run: string): Promise<Run>;
  /** Retries the failed phases of a run that has ended; throws `NOT_FOUND`, `CONFLICT`, and what `start` throws. */
  retry(by: Principal, run: string): Promise<Run>;
  run(id: string): Promise<RunView>;
  /** A page of the result of a run of the kind `plan`. Throws `NOT_FOUND`, `BAD_REQUEST`. */
  plan(run: string, page?: PlanPage): Promise<Plan>;
  /** When a run will complete: the first forecast and the current one; or how it went. Throws `NOT_FOUND`. */
  forecast(run: string): Promise<RunForecast>;
  /** Newest first. */
  runs(limit: number): Promise<Run[]>;
  overview(): Promise<Overview>;
  /** Those that at least one system serves: of the sites and systems that are named, or of all. */
  packages(of?: { sites: readonly string[]; systems: readonly string[] }): Promise<PackageView[]>;
  /** Lets one agent join, once, under this name. Throws `SYSTEM_UNKNOWN`. @returns The token and its expiry, ms since 1970. */
  createJoinToken(by: Principal, system: string, ttlMs?: number): Promise<JoinToken>;
}

export interface OperationsDeps extends OverviewDeps {
  canceller: Canceller;
  preparer: Preparer;
  registry: AgentRegistry;
  ledger: Pick<Ledger, "record">;
  guard: RunGuard;
  forecasts: ForecastKeeper;
  /** Digest of the coordinator's CA, which a join token carries. */
  caHash: string;
  log: Log;
  schedule: () => void;
}

const TOKEN_LIFE_MS = 60 * 60 * 1000;

/** A change of a run that is only possible from one state. */
interface Steering {
  verb: "paused" | "resumed";
  from: Run["state"];
  to: Run["state"];
}

const PAUSE: Steering = { verb: "paused", from: "running", to: "paused" };
const CANCELLABLE: Run["state"][] = ["preparing", "running", "paused"];
const RESUME: Steering = { verb: "resumed", from: "paused", to: "running" };

export function createOperations(deps: OperationsDeps): Operations {
  const { board, canceller, ledger, guard, runStore, preparer, registry, site, clock, log, schedule } = deps;
  const retry = createRetry(deps);
  const planPage = createPlans(deps);
  const assigned = createAssigned();

  async function find(id: string): Promise<Run> {
    const run = board.runs().get(id) ?? (await runStore.run(id));
    if (!run) throw new SitewrightError("NOT_FOUND", `there is no run ${id}: 'sitewright status' lists the last ones`);
    return run;
  }
  const pages = createRunPages(deps, find);

  async function note(by: Principal, run: string, verb: "paused" | "resumed" | "cancelled" | "retried"): Promise<void> {
    await ledger.record(by, `run-${verb}`, { about: { run } });
    log.info({ run, by: by.name }, `a run is ${verb}`);
  }

  async function change(by: Principal, id: string, { verb, from, to }: Steering): Promise<Run> {
    const conflict = (state: Run["state"]) => new SitewrightError("CONFLICT", `run ${id} is ${state}: only a ${from} run can be ${verb}`);
    const run = await find(id);
    if (run.state !== from) throw conflict(run.state);
    await note(by, id, verb);
    const changed = await board.changeRun(id, [from], (open) => ({ ...open, state: to }));
    if (!changed) throw conflict(board.runs().get(id)?.state ?? run.state);
    schedule();
    return changed;
  }

  return {
    async start(by, kind, given) {
      const asked = given.recovery === undefined ? given : { ...given, recovery: guard.ordering(given.recovery) };
      const selected = await preparer.select(kind, asked);
      const warnings = await guard.check(kind, selected);
      const facts = {
        kind,
        state: "preparing",
        options: selected.options,
        createdAt: clock(),
        problems: gathered([...selected.problems, ...warnings]),
      } as const;
      let run: Run = { id: newRunId(), ...facts };
      await ledger.record(by, "run-started", { about: { run: run.id }, details: { kind, ...optionsAsked(asked) } });
      while (!(await board.createRun(run))) run = { id: newRunId(), ...facts };
      if (run.options.acceptOlder)
        log.warn({ run: run.id, kind, by: by.name }, "an operator accepts versions that are older than those the systems hold");
      preparer.begin(run, selected);
      return run;
    },
    pause: (by, id) => change(by, id, PAUSE),
    resume: (by, id) => change(by, id, RESUME),
    async cancel(by, id) {
      const run = await find(id);
      const conflict = () => new SitewrightError("CONFLICT", `run ${id} is ${run.state}: there is nothing left to cancel`);
      if (!CANCELLABLE.includes(run.state)) throw conflict();
      await note(by, id, "cancelled");
      preparer.abort(id);
      const cancelled = await board.changeRun(id, CANCELLABLE, (open) => prepared(open, "cancelled"));
      if (!cancelled) throw conflict();
      await canceller.cancel(phasesOf(board, id));
      schedule();
      return cancelled;
    },
    async retry(by, id) {
      return retry(await find(id), () => note(by, id, "retried"));
    },
    async plan(id, page = {}) {
      const run = await find(id);
      if (!RUN_KINDS[run.kind].isDryRun)
        throw new SitewrightError("BAD_REQUEST", `run ${id} is not a plan but a ${run.kind}: start a run of the kind plan`);
      return planPage(run, page);
    },
    forecast: async (id) => deps.forecasts.of(await find(id)),
    run: createWholeRun(deps, find),
    pages,
    runs: (limit) => runStore.runs(limit),
    overview: () => makeOverview(deps, assigned),
    systems: createSystemPages(deps, assigned),
    async packages({ sites, systems } = { sites: [], systems: [] }) {
      const { units, hierarchy, servedBy } = await site.recent();
      const isNamed = (name: string): boolean =>
        (systems.length === 0 || systems.includes(name)) && (sites.length === 0 || sites.includes(hierarchy.systems.get(name)?.site ?? ""));
      const isAll = sites.length + systems.length === 0;
      return units.flatMap(({ unit, name, sourceVersion }) =>
        packageOf(unit) !== undefined && (isAll || servedBy.get(unitKey(unit))?.some(isNamed))
          ? [packageView(unit.name, name, sourceVersion)]
          : [],
      );
    },
    async createJoinToken(by, system, ttlMs = TOKEN_LIFE_MS) {
      const { roles } = requireSystem((await site.refresh()).hierarchy, system);
      const secret = randomBytes(32).toString("base64url");
      const expiresAt = clock() + ttlMs;
      await ledger.record(by, "join-token-made", { about: { system }, details: { until: new Date(expiresAt).toISOString() } });
      await registry.addJoinToken(createHash("sha256").update(secret).digest("hex"), { system, expiresAt });
      log.info({ system, by: by.name }, "a join token was made");
      return { system, roles: [...roles], token: `${secret}.${deps.caHash}`, expiresAt };
    },
  };
}

/** The options that differ from the defaults, as texts of the ledger. */
function optionsAsked(asked: Partial<RunOptions>): Record<string, string> {
  const said = Object.entries(asked).filter(
    ([, value]) => value !== false && value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(said.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]));
}

function packageView(id: string, name: string | undefined, sourceVersion: number | undefined): PackageView {
  return { id, ...(name === undefined ? {} : { name }), ...(sourceVersion === undefined ? {} : { sourceVersion }) };
}
