import { SitewrightError } from "@sitewright/protocol";
import { windowAdmits } from "../../domain/runs/wait-reason.ts";
import { afterOutcome, UNDER_WAY } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "../runs/board.ts";
import type { Canceller } from "../runs/cancel.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Timings } from "../timings.ts";

/** Checks whether running orders advance: by bytes sent for them, or by the agents' reports. */
export interface StallWatch {
  /** Marks those without progress as stalled, and gives up those stalled for long. */
  look(): Promise<void>;
}

export interface StallWatchDeps {
  board: Board;
  canceller: Pick<Canceller, "refuse" | "isCancelling">;
  links: AgentLinks;
  site: SiteView;
  clock: Clock;
  steady: Clock;
  log: Log;
  timings: Timings;
}

/** Stalled phases are published again at this interval, so that pages show for how long, ms. */
const TOLD_MS = 10_000;

export function createStallWatch({ board, canceller, links, site, clock, steady, log, timings }: StallWatchDeps): StallWatch {
  /** By phase: its progress, since when, and when it was last published as stalled; by the steady clock. */
  const marks = new Map<string, { far: string; since: number; told: number }>();

  async function giveUp(phase: Phase, idle: number): Promise<void> {
    const error = new SitewrightError(
      "NO_PROGRESS",
      `nothing of this advanced on ${phase.system} for ${Math.round(idle / 1000)} s: see its agent's log ('sitewright logs')`,
    );
    log.warn({ ...aboutPhase(phase), code: error.code, epoch: phase.epoch }, error.message);
    const outcome = { kind: "failed", code: error.code, message: error.message, retryable: error.retryable } as const;
    const changed = await board.change(phase.id, UNDER_WAY, (open) =>
      open.epoch === phase.epoch ? afterOutcome(open, outcome, clock()) : open,
    );
    if (changed) await canceller.refuse(phase.system, phase.id, phase.epoch);
  }

  async function lookAt(phase: Phase): Promise<void> {
    const now = steady();
    const { id, state, epoch, wireBytes, progress } = phase;
    const far = [
      state,
      epoch,
      wireBytes,
      progress?.step,
      progress?.files,
      progress?.reusedBytes,
      progress?.fetchedBytes,
      progress?.lookedBytes,
    ].join(" ");
    const mark = marks.get(id);
    const isHeld =
      !links.isConnected(phase.system) || !windowAdmits(phase, site.pathTo(phase.system), clock()) || canceller.isCancelling(id);
    if (!mark || mark.far !== far || isHeld) {
      marks.set(id, { far, since: now, told: 0 });
      if (phase.stalledSince !== undefined) board.stalled(id, undefined);
      return;
    }
    const idle = now - mark.since;
    if (idle >= timings.giveUpMs) {
      marks.delete(id);
      await giveUp(phase, idle);
    } else if (idle >= timings.stallMs && (phase.stalledSince === undefined || now - mark.told >= TOLD_MS)) {
      if (phase.stalledSince === undefined)
        log.warn({ ...aboutPhase(phase), idleMs: idle }, "nothing of an order advances: others no longer wait for it");
      marks.set(id, { ...mark, told: now });
      board.stalled(id, clock() - idle);
    }
  }

  return {
    async look() {
      const underWay = board.underWay();
      for (const phase of underWay) await lookAt(phase);
      const known = new Set(underWay.map(({ id }) => id));
      for (const id of marks.keys()) if (!known.has(id)) marks.delete(id);
    },
  };
}
