import { steadyClock } from "@sitewright/node-kit/steady-clock";
import {
  topFolder,
  type Digest,
  type Held,
  type Unit,
  formatGeneration,
  isPlausibleGeneration,
  SitewrightError,
  unitKey,
} from "@sitewright/protocol";
import type { Disk } from "../../app/ports/disk.ts";
import { createChunksUnderWay } from "../../app/stage/chunks-under-way.ts";
import { createOrderExecutor } from "../../app/unit/execute-order.ts";
import { expireGrace } from "../../app/unit/expire.ts";
import { forgetSeen, update } from "../../app/unit/state.ts";
import type { Log, Warnings } from "../../app/ports/link.ts";
import type { OrderExecutor } from "../../app/ports/content.ts";
import { indexSeeds } from "../../app/stage/seeds.ts";
import type { UnitServices } from "../../app/ports/stores.ts";
import type { Services } from "../../app/unit/context.ts";
import { heldPlaces, type HeldContent } from "../../domain/tree/held-places.ts";
import { heldOf, manifestsInUse, type UnitState } from "../../domain/unit-state.ts";
import type { Database } from "../memory/database.ts";
import { createDiskPool, type DiskPool } from "./disk-pool.ts";
import { platform } from "./platform/platform.ts";
import type { Exchange, Retarget } from "./platform/port.ts";
import { openHashCache } from "../memory/hash-cache.ts";
import { createManifestStore } from "../memory/manifest-store.ts";
import { createNameTwins } from "./roots/name-twins.ts";
import type { RoleRoot } from "./roots/role-roots.ts";
import { watchRoots } from "./roots/root-watch.ts";
import { FILE_CALLS, type FileCalls } from "./switch/by-file.ts";
import { requireLinks } from "./switch/link-probe.ts";
import type { SwitchMode } from "./switch/modes.ts";
import { createSettler, type Settler } from "./switch/settler.ts";
import { createSweeper } from "./switch/sweep.ts";
import { createSwitcher } from "./switch/switcher.ts";
import { openRootTable } from "../memory/root-table.ts";
import { createUnitStore } from "../memory/unit-store.ts";

export interface DiskExecutorOptions {
  database: Database;
  dataDir: string;
  /** As `checkRoleRoots` returned them. */
  roots: RoleRoot[];
  /** As `checkSeeds` returned them. */
  seeds?: readonly string[];
  log: Log;
  /** By default by renames, where names cannot be exchanged in one step. */
  switchMode?: SwitchMode;
}

export interface DiskExecutor extends OrderExecutor {
  /** What is held of every unit, for the coordinator. */
  inventory(): Held[];
  /** Where content of a unit's manifest may be; undefined if nowhere. */
  whereHeld(unit: Unit, manifest: Digest): HeldContent | undefined;
  /** Role roots that may hold a unit. Throws `ROOT_AWAY` while the disk of one is absent. */
  rootsFor(unit: Unit): string[];
  /** Why role roots are held, and the limitations of the other file systems, one line each. */
  rootWarnings: Warnings;
  /** Stops the background work, which the next start continues. Orders must have ended before. */
  close(): Promise<void>;
}

/** Replaced by tests: to simulate a full disk or a failing exchange, and to start worker threads once instead of for each executor. */
export interface DiskSeams {
  pool: DiskPool;
  exchange: Exchange;
  /** Live names are links. */
  retarget: Retarget;
  /** Files are exchanged one by one. */
  byFile: FileCalls;
  freeBytes: Disk["freeBytes"];
  now: Services["now"];
  /** First pause before removing again what could not be removed, ms. */
  sweepAfterMs: number;
  /** First pause before an unfinished switch is continued, ms. */
  settleAfterMs: number;
}

/** Maximum delay of a Node.js timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const RETRY_MS = 60_000;

/**
 * Finishes what a crash interrupted, ends expired grace times, and then executes orders. Throws `LINK_IN_PATH`, `AGENT_DATA_IN_USE` and
 * `IO_ERROR`.
 */
