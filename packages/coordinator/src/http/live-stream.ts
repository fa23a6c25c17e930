import type { Writable } from "node:stream";
import type { Change, RunChange } from "@sitewright/protocol/api";
import type { LiveEvent, LiveView, SystemState } from "../app/live/live-view.ts";
import type { SiteDataState } from "../app/sites/site-view.ts";
import { withCondition } from "../domain/runs/phase.ts";
import type { Phase, Run } from "../domain/runs/run.ts";
import type { Given } from "./contract.ts";

export interface Snapshot {
  sequence: number;
}

/** All in ms. */
export interface StreamTiming {
  /** Between two events: four per second. */
  change: number;
  keepAlive: number;
  /** Until the stream ends: the client connects again, which proves its right and renews the session. */
  life: number;
}

const STREAM_TIMING: StreamTiming = { change: 250, keepAlive: 15_000, life: 60 * 60 * 1000 };

/** Phases that wait for a slow reader; beyond that a new snapshot is smaller. */
const MOST_WAITING = 2000;
/** Phases of one event: the start of a large run is sent in parts, for writing it at once would hold up everything else. */
const MOST_AT_ONCE = 1000;

/** @param tellsPhases Whole, and not only of which runs and systems they are. */
function createBacklog(tellsPhases: boolean) {
  const runs = new Map<string, Run>();
  /** The change that is longest ago first. */
  const phases = new Map<string, { phase: Phase; sequence: number }>();
  const systems = new Map<string, SystemState>();
  const touched = { runs: new Set<string>(), systems: new Set<string>() };
  const warnings = new Map<string, readonly string[]>();
  const addresses = new Set<string>();
  const rates = new Map<string, number>();
  const recoveries = new Set<string>();
  let indexing: Change["indexing"];
  let siteData: SiteDataState | undefined;
  let sequence = 0;
  const parts = [runs, phases, systems, touched.runs, touched.systems, warnings, addresses, rates, recoveries];
  const size = (): number => parts.reduce((sum, part) => sum + part.size, siteData ? 1 : 0);

  function add(event: LiveEvent): void {
    sequence = event.sequence;
    switch (event.type) {
      case "run":
        runs.set(event.run.id, event.run);
        if (event.indexing) indexing = { run: event.run.id, ...event.indexing };
        else if (indexing?.run === event.run.id) indexing = undefined;
        return;
      case "phase":
        if (!tellsPhases) {
          touched.runs.add(event.phase.run);
          touched.systems.add(event.phase.system);
          return;
        }
        phases.delete(event.phase.id);
        phases.set(event.phase.id, event);
        return;
      case "system":
        systems.set(event.system.name, event.system);
        return;
      case "held":
        touched.systems.add(event.system);
        return;
      case "warnings":
        warnings.set(event.system, event.warnings);
        return;
      case "address":
        addresses.add(event.key);
        return;
      case "rates":
        for (const [key, rate] of Object.entries(event.rates)) rates.set(key, rate);
        return;
      case "recovery":
        recoveries.add(event.id);
        return;
      case "site-data":
        ({ siteData } = event);
        return;
    }
  }

  /**
   * What is after `from`, the last event that the reader has, but of the phases the first thousand: the others remain, and the runs, which
   * may have ended with them.
   */
  function take(from: number): Given<Change | RunChange> | undefined {
    for (const [id, { sequence: changedAt }] of phases) {
      if (changedAt > from) break;
      phases.delete(id);
    }
    const told = [...phases.values().take(MOST_AT_ONCE)];
    const isPart = told.length < phases.size;
    const until = isPart ? (told.at(-1)?.sequence ?? sequence) : sequence;
    const all = {
      runs: isPart ? [] : [...runs.values()],
      ...(tellsPhases ? { phases: told.map(({ phase }) => withCondition(phase)).sort((a, b) => a.number - b.number) } : {}),
      systems: [...systems.values()],
      addresses: [...addresses],
      rates: Object.fromEntries(rates),
      ...(touched.runs.size + touched.systems.size > 0 ? { touched: { runs: [...touched.runs], systems: [...touched.systems] } } : {}),
      ...(recoveries.size > 0 ? { recoveries: [...recoveries] } : {}),
      ...(warnings.size > 0 ? { warnings: Object.fromEntries(warnings) } : {}),
      ...(siteData ? { siteData } : {}),
    };
    const change = until > from && size() > 0 ? { sequence: until, ...all, ...(indexing ? { indexing } : {}) } : undefined;
    for (const { phase } of told) phases.delete(phase.id);
    for (const part of parts) if (part !== phases && !(isPart && part === runs)) part.clear();
    indexing = siteData = undefined;
    return change;
  }

  function clear(): void {
    for (const part of parts) part.clear();
    indexing = siteData = undefined;
  }

  return { add, size, take, clear };
}

interface WatchedView {
  snapshot: () => Promise<Snapshot>;
  /** Only events about this run, with its phases; undefined: everything, without phases. */
  run?: string | undefined;
  timing?: StreamTiming;
}

/**
 * Opens a live view: a snapshot, then what changed. Subscribes before the snapshot is made, so that no change is missed. Throws what
 * `snapshot` throws the first time; later the stream is ended, and the reader connects again.
 */
export async function openLiveStream(
  target: Writable,
  liveView: LiveView,
  { snapshot, run, timing = STREAM_TIMING }: WatchedView,
): Promise<void> {
  const backlog = createBacklog(run !== undefined);
  let known = 0;
  let blocked = false;
  let lost = false;
  let refreshing = false;

  const unsubscribe = liveView.subscribe((event) => {
    if (lost || !concerns(event, run)) return;
    backlog.add(event);
    if (backlog.size() > MOST_WAITING && blocked) lost = true;
  });
  target.once("close", unsubscribe);
  try {
    tellSnapshot(await snapshot());
  } catch (error) {
    unsubscribe();
    throw error;
  }
  if (target.destroyed) return;
  const changes = setInterval(tellChange, timing.change);
  const keepAlive = setInterval(() => write(": keep-alive\n\n"), timing.keepAlive);
  const life = setTimeout(() => target.end(), timing.life);
  target.once("close", () => {
    clearTimeout(life);
    clearInterval(changes);
    clearInterval(keepAlive);
  });

  function write(text: string): void {
    if (blocked || target.destroyed) return;
    blocked = !target.write(text);
    if (blocked) target.once("drain", () => (blocked = false));
  }

  function tellSnapshot(view: Snapshot): void {
    known = view.sequence;
    write(`event: snapshot\ndata: ${JSON.stringify(view)}\n\n`);
  }

  function tellChange(): void {
    if (blocked || refreshing) return;
    if (lost) return void refresh();
    const change = backlog.take(known);
    if (!change) return;
    known = change.sequence;
    write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
  }

  /** After a reader fell behind. */
  async function refresh(): Promise<void> {
    refreshing = true;
    backlog.clear();
    lost = false;
    try {
      tellSnapshot(await snapshot());
    } catch {
      target.end();
    } finally {
      refreshing = false;
    }
  }
}

function concerns(event: LiveEvent, run: string | undefined): boolean {
  if (run === undefined || event.type === "system") return true;
  if (event.type === "run") return run === event.run.id;
  return event.type === "phase" && run === event.phase.run;
}
