import { formatGeneration, isPlausibleGeneration } from "@sitewright/protocol";
import { backToWaiting, begun, supersededPhases, withoutNumber } from "../domain/runs/phase.ts";
import { addressesOf, type Hierarchy } from "../domain/sites/hierarchy.ts";
import { createAddressControl, type AddressControl } from "./addresses/address-control.ts";
import { createAddressOverrides } from "./addresses/address-overrides.ts";
import { createAcks } from "./runs/acks.ts";
import { createAgents, type Agents } from "./agents/agents.ts";
import { createAgentEvents } from "./agents/agent-events.ts";
import { createBoard, OPEN, UNDER_WAY } from "./runs/board.ts";
import { createCanceller } from "./runs/cancel.ts";
import { createContentRights } from "./agents/content-rights.ts";
import { every } from "./every.ts";
import { takeFigures, type Figures } from "./sites/figures.ts";
import { createFleet } from "./agents/fleet.ts";
import { createForecasts } from "./runs/forecasts.ts";
import { createLineMeter, type LineMeter } from "./addresses/line-meter.ts";
import { createLineSpeeds, type LineSpeeds } from "./addresses/line-speeds.ts";
import { createLiveView, type LiveView } from "./runs/live-view.ts";
import type { Log } from "./log.ts";
import { createLogBook, type LogBook } from "./agents/log-book.ts";
import { aboutPhase, logTransitions } from "./runs/log-transitions.ts";
import { createMeasuredRates } from "./addresses/measured-rates.ts";
import { createMembership } from "./agents/membership.ts";
import { createOperations, phasesOf, type Operations } from "./runs/operations.ts";
import type {
  AddressStore,
  AgentEvents,
  AgentLinks,
  AgentRegistry,
  Clock,
  ContentIndex,
  ContentRights,
  ForecastStore,
  JobQueue,
  Ledger,
  LogSource,
  SiteData,
  SourceMemory,
} from "./ports.ts";
import { createPreparer } from "./runs/prepare.ts";
import { createReleaseLoop } from "./runs/release.ts";
import { createResults } from "./runs/results.ts";
import { createSignals } from "./signals.ts";
import { createSiteView, type SiteDataState } from "./sites/site-view.ts";
import { createSourceControl, type SourceControl } from "./sites/source-control.ts";
import { createStallWatch } from "./agents/stall-watch.ts";
import { createSupervisor } from "./runs/supervise.ts";
import { TIMINGS, type Timings } from "./timings.ts";

export interface CoreDeps {
  ledger: Ledger;
  registry: AgentRegistry;
  addresses: AddressStore;
  forecasts: ForecastStore;
  queue: JobQueue;
  siteData: SiteData;
  sourceMemory: SourceMemory;
  index: ContentIndex;
  /** The coordinator's own log. */
  logs: LogSource;
  clock: Clock;
  log: Log;
  /** Part of join tokens. */
  caHash: string;
  coordinatorId: string;
  /** Of the product. */
  version: string;
  timings?: Partial<Timings>;
}

export interface Core {
  operations: Operations;
  addresses: AddressControl;
  sources: SourceControl;
  agents: Agents;
  /** To be told of what crosses the lines. */
  lineUsed: LineMeter["used"];
  lineSpeeds: LineSpeeds;
  agentEvents: AgentEvents;
  contentRights: ContentRights;
  liveView: LiveView;
  logBook: LogBook;
  figures(): Figures;
  /** By the last reading of the site data; undefined while there was none that could be used. */
  hierarchy(): Hierarchy | undefined;
  siteData(): SiteDataState;
  /** The agents' door, once it is there; before, no agent is connected. */
  useLinks(links: AgentLinks): void;
  /** To be called when Redis is there again after an outage: what its last second lost is made good. */
  redisBack(): Promise<void>;
  /** Stops deciding; what agents do they go on doing. */
  stop(): Promise<void>;
}