export async function openDiskExecutor(options: DiskExecutorOptions, seams: Partial<DiskSeams> = {}): Promise<DiskExecutor> {
  const { database, dataDir, roots, log } = options;
  const pool = seams.pool ?? createDiskPool();
  const cache = openHashCache(dataDir, log);
  const run: Disk["run"] = async (root, kind, ask, settings) => {
    presence.glance(root);
    return await pool.run(root, kind, ask, settings);
  };
  const disk: Disk = { run, freeBytes: seams.freeBytes ?? pool.freeBytes, keptMode: pool.keptMode };
  const now = seams.now ?? steadyClock();
  const background = new Set<Promise<unknown>>();
  const units = createUnitStore(database);
  const exchange = seams.exchange ?? platform.exchange;
  const retarget = seams.retarget ?? (options.switchMode === "junction" ? platform.retarget : undefined);
  const byFile = seams.byFile ?? (options.switchMode === "files" ? FILE_CALLS : undefined);
  const switcher = createSwitcher({
    disk,
    cache,
    exchange,
    retarget,
    byFile,
    log,
    failed: () => sweeper.later(),
    background(work) {
      const noted = work.catch(() => {}).finally(() => background.delete(noted));
      background.add(noted);
    },
  });
  let started = false;
  const presence = watchRoots({
    roots,
    table: openRootTable(database),
    log,
    expected: (root) => units.all().flatMap((state) => (state.root === root && state.live ? [topFolder(state.unit)] : [])),
    probe: (root) => retarget && requireLinks(root, retarget),
    taken(root, away) {
      if (away) {
        cache.forgetRoot(root);
        believeNothing(services, root);
      }
      if (!started) return;
      settler.settle(root);
      settler.watch();
      sweeper.sweep();
      watchGrace();
    },
  });
  const stopSeeds = new AbortController();
  const services: Services = {
    roots,
    presence,
    disk,
    cache,
    underWay: createChunksUnderWay(),
    staging: new Set<Digest>(),
    looks: new Map(),
    units,
    stagedFiles: units.stagedFiles,
    manifests: createManifestStore(dataDir),
    switcher,
    twins: createNameTwins(),
    now,
    seeds: indexSeeds({ disk, cache, log }, options.seeds ?? [], stopSeeds.signal),
    log,
  };
  const sweeper = createSweeper(services, seams.sweepAfterMs);
  const settler = createSettler(services, seams.settleAfterMs);
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function watchGrace(): void {
    clearTimeout(timer);
    const next = nextGrace();
    if (next === undefined || closed) return;
    timer = setTimeout(watchGrace, Math.min(Math.max(next - now(), 1), LONGEST_TIMER_MS));
    timer.unref();
  }

  function nextGrace(): number | undefined {
    try {
      return expireGrace(services, now());
    } catch (error) {
      log("warn", "expired grace times cannot be ended, trying again", { err: error });
      return now() + RETRY_MS;
    }
  }

  async function close(): Promise<void> {
    closed = true;
    clearTimeout(timer);
    sweeper.stop();
    settler.stop();
    stopSeeds.abort();
    await pool.close();
    await Promise.all(background);
    cache.close();
    presence[Symbol.dispose]();
  }

  try {
    presence.start();
    recover(services, settler);
    sweeper.sweep();
    started = true;
    settler.watch();
    watchGrace();
  } catch (error) {
    await close();
    throw error;
  }
  const orders = createOrderExecutor(services, () => {
    watchGrace();
    settler.watch();
  });
  const served = new Set([undefined, ...roots.map((root) => root.path)]);
  return {
    execute(order, context) {
      if (order.task.kind === "stage") pool.warmUp();
      return orders.execute(order, context);
    },
    inventory: () =>
      units
        .all()
        .filter((state) => served.has(state.root))
        .map(heldOf),
    whereHeld(unit, manifest) {
      const places = heldPlaces(units.read(unit), manifest).filter(({ root }) => served.has(root) && !presence.isHeld(root));
      return places.length === 0 ? undefined : { places, isGrowing: services.staging.has(manifest) };
    },
    rootsFor(unit) {
      const { root } = units.read(unit);
      const paths = root === undefined ? roots.filter(({ role }) => role === unit.role).map(({ path }) => path) : [root];
      const away = paths.find((path) => presence.isHeld(path));
      if (away === undefined) return paths.filter((path) => served.has(path));
      throw new SitewrightError("ROOT_AWAY", `the disk of ${away} is absent: what it holds is not known`, { path: away });
    },
    rootWarnings: presence.warnings,
    close,
  };
}

/** Checks again what may have changed while the agent did not run. */
function believeNothing(services: UnitServices & Pick<Services, "stagedFiles">, root: string): void {
  for (const state of services.units.all()) {
    if (state.root !== root) continue;
    services.stagedFiles.clear(state.unit);
    forgetSeen(services, state.unit);
  }
}

/** Finishes what a crash interrupted, below the roots whose disks are present. */
function recover(services: UnitServices, settler: Settler): void {
  for (const { path } of services.roots) if (!services.presence.isHeld(path)) settler.settle(path);
  for (const state of services.units.all()) if (state.highest && !isPlausibleGeneration(state.highest)) setFenceAside(services, state);
  services.manifests.keepOnly(new Set(services.units.all().flatMap(manifestsInUse)));
}

/** An earlier version accepted an order with an impossible generation: with that fence, no further order would be accepted. */
function setFenceAside(services: UnitServices, { unit, highest }: UnitState): void {
  update(services, unit, (state) => {
    const { highest: _, ...rest } = state;
    return rest;
  });
  services.log("warn", "the unit's fence was an implausible generation: it is set aside", {
    unit: unitKey(unit),
    generation: highest && formatGeneration(highest),
  });
}
