import { randomUUID } from "node:crypto";
import { createAddressControl, type AddressControl } from "../app/addresses/address-control.ts";
import type { LineSpeeds } from "../app/addresses/line-speeds.ts";
import type { Agents } from "../app/agents/agents.ts";
import type { SiteBackups } from "../app/agents/site-backups.ts";
import type { LogBook } from "../app/agents/log-book.ts";
import { every, type Repeated } from "../app/every.ts";
import { ITSELF } from "../app/ledger/ledger.ts";
import type { AgentEvents } from "../app/ports/agents.ts";
import type { ContentIndex, ContentRights } from "../app/ports/content.ts";
import { createMedia, type Media } from "../app/media/media.ts";
import type { ObjectRepair } from "../app/recovery/object-repair.ts";
import { createParentChecks, type ParentChecks } from "../app/recovery/parent-checks.ts";
import { createDrills, type Drills } from "../app/recovery/drills.ts";
import { createRecoveries, type Recoveries } from "../app/recovery/recoveries.ts";
import { createRecoveryWork, type RecoveryWork } from "../app/recovery/recovery-work.ts";
import { createSerialRepair, type SerialRepair } from "../app/recovery/serial-repair.ts";
import type { LiveView } from "../app/live/live-view.ts";
import { createMissingContent } from "../app/runs/missing-content.ts";
import type { Operations } from "../app/runs/operations.ts";
import { takeFigures, type Figures } from "../app/sites/figures.ts";
import { createReferenceCleaner } from "../app/sites/deletion-references.ts";
import { createDeletionControl, type DeletionControl } from "../app/sites/deletions.ts";
import { requireSite, type SiteDataState } from "../app/sites/site-view.ts";
import type { SourceControl } from "../app/sites/source-control.ts";
import { TIMINGS } from "../app/timings.ts";
import type { Topic } from "../app/topic.ts";
import { addressesOf, type Hierarchy } from "../domain/sites/hierarchy.ts";
import { wireAgents } from "./agents.ts";
import { wireObjects } from "./objects.ts";
import { wireRuns } from "./runs.ts";
import { wireState, type CoreDeps, type LineUse } from "./state.ts";
import { cancelAgain, prepareAll, settleObjects, takeUp } from "./take-up.ts";

export interface Core {
  operations: Operations;
  addresses: AddressControl;
  sources: SourceControl;
  serials: SerialRepair;
  recoveries: Recoveries;
  recoveryWork: RecoveryWork;
  objects: ObjectRepair;
  parents: ParentChecks;
  drills: Drills;
  deletions: DeletionControl;
  agents: Agents;
  lineSpeeds: LineSpeeds;
  agentEvents: AgentEvents;
  contentRights: ContentRights;
  content: Pick<ContentIndex, "openChunks" | "openManifest">;
  liveView: LiveView;
  logBook: LogBook;
  siteBackups: SiteBackups;
  media: Media;
  /** Code that sends over the lines reports it here. */
  lineUsed: Topic<LineUse>;
  /** Content sent to an agent, bytes. */
  contentSent: Topic<number>;
  figures(): Figures;
  ordersUnderWay(): number;
  /** By the last valid reading of the site data; undefined before the first one. */
  hierarchy(): Hierarchy | undefined;
  siteData(): SiteDataState;
  /** To be called when Redis is available after an outage, until it succeeds: stores again what its last second lost. Throws `REDIS_UNREACHABLE`. */
  redisBack(): Promise<void>;
  /** Stops deciding; agents continue what they do. */
  stop(): Promise<void>;
}

