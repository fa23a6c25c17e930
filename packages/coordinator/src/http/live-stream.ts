import type { Writable } from "node:stream";
import type { LiveEvent, LiveView } from "../app/live-view.ts";
import type { Phase, Run } from "../domain/run.ts";

export interface Snapshot {
  sequence: number;
}

/** All in ms. */
export interface StreamTiming {
  /** Between two changes: four a second. */
  change: number;
  keepAlive: number;
}

export const STREAM_TIMING: StreamTiming = { change: 250, keepAlive: 15_000 };

/** Phases that wait for a reader that takes nothing; beyond it a new snapshot is less. */
const MOST_WAITING = 2000;

/** What happened since the last change that was sent: of each run and phase the last state only. */
function createBacklog() {
  const runs = new Map<string, Run>();
  const phases = new Map<string, Phase>();
  let sequence = 0;
  return {
    add(event: LiveEvent): void {
      sequence = event.sequence;
      if (event.type === "run") runs.set(event.run.id, event.run);
      if (event.type === "phase") phases.set(event.phase.id, event.phase);
    },
    size: () => runs.size + phases.size,
    /** Everything after `from`, which is as far as the reader knows; empties the backlog. */
    take(from: number): { sequence: number; runs: Run[]; phases: Phase[] } | undefined {
      const change =
        sequence > from && runs.size + phases.size > 0 ? { sequence, runs: [...runs.values()], phases: [...phases.values()] } : undefined;
      runs.clear();
      phases.clear();
      return change;
    },
  };
}

/**
 * Opens a live view: a snapshot, then what changed. Listens before the snapshot is made, so that nothing lies between them.
 * Throws what `snapshot` throws the first time; later the stream is ended, and the reader asks anew.
 */
export async function openLiveStream(
  target: Writable,
  liveView: LiveView,
  snapshot: () => Promise<Snapshot>,
  run: string | undefined,
  timing: StreamTiming,
): Promise<void> {
  const backlog = createBacklog();
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
  target.once("close", () => {
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
    backlog.take(Infinity);
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
  if (run === undefined) return true;
  return event.type === "run" ? event.run.id === run : event.type === "phase" && event.phase.run === run;
}
