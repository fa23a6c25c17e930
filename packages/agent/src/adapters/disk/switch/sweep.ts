import { lstatSync, readdirSync } from "node:fs";
import { discardQuietly } from "../../../app/unit/state.ts";
import type { UnitServices } from "../../../app/ports/stores.ts";
import { foldersInUse, OWN_FOLDER, TRASH_FOLDER } from "../../../domain/unit-state.ts";
import { withAnchor } from "../anchor.ts";
import { diskError, isAbsent } from "../disk-error.ts";
import { unservedFolders } from "./unserved.ts";

/** Pauses before removing again what could not be removed, ms: each is twice the one before. */
const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 3_600_000;

/** Removes folders of the agent that belong to no unit. */
export interface Sweeper {
  /**
   * Immediately: what a crash left, or what could not be removed before. The removal continues in the background. Throws the errors of
   * listing them.
   */
  sweep(): void;
  /** Something could not be removed: tries again later. */
  later(): void;
  stop(): void;
}

export function createSweeper(services: UnitServices, firstPause = FIRST_PAUSE): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let pause = firstPause;
  let isStopped = false;

  const sweeper: Sweeper = {
    sweep() {
      const roots = services.roots.filter(({ path }) => !services.presence.isHeld(path));
      const removals = roots.flatMap(({ path: root }) => unused(services, root).map((folder) => discardQuietly(services, root, folder)));
      void Promise.all(removals).then(() => {
        if (!timer) pause = firstPause; // nothing failed
      });
    },
    later() {
      if (timer || isStopped) return;
      timer = setTimeout(() => {
        timer = undefined;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        try {
          sweeper.sweep();
        } catch (error) {
          services.log("warn", "folders of the agent cannot be searched for left-overs", { err: error });
          sweeper.later();
        }
      }, pause);
      timer.unref();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
  return sweeper;
}

function unused({ units }: Pick<UnitServices, "units">, root: string): string[] {
  const switches = units.unitsInSwitch().map((unit) => units.pendingSwitch(unit));
  // Between two steps of a switch a folder may have no name.
  const unserved = switches.some((pending) => pending?.root === root) ? [] : unservedFolders(root);
  const inSwitch = switches.flatMap((pending) => (pending ? [pending.folder, pending.keepAt] : []));
  const states = units.all().filter((state) => state.root === root);
  const used = new Set([...states.flatMap(foldersInUse), ...inSwitch]);
  return [...ownFolders(root).filter((folder) => !used.has(folder)), ...unserved];
}

/** Every folder below which a generation, or removed content, may be. */
function ownFolders(root: string): string[] {
  const list = (path: string): string[] =>
    withAnchor(root, (anchor) => {
      try {
        return readdirSync(anchor.folder(path)).map((name) => `${path}/${name}`);
      } catch (error) {
        if (isAbsent(error)) return [];
        throw diskError(error, root, path);
      }
    });
  const units = ["staging", "previous", "removed"].flatMap((kind) => list(`${OWN_FOLDER}/${kind}`));
  const isFolder = (path: string) => withAnchor(root, (anchor) => lstatSync(anchor.place(path), { throwIfNoEntry: false })?.isDirectory());
  return [...units.flatMap((unit) => (isFolder(unit) ? list(unit) : [unit])), ...list(TRASH_FOLDER)];
}