/** Wires the core and takes up what an earlier coordinator left. Throws `REDIS_UNREACHABLE`. */
export async function startCore(deps: CoreDeps): Promise<Core> {
  const { ledger, registry, queue, index, clock, log } = deps;
  const timings = { ...TIMINGS, ...deps.timings };
  const startedAt = clock();
  let links: AgentLinks = { connected: () => [], isConnected: () => false, send: async () => false, end: async () => undefined };
  const lateLinks: AgentLinks = {
    connected: () => links.connected(),
    isConnected: (system) => links.isConnected(system),
    send: (system, message) => links.send(system, message),
    end: (system, why) => links.end(system, why),
  };
  const live = createLiveView(startedAt * 1000);
  logTransitions(live, log);
  const signals = createSignals();
  const board = createBoard({ ledger, live, signals });
  const overrides = createAddressOverrides(deps.addresses);
  const { siteData, sourceMemory: memory } = deps;
  const site = createSiteView({
    siteData,
    memory,
    clock,
    log,
    inForce: (hierarchy) => overrides.over(hierarchy),
    onState: (state) => live.siteData(state),
  });
  const meter = createLineMeter(live);
  const lineSpeeds = createLineSpeeds({ hierarchy: () => site.hierarchy(), live, clock, log });
  const fleet = createFleet({ registry, ledger, site, live, clock, log });
  const measured = createMeasuredRates();
  const nudge = (): void => {
    release.nudge();
    forecasts.nudge();
  };
  const awayFor = (system: string): number => clock() - Math.max(startedAt, fleet.lastSeenHere(system) ?? startedAt);
  const common = { board, links: lateLinks, site, clock, log, timings, nudge };
  const forecasts = createForecasts({ ...common, store: deps.forecasts, measured, speeds: lineSpeeds });
  const canceller = createCanceller({ ...common, mayBeOut: (phase) => supervisor.mayBeOut(phase) });
  const supervisor = createSupervisor({ ...common, signals, isCancelling: (id) => canceller.isCancelling(id) });
  const stalls = createStallWatch({ ...common, canceller });
  const release = createReleaseLoop({
    ...common,
    fleet,
    queue,
    isSupervised: (id) => supervisor.isSupervised(id),
    awayFor,
    lookAtStalls: () => stalls.look(),
  });
  const addresses = createAddressControl({ ...common, overrides, live, meter, speeds: lineSpeeds, onChange: linesChanged });
  const preparer = createPreparer({ ...common, canceller, fleet, index, ledger, live });
  const logBook = createLogBook({ ...common, ledger, logs: deps.logs, patienceMs: timings.logMs });
  const membership = createMembership({ ...common, canceller });
  const acks = createAcks(registry, lateLinks);
  const results = createResults({ board, ledger, fleet, canceller, supervisor, clock, log, nudge });

  await overrides.load();
  await site.followEdits();
  await fleet.load(site.hierarchy()?.systems.keys() ?? []);
  await board.load();
  await takeUp();
  await queue.start((phase, signal) => {
    release.taken(phase);
    return supervisor.supervise(phase, signal);
  });
  release.start();
  // What is found now is no news; what differs from it later is.
  await addresses.look();
  const repeated = [
    every(timings.saveMs, "progress could not be stored", () => board.saveMeters(), log),
    every(timings.siteDataMs, "the site data could not be looked at", followEdits, log),
    every(timings.hourMs, "the hours of the addresses could not be looked at", () => addresses.look(), log),
    every(timings.forecastMs, "forecasts could not be made", () => forecasts.look(), log),
  ];

  /** Runs and phases as an earlier coordinator left them. */
  async function takeUp(): Promise<void> {
    for (const phase of board.phases()) {
      if (!isPlausibleGeneration(phase.generation)) {
        await board.change(phase.id, OPEN, (open) => withoutNumber(open, clock()));
        log.warn(
          { ...aboutPhase(phase), generation: formatGeneration(phase.generation) },
          "a stored order has an implausible generation: it is set aside",
        );
        continue;
      }
      fleet.ordered(phase.generation);
      if (UNDER_WAY.includes(phase.state)) await board.change(phase.id, UNDER_WAY, (open) => backToWaiting(begun(open, clock())));
    }
    for (const run of board.runs().values()) if (run.state === "cancelled") await canceller.cancel(phasesOf(board, run.id));
    prepareAll();
    await canceller.cancel(supersededPhases(board.phases(), board.runs()));
  }

  function prepareAll(): void {
    for (const run of board.runs().values()) if (run.state === "preparing") preparer.begin(run);
  }

  async function followEdits(): Promise<void> {
    const isEdited = await site.followEdits();
    // At once: what the hierarchy does not name has no line either, and would be sent to without limit.
    await membership.look();
    if (!isEdited) return;
    await fleet.load(site.hierarchy()?.systems.keys() ?? []);
    for (const { key } of addressesOf(site.hierarchy())) live.address(key);
    linesChanged();
  }

  function linesChanged(): void {
    supervisor.linesChanged();
    nudge();
  }

  return {
    operations: createOperations({
      ...common,
      coordinator: { id: deps.coordinatorId, version: deps.version, startedAt },
      fleet,
      ledger,
      live,
      canceller,
      preparer,
      registry,
      forecasts,
      caHash: deps.caHash,
    }),
    addresses,
    sources: createSourceControl({ ...common, memory, fleet }),
    agents: createAgents({ ...common, registry, fleet, membership }),
    lineUsed: meter.used,
    lineSpeeds,
    agentEvents: createAgentEvents({ acks, board, canceller, fleet, ledger, live, logBook, results, supervisor, clock, log, nudge }),
    contentRights: createContentRights({ ...common, measured, fleet }),
    liveView: live,
    logBook,
    figures: () => takeFigures(common),
    hierarchy: () => site.hierarchy(),
    siteData: () => site.state(),
    useLinks(agentLinks) {
      links = agentLinks;
      nudge();
    },
    async redisBack() {
      try {
        await overrides.restore();
        await board.reconcile();
        forecasts.storeAgain();
        prepareAll();
        release.distrustQueue();
        await acks.repeat();
      } catch (error) {
        // It went away once more: this is called again when it is back.
        log.warn({ error: String(error) }, "what Redis may have lost could not be looked at");
      }
    },
    async stop() {
      await preparer.stop();
      await Promise.all(repeated.map((work) => work.stop()));
      await release.stop();
      await forecasts.stop();
      canceller.stop();
      await queue.close();
      await board.saveMeters().catch((error: unknown) => log.warn({ error: String(error) }, "progress could not be stored"));
      meter.stop();
      lineSpeeds.stop();
      live.stop();
    },
  };
}