/** Assembles the core and resumes what an earlier coordinator left. Throws `REDIS_UNREACHABLE`. */
export async function startCore(deps: CoreDeps): Promise<Core> {
  const { ledger, queue, links, clock, log } = deps;
  const timings = { ...TIMINGS, ...deps.timings };
  const startedAt = clock();
  const state = wireState(deps, startedAt);
  const { board, fleet, live, lineSpeeds, linesChanged, meter, overrides, site } = state;
  const { agentContent, sources, objects, decided } = wireObjects(deps, state, timings);
  const runs = wireRuns(deps, state, { startedAt, timings, objects, decided });
  const { canceller, forecasts, operations, preparer, release, supervisor } = runs;
  const { acks, membership, ...agents } = wireAgents(deps, state, runs, { timings, agentContent });
  const addresses = createAddressControl({
    overrides,
    site,
    live,
    meter,
    speeds: lineSpeeds,
    ledger,
    clock,
    log,
    onChange: linesChanged.publish,
  });

  const serials = createSerialRepair({ site, watch: state.watch, records: deps.siteRecords, objects, clock });
  const recoveries = createRecoveries({
    book: state.recoveryBook,
    loadKnowledge: deps.loadKnowledge,
    // The last reading does when the site data cannot be read: they may be what was lost.
    requireSite: async (code) => void requireSite((await site.recent()).hierarchy, code),
    // Of a site most of whose data are missing the numbers are not judged: it is not right either.
    signsOf: async (code) => {
      const { signs, shrunk } = await serials.site(code);
      return [...shrunk, ...signs];
    },
    // What cannot be read now is read again later: the recovery has begun or ended all the same.
    onHeld: async () => void (await site.refresh().catch(() => undefined)),
    newId: () => randomUUID().slice(0, 8),
    clock,
  });
  const parents = createParentChecks({ site, watch: state.watch, objects: deps.siteObjects, fleet, links, clock });
  const deletions = createDeletionControl({
    site,
    book: state.deletions,
    recoveries: state.recoveryBook,
    cleaner: createReferenceCleaner({ references: deps.siteReferences, undoPoints: deps.undoPoints, book: state.deletions, log }),
    fleet,
    links,
    board,
    canceller,
    quarantineOf: state.watch.quarantine,
    log,
  });
  const recoveryWork = createRecoveryWork({
    book: state.recoveryBook,
    recoveries,
    operations,
    serials,
    objects,
    parents,
    deletions,
    sources,
    siteBackups: agents.siteBackups,
    live,
    clock,
    log,
  });

  /** @returns What is done again and again from now on. */
  async function begin(): Promise<Repeated[]> {
    await ledger.record(ITSELF, "coordinator-started", { details: { version: deps.version } });
    for (const entry of await ledger.decisions()) for (const each of [state.recoveryBook, state.deletions, state.watch]) each.take(entry);
    await deletions.load();
    await overrides.load();
    await settleObjects(deps);
    await site.followEdits();
    await fleet.load(site.hierarchy()?.systems.keys() ?? []);
    await board.load(clock());
    await takeUp(state, runs, deps);
    await queue.start((phase, signal) => {
      release.taken(phase);
      return supervisor.supervise(phase, signal);
    });
    release.start();
    await recoveryWork.resume();
    // The state at the start is not reported; later differences are.
    await addresses.look();
    return [
      every(timings.saveMs, "progress could not be stored", board.saveMeters, log),
      every(timings.siteDataMs, "the site data could not be checked", followEdits, log),
      every(timings.hourMs, "the hours of the addresses could not be checked", addresses.look, log),
      every(timings.forecastMs, "forecasts could not be made", forecasts.look, log),
      every(timings.siteDataMs, "the ends of recoveries' runs could not be recorded", recoveryWork.recordLate, log),
    ];
  }

  async function followEdits(): Promise<void> {
    const isEdited = await site.followEdits();
    // First of all: a system that the hierarchy does not name has no line, and would be sent to without limit.
    await membership.look();
    await deletions.look();
    if (!isEdited) return;
    await fleet.load(site.hierarchy()?.systems.keys() ?? []);
    for (const { key } of addressesOf(site.hierarchy())) live.address(key);
    linesChanged.publish();
  }

  let stopped = false;
  async function stop(repeated: readonly Repeated[]): Promise<void> {
    stopped = true;
    objects.stop();
    await preparer.stop();
    await Promise.all(repeated.map((work) => work.stop()));
    await release.stop();
    await runs.undecided.stop();
    await forecasts.stop();
    canceller.stop();
    await queue.close();
    await board.saveMeters().catch((error: unknown) => log.warn({ error: String(error) }, "progress could not be stored"));
    meter.stop();
    lineSpeeds.stop();
    live.stop();
  }

  const repeated = await begin().catch(async (error: unknown) => {
    // What works in the background by now must not outlive the stores that it works on.
    await stop([]);
    throw error;
  });

  return {
    operations,
    addresses,
    serials,
    recoveries,
    recoveryWork,
    parents,
    objects,
    deletions,
    drills: createDrills({ site, runStore: deps.runStore, fleet, measured: state.measured, speeds: lineSpeeds, clock }),
    sources,
    ...agents,
    content: createMissingContent({ board, site, index: deps.index, clock: deps.steady, log }),
    media: createMedia({
      registry: deps.registry,
      acks,
      coordinatorId: deps.coordinatorId,
      events: agents.agentEvents,
      preparer,
      guard: runs.guard,
      quarantineOf: state.watch.quarantine,
      index: deps.index,
      site,
      fleet,
      logBook: agents.logBook,
      measured: state.measured,
      speeds: lineSpeeds,
      ledger,
      clock,
    }),
    lineSpeeds,
    liveView: live,
    lineUsed: state.lineUsed,
    contentSent: state.contentSent,
    figures: () => takeFigures({ board, links, site, clock }),
    ordersUnderWay: () => board.idsUnderWay().size,
    hierarchy: site.hierarchy,
    siteData: site.state,
    async redisBack() {
      if (stopped) return;
      await ledger.reconcile();
      await overrides.restore();
      await board.reconcile();
      await canceller.storeAgain();
      await cancelAgain(state, runs);
      forecasts.storeAgain();
      prepareAll(state, runs);
      release.distrustQueue();
      await acks.repeat();
    },
    stop: () => stop(repeated),
  };
}
