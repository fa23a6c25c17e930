import { randomUUID } from "node:crypto";
import { SitewrightError, unitKey } from "@sitewright/protocol";
import type { Assignment, Hierarchy, Problem, UnitSource } from "../domain/hierarchy.ts";
import { supersededPhases } from "../domain/phase.ts";
import { needsIndex, planRun, type LeftOut, type UnitFacts } from "../domain/plan-run.ts";
import type { Run, RunKind, RunOptions } from "../domain/run.ts";
import { assignmentsOf, checkOptions, leftoversOf, problemsFor, select } from "../domain/selection.ts";
import type { Board } from "./board.ts";
import type { Canceller } from "./cancel.ts";
import type { Fleet } from "./fleet.ts";
import type { LivePublisher } from "./live-view.ts";
import type { Log } from "./log.ts";
import type { Clock, ContentIndex } from "./ports.ts";
import type { SiteView } from "./site-view.ts";

/** Units indexed at once: the disks of a site server gain nothing from more. */
const INDEXED_AT_ONCE = 2;

/** What a run is about, by the site data of this moment. */
export interface Selected {
  options: RunOptions;
  hierarchy: Hierarchy;
  assignments: Assignment[];
  units: ReadonlyMap<string, UnitSource>;
  problems: Problem[];
}

/** Turns what was asked for into phases. */
export interface Preparer {
  /** Throws `SITE_DATA_INVALID`, `BAD_REQUEST`, `NOTHING_SELECTED`. */
  select(kind: RunKind, options: Partial<RunOptions>): Promise<Selected>;
  /** Indexes, plans and starts a run in the background, unless that is under way. @param selected Absent: it is selected anew, after a restart. */
  begin(run: Run, selected?: Selected): void;
  /** Stops preparing this run. */
  abort(run: string): void;
  stop(): Promise<void>;
}

export interface PreparerDeps {
  board: Board;
  canceller: Canceller;
  fleet: Fleet;
  index: ContentIndex;
  live: LivePublisher;
  site: SiteView;
  clock: Clock;
  log: Log;
  nudge: () => void;
}

