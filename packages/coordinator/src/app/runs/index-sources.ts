import { RUN_KINDS, SitewrightError, unitKey } from "@sitewright/protocol";
import type { Assignment, Problem, UnitSource } from "../../domain/sites/hierarchy.ts";
import type { LeftOut, UnitFacts } from "../../domain/runs/plan-run.ts";
import { unitKeysOf } from "../../domain/runs/selection.ts";
import { waitForRoom } from "../../domain/runs/retry.ts";
import type { Run } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import type { ContentIndex } from "../ports/content.ts";
import type { SiteView } from "../sites/site-view.ts";

/** By unit key. */
export type Facts = Map<string, UnitFacts | LeftOut>;

/** What is to be indexed. */
export interface Sources {
  assignments: readonly Assignment[];
  units: ReadonlyMap<string, UnitSource>;
  problems: readonly Problem[];
  /** Real folder of the site data. */
  root: string;
}

/** Indexes the source of each assigned unit, for one run. Throws `SOURCE_UNSTABLE` when the site data moved meanwhile. */
export type IndexSources = (run: Run, sources: Sources, signal: AbortSignal) => Promise<Facts>;

export interface IndexerDeps {
  board: Pick<Board, "runs">;
  index: ContentIndex;
  /** States in a run what its preparation waits for. */
  noteWait: (run: Run, problem: Problem) => Promise<void>;
  site: Pick<SiteView, "checkRoot">;
  live: LivePublisher;
  log: Log;
}

/** Units indexed at once: the disks of a site server gain nothing from more. */
const INDEXED_AT_ONCE = 2;
/** Before a unit for which there was no room is tried again, ms: at least this, and as long as the attempt took, which may have read all of its source. */
export const ROOM_PAUSE_MS = 5_000;

export function createIndexer({ board, index, noteWait, site, live, log }: IndexerDeps): IndexSources {
  /** A disk that is full is no fault of the unit: while its run is being prepared, it is tried again until there is room. */
  async function indexOne(run: Run, source: UnitSource, root: string, signal: AbortSignal): Promise<UnitFacts | LeftOut> {
    for (;;) {
      const began = performance.now();
      const found = await tryOne(run, source, root, signal);
      const isPreparing = board.runs().get(run.id)?.state === "preparing";
      if (!("leftOut" in found) || found.leftOut.code !== "DISK_FULL" || !isPreparing || signal.aborted) return found;
      await noteWait(run, waitForRoom(unitKey(source.unit), found.leftOut));
      await pause(Math.max(ROOM_PAUSE_MS, performance.now() - began), signal);
    }
  }

  async function tryOne(run: Run, source: UnitSource, root: string, signal: AbortSignal): Promise<UnitFacts | LeftOut> {
    const unit = unitKey(source.unit);
    let toldAt = 0;
    try {
      const indexed = await index.index(source, {
        root,
        witness: RUN_KINDS[run.kind].rollsOut,
        rehash: run.options.rehash,
        acceptOlder: run.options.acceptOlder === true,
        onProgress({ files, bytes }) {
          if (performance.now() - toldAt < 250) return;
          toldAt = performance.now();
          live.run(board.runs().get(run.id) ?? run, { unit, files, bytes });
        },
        signal,
      });
      live.run(board.runs().get(run.id) ?? run, { unit, files: indexed.files, bytes: indexed.sourceBytes });
      return indexed;
    } catch (error) {
      const { code, message, path } = SitewrightError.from(error);
      log.warn({ run: run.id, unit, code, error: message }, "the source of a unit could not be indexed");
      return { leftOut: { code, message, ...(path === undefined ? {} : { path }) } };
    }
  }

  return async (run, sources, signal) => {
    const facts = await factsOf(sources, (source) => indexOne(run, source, sources.root, signal), signal);
    if (!signal.aborted) await site.checkRoot(sources.root);
    return facts;
  };
}

/** Ends early when it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  signal.addEventListener("abort", end, { once: true });
  await promise;
  clearTimeout(timer);
  // A disk may be full for days, with a pause every few seconds.
  signal.removeEventListener("abort", end);
}

/** Of each assigned unit, unless the site data leave it out: one whose source vanished would be emptied. Ends early when it is aborted. */
export async function factsOf(
  { assignments, units, problems }: Omit<Sources, "root">,
  indexOne: (source: UnitSource) => Promise<UnitFacts | LeftOut>,
  signal: AbortSignal,
): Promise<Facts> {
  const facts: Facts = new Map();
  const keys = [...unitKeysOf(assignments)];
  const indexNext = async (): Promise<void> => {
    for (let key = keys.shift(); key !== undefined && !signal.aborted; key = keys.shift()) {
      const known = problems.find((problem) => problem.leftOut && problem.unit === key);
      const source = units.get(key);
      if (known) facts.set(key, { leftOut: known });
      else if (source) facts.set(key, await indexOne(source));
    }
  };
  await Promise.all(Array.from({ length: INDEXED_AT_ONCE }, indexNext));
  return facts;
}

/** Units whose source proved unusable while it was indexed, or has changed bytes. */
export function problemsOf(facts: Facts, known: readonly Problem[]): Problem[] {
  return [...facts].flatMap(([unit, fact]): Problem[] => {
    if ("leftOut" in fact)
      return known.some((problem) => problem.leftOut && problem.unit === unit) ? [] : [{ unit, leftOut: true, ...fact.leftOut }];
    return fact.altered ? [{ unit, leftOut: false, ...alteredProblem(fact.altered) }] : [];
  });
}

function alteredProblem({ files, first }: NonNullable<UnitFacts["altered"]>): Pick<Problem, "code" | "message" | "path"> {
  const others = files > 1 ? ` and ${files - 1} more` : "";
  return {
    code: "SOURCE_ALTERED",
    path: first,
    message: `${first}${others} has other bytes than when it was last read, though its size and times are the same: compare it with a backup, and check the disk`,
  };
}
