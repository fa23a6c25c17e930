import { SitewrightError, unitKey } from "@sitewright/protocol";
import { settleSwitch } from "../../../app/activate/switch-generation.ts";
import type { UnitServices } from "../../../app/ports/stores.ts";

/** Pauses before an unfinished switch is continued, ms: each is twice the one before. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** Finishes interrupted switches: after a crash, and when what kept one from ending may be over. */
export interface Settler {
  /** Below this root, immediately. */
  settle(root: string): void;
  /** An order has ended: what it left unfinished is continued by a timer, until nothing is. */
  watch(): void;
  stop(): void;
}

export function createSettler(services: UnitServices, firstPause = FIRST_PAUSE): Settler {
  const { units, presence, log } = services;
  let timer: NodeJS.Timeout | undefined;
  let pause = firstPause;
  let isStopped = false;
  /** What was last reported of each unit: a switch may wait for hours. */
  const reported = new Map<string, string>();

  function settle(root: string): void {
    for (const unit of units.unitsInSwitch()) {
      if (units.pendingSwitch(unit)?.root !== root) continue;
      const key = unitKey(unit);
      try {
        const ended = settleSwitch(services, unit);
        reported.delete(key);
        if (ended) log("info", `an interrupted activation was ${ended}`, { unit: key });
      } catch (error) {
        const { message } = SitewrightError.from(error);
        if (reported.get(key) !== message) log("error", "an interrupted activation cannot be finished yet", { unit: key, err: error });
        reported.set(key, message);
      }
    }
  }

  function isOpen(): boolean {
    return units.unitsInSwitch().some((unit) => {
      const root = units.pendingSwitch(unit)?.root;
      return root !== undefined && !presence.isHeld(root) && services.roots.some(({ path }) => path === root);
    });
  }

  function watch(): void {
    if (timer || isStopped) return;
    if (!isOpen()) {
      pause = firstPause;
      return;
    }
    timer = setTimeout(() => {
      timer = undefined;
      pause = Math.min(2 * pause, LONGEST_PAUSE);
      for (const { path } of services.roots) if (!presence.isHeld(path)) settle(path);
      watch();
    }, pause);
    timer.unref();
  }

  return {
    settle,
    watch,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