export function createPreparer({ board, canceller, fleet, index, live, site, clock, log, nudge }: PreparerDeps): Preparer {
  const underWay = new Map<string, { abort: AbortController; done: Promise<void> }>();

  async function selectFor(kind: RunKind, asked: Partial<RunOptions>): Promise<Selected> {
    const reading = await site.refresh();
    const { hierarchy, servedBy } = reading;
    const units = new Map(reading.units.map((source) => [unitKey(source.unit), source]));
    const assigned = assignmentsOf(hierarchy, servedBy, new Map([...units].map(([key, { priority }]) => [key, priority])));
    const known = kind === "remove" ? [...assigned, ...leftoversOf(hierarchy, assigned, fleet.allHeld())] : assigned;
    const options = checkOptions(kind, asked, hierarchy, known);
    const assignments = select(known, options);
    return {
      options,
      hierarchy,
      assignments,
      units,
      problems: problemsFor(reading.problems, assignments, new Set(servedBy.keys()), options),
    };
  }

  async function prepare(run: Run, selected: Selected, signal: AbortSignal): Promise<void> {
    const facts = needsIndex(run.kind) ? await indexAll(run, selected, signal) : new Map<string, UnitFacts | LeftOut>();
    if (signal.aborted) return;
    const phases = planRun({
      run,
      assignments: selected.assignments,
      hierarchy: selected.hierarchy,
      facts,
      owned: new Map([...selected.units].map(([key, { owned }]) => [key, owned.map(({ path, kind, rights }) => ({ path, kind, rights }))])),
      generation: fleet.next(),
      now: clock(),
      newId: randomUUID,
    });
    await board.addPhases(run.id, phases);
    const started = await board.changeRun(run.id, ["preparing"], (prepared) => ({
      ...prepared,
      state: "running",
      problems: [...prepared.problems, ...problemsOf(facts, prepared.problems)],
    }));
    await canceller.cancel(started ? supersededPhases(board.phases(), board.runs()) : phases);
    nudge();
  }

  async function indexAll(
    run: Run,
    { assignments, units, problems }: Selected,
    signal: AbortSignal,
  ): Promise<Map<string, UnitFacts | LeftOut>> {
    const facts = new Map<string, UnitFacts | LeftOut>();
    const keys = [...new Set(assignments.map(({ unit }) => unitKey(unit)))];
    const indexNext = async (): Promise<void> => {
      for (let key = keys.shift(); key !== undefined && !signal.aborted; key = keys.shift()) {
        const known = problems.find((problem) => problem.leftOut && problem.unit === key);
        const source = units.get(key);
        if (known) facts.set(key, { leftOut: known });
        else if (source) facts.set(key, await indexOne(run, key, source, signal));
      }
    };
    await Promise.all(Array.from({ length: INDEXED_AT_ONCE }, indexNext));
    return facts;
  }

  async function indexOne(run: Run, unit: string, source: UnitSource, signal: AbortSignal): Promise<UnitFacts | LeftOut> {
    let toldAt = 0;
    try {
      const indexed = await index.index(source, {
        witness: run.kind === "rebuild",
        onProgress({ files, bytes }) {
          if (clock() - toldAt < 250) return;
          toldAt = clock();
          live.run(board.runs().get(run.id) ?? run, { unit, files, bytes });
        },
        signal,
      });
      live.run(board.runs().get(run.id) ?? run, { unit, files: indexed.files, bytes: indexed.sourceBytes });
      return indexed;
    } catch (error) {
      const { code, message, path } = SitewrightError.from(error);
      log.warn({ run: run.id, unit, code, error: message }, "a unit is left out: its source could not be indexed");
      return { leftOut: { code, message, ...(path === undefined ? {} : { path }) } };
    }
  }

  async function work(run: Run, selected: Selected | undefined, signal: AbortSignal): Promise<void> {
    try {
      if (board.statesOf(run.id).length > 0) {
        // The coordinator ended between the two last steps of preparing.
        await board.changeRun(run.id, ["preparing"], (prepared) => ({ ...prepared, state: "running" }));
        nudge();
      } else await prepare(run, selected ?? (await selectFor(run.kind, run.options)), signal);
    } catch (error) {
      const { code, message } = SitewrightError.from(error);
      log.error({ run: run.id, code, error: message }, "a run could not be prepared");
      if (code === "REDIS_UNREACHABLE") return retryLater(run, signal);
      await board.changeRun(run.id, ["preparing"], (failed) => ({
        ...failed,
        state: "failed",
        endedAt: clock(),
        error: { code, message },
      }));
    }
  }

  /** An outage of the store is no reason to give a run up. */
  async function retryLater(run: Run, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    if (!signal.aborted) await work(run, undefined, signal);
  }

  return {
    select: selectFor,
    begin(run, selected) {
      if (underWay.has(run.id)) return;
      const abort = new AbortController();
      const done = work(run, selected, abort.signal)
        .catch((error: unknown) => log.error({ run: run.id, error: String(error) }, "a run could not be marked as failed"))
        .finally(() => underWay.delete(run.id));
      underWay.set(run.id, { abort, done });
    },
    abort: (run) => underWay.get(run)?.abort.abort(),
    async stop() {
      const all = [...underWay.values()];
      for (const { abort } of all) abort.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}

/** Units whose source turned out unusable while it was indexed. */
function problemsOf(facts: ReadonlyMap<string, UnitFacts | LeftOut>, known: readonly Problem[]): Problem[] {
  return [...facts].flatMap(([unit, fact]) =>
    "leftOut" in fact && !known.some((problem) => problem.leftOut && problem.unit === unit)
      ? [{ unit, leftOut: true, ...fact.leftOut }]
      : [],
  );
}
