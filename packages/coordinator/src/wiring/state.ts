import type { Knowledge } from "@sitewright/expert";
import type { Ledger } from "../app/ledger/ledger.ts";
import type { Log } from "../app/log.ts";
import type { AddressStore } from "../app/ports/addresses.ts";
import type { AgentLinks, AgentRegistry } from "../app/ports/agents.ts";
import type { Clock } from "../app/ports/clock.ts";
import type { ContentIndex } from "../app/ports/content.ts";
import type { ForecastStore, JobQueue, RunStore } from "../app/ports/runs.ts";
import type { LogSource } from "../app/ports/log.ts";
import type { SiteData, SourceMemory } from "../app/ports/site-data.ts";
import type { ObjectStore } from "../app/recovery/object-store.ts";
import type { SiteObjects } from "../app/recovery/parent-checks.ts";
import type { SiteReferences, UndoPoints } from "../app/sites/deletion-references.ts";
import type { SiteRecords } from "../app/recovery/serial-repair.ts";
import type { StartCounters } from "../app/recovery/start-watch.ts";
import type { Timings } from "../app/timings.ts";
import { createLineMeter, type LineMeter } from "../app/addresses/line-meter.ts";
import { createLineSpeeds, type LineSpeeds } from "../app/addresses/line-speeds.ts";
import { createAddressOverrides, type AddressOverrides } from "../app/addresses/address-overrides.ts";
import { createMeasuredRates, type MeasuredRates } from "../app/addresses/measured-rates.ts";
import { createFleet, type Fleet } from "../app/agents/fleet.ts";
import { createBoard, type Board } from "../app/runs/board.ts";
import { createLiveView, type LivePublisher } from "../app/live/live-view.ts";
import { logTransitions } from "../app/live/log-transitions.ts";
import { createSignals, type Signals } from "../app/signals.ts";
import { createRecoveryBook, type RecoveryBook } from "../app/recovery/recovery-book.ts";
import { createSiteWatch, type SiteWatch } from "../app/recovery/site-watch.ts";
import { createDeletionBook, type DeletionBook } from "../app/sites/deletion-book.ts";
import { createSiteView, type SiteView } from "../app/sites/site-view.ts";
import { createTopic, type Topic } from "../app/topic.ts";
import { isHeld } from "../domain/recovery/quarantine.ts";
import { makerOfUnit } from "../domain/sites/maker.ts";
import type { Phase } from "../domain/runs/run.ts";
import type { HeldBySite } from "../domain/runs/wait-reason.ts";

/** The core's dependencies. */
export interface CoreDeps {
  ledger: Ledger;
  runStore: RunStore;
  registry: AgentRegistry;
  addresses: AddressStore;
  forecasts: ForecastStore;
  queue: JobQueue;
  siteData: SiteData;
  siteRecords: SiteRecords;
  startCounters: StartCounters;
  siteReferences: SiteReferences;
  undoPoints: UndoPoints;
  siteObjects: SiteObjects;
  objectStore: ObjectStore;
  /** Of what a recovery needs. */
  loadKnowledge: () => Knowledge;
  sourceMemory: SourceMemory;
  index: ContentIndex;
  /** The coordinator's own log. */
  logs: LogSource;
  links: AgentLinks;
  clock: Clock;
  steady: Clock;
  log: Log;
  /** Part of join tokens. */
  caHash: string;
  coordinatorId: string;
  /** Of the product. */
  version: string;
  timings?: Partial<Timings>;
  /** Another coordinator may lead now: nothing is released. Absent: never. */
  isPaused?: () => boolean;
}

/** The core's state: of the site data, the runs, the agents and the lines. */
export interface State {
  live: LivePublisher;
  signals: Signals;
  board: Board;
  overrides: AddressOverrides;
  site: SiteView;
  recoveryBook: RecoveryBook;
  deletions: DeletionBook;
  watch: SiteWatch;
  /** Why a phase waits for something about its site. */
  heldBySite: (phase: Phase) => HeldBySite | undefined;
  /** Whether it does. */
  isQuarantined: (phase: Phase) => boolean;
  /** The quarantines in force, as a text that differs whenever they do. */
  quarantines: () => string;
  meter: LineMeter;
  lineSpeeds: LineSpeeds;
  measured: MeasuredRates;
  fleet: Fleet;
  /** Something changed that may let waiting work begin. */
  workChanged: Topic;
  /** The capacity or the route of lines changed. */
  linesChanged: Topic;
  lineUsed: Topic<LineUse>;
  /** Content sent to an agent, bytes. */
  contentSent: Topic<number>;
}

/** Traffic of the line of an address, IP bytes. */
export interface LineUse {
  address: string;
  bytes: number;
  /** A heartbeat: a line with nothing else counts as idle. */
  isBeat?: boolean;
}

export function wireState(deps: CoreDeps, startedAt: number): State {
  const { runStore, registry, siteData, sourceMemory: memory, clock, steady, log } = deps;
  const live = createLiveView(startedAt * 1000);
  logTransitions(live, log);
  const signals = createSignals();
  const board = createBoard({ runStore, live, signals });
  const overrides = createAddressOverrides(deps.addresses);
  const recoveryBook = createRecoveryBook({ ledger: deps.ledger, onChange: live.recovery, log });
  const deletions = createDeletionBook({ ledger: deps.ledger });
  const watch = createSiteWatch({
    ledger: deps.ledger,
    startCounters: deps.startCounters,
    recoveries: recoveryBook,
    deletions,
    clock,
    log,
  });
  const site = createSiteView({ siteData, memory, watch, deletions, clock, steady, log, inForce: overrides.over, onState: live.siteData });
  const meter = createLineMeter(live);
  const lineUsed = createTopic<LineUse>();
  lineUsed.subscribe(meter.used);
  const lineSpeeds = createLineSpeeds({ hierarchy: site.hierarchy, live, clock, steady, log });
  const fleet = createFleet({ registry, runStore, site, live, clock, steady, log });
  const measured = createMeasuredRates(steady);
  const topics = { workChanged: createTopic(), linesChanged: createTopic(), lineUsed, contentSent: createTopic<number>() };
  const heldBySite = ({ site: code, unit, task, run }: Phase): HeldBySite | undefined => {
    const orderedBy = board.runs().get(run)?.options.recovery;
    // Before the site data were read in this start, nothing is known of numbers, and of no line either.
    if (!site.last()) return isHeld({}, task, orderedBy) ? "site-data-unread" : undefined;
    const holds = (of: string): boolean => isHeld(watch.quarantine(of), task, orderedBy);
    // The copy of a package may be the one that the recovery of its site brings back.
    return holds(code) || (task === "remove" && holds(makerOfUnit(unit) ?? code)) ? "site-quarantined" : undefined;
  };
  const quarantines = (): string =>
    JSON.stringify([...(site.hierarchy()?.sites.keys() ?? [])].map((code) => watch.quarantine(code) ?? null));
  return {
    live,
    signals,
    board,
    overrides,
    site,
    recoveryBook,
    deletions,
    watch,
    heldBySite,
    isQuarantined: (phase) => heldBySite(phase) !== undefined,
    quarantines,
    meter,
    lineSpeeds,
    measured,
    fleet,
    ...topics,
  };
}
