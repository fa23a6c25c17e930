import { closeSync, constants, fsyncSync, lstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/ports/link.ts";
import type { Roots } from "../../../app/ports/stores.ts";
import { OWN_FOLDER, TRASH_FOLDER } from "../../../domain/unit-state.ts";
import type { RootTable } from "../../memory/root-table.ts";
import { withAnchor, type Anchor } from "../anchor.ts";
import { platform } from "../platform/platform.ts";
import { NO_FOLLOW, READ } from "../platform/port.ts";
import { diskError, isAbsent } from "../disk-error.ts";
import type { RoleRoot } from "./role-roots.ts";
import { requireFit } from "./root-probe.ts";
import { lockRoot } from "./root-lock.ts";
import { passNothingOn } from "./own-folder.ts";
import { syncFolder } from "../sync-folder.ts";

/** Identifies the disk of a role root: a line of text that is created once, and stored in the agent's database. */
const IDENTITY = `${OWN_FOLDER}/root-id`;
const LONGEST = 100;
/** Between two checks for absent disks, ms. */
const LOOK_AGAIN_MS = 10_000;

export interface RootWatch extends Roots, Disposable {
  /** Starts work in all roots whose disks are present. Throws what `lockRoot` throws. */
  start(): void;
}

export interface RootWatchOptions {
  roots: readonly RoleRoot[];
  table: RootTable;
  log: Log;
  /** Names directly below the root of units that are live there according to the database. */
  expected(root: string): string[];
  /** Further requirements. Throws `ROOT_UNFIT`. */
  probe?: (root: string) => void;
  /** Called when work begins in a root; `away`: it was held since the last work in it. */
  taken(root: string, away: boolean): void;
}

/**
 * Holds role roots whose disk is absent: nothing is written below an empty mount point, and the state of the disk is not taken for deleted.
 * A disk that returns is detected automatically. Also holds roots on file systems on which no rebuild is possible, and those that cannot be written.
 */
export function watchRoots({ roots, table, log, expected, taken, probe: further }: RootWatchOptions): RootWatch {
  /** Roots in use; `place`: the folder at the path when its identity was last read. */
  const present = new Map<string, { place: string; lock: Disposable }>();
  const held = new Map<string, string>();
  const warnings = new Map<string, string[]>();
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  function require(root: string): void {
    try {
      const place = placeOf(root);
      const known = table.find(root);
      if (!known) {
        if (isEmptied(root)) throw away(root, "it holds nothing of what was rebuilt in it");
        // Where permissions are not kept, the agent's own folder cannot be opened safely.
        probe(root);
      }
      const found = readIdentity(root);
      if (known && known.identity !== found)
        throw away(root, found === undefined ? `it holds no ${IDENTITY}, and did before` : `its ${IDENTITY} is not the one it had`);
      if (present.get(root)?.place === place) return;
      letGo(root);
      if (known) probe(root);
      takeUp(root, place, found, known?.away ?? false);
    } catch (error) {
      if (isHolding(error)) hold(root, error.message);
      throw error;
    }
  }

  /** Before anything permanent is created there. */
  function probe(root: string): void {
    warnings.set(root, requireFit(root));
    for (const warning of warnings.get(root) ?? []) log("warn", warning, { root });
  }

  function takeUp(root: string, place: string, found: string | undefined, wasAway: boolean): void {
    prepareRoot(root);
    const lock = lockRoot(root);
    try {
      further?.(root);
      const identity = found ?? makeIdentity(root);
      present.set(root, { place, lock });
      const reported = held.delete(root);
      taken(root, wasAway);
      table.remember(root, { identity, away: false });
      for (const changed of listeners) changed();
      if (reported) log("info", "the role root is present again, and is checked again", { root });
    } catch (error) {
      letGo(root);
      lock[Symbol.dispose]();
      throw error;
    }
  }

  function letGo(root: string): void {
    present.get(root)?.lock[Symbol.dispose]();
    present.delete(root);
  }

  function hold(root: string, why: string): void {
    letGo(root);
    const isNews = held.get(root) !== why;
    if (isNews) log("error", why, { root });
    held.set(root, why);
    if (isNews) for (const changed of listeners) changed();
    const known = table.find(root);
    if (known && !known.away) table.remember(root, { ...known, away: true });
    timer ??= setInterval(lookAgain, LOOK_AGAIN_MS).unref();
  }

  function lookAgain(): void {
    for (const root of held.keys()) {
      try {
        require(root);
      } catch (error) {
        if (!isHolding(error)) log("warn", "a role root that is present again cannot be used yet", { root, err: error });
      }
    }
    if (held.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  /** An agent may have worked in roots before they had identities. */
  function isEmptied(root: string): boolean {
    const names = expected(root);
    return names.length > 0 && names.every((name) => !lstatSync(join(root, name), { throwIfNoEntry: false }));
  }

  return {
    start() {
      for (const { path } of roots) {
        try {
          require(path);
        } catch (error) {
          if (!isHolding(error)) throw error;
        }
      }
    },
    require,
    glance(root) {
      const known = present.get(root);
      if (!known && !held.has(root)) return; // not a role root, but a seed
      if (known?.place !== placeOf(root)) require(root);
    },
    isHeld: (root) => held.has(root),
    warnings: {
      all: () => [...held.values(), ...[...present.keys()].flatMap((root) => warnings.get(root) ?? [])],
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const { lock } of present.values()) lock[Symbol.dispose]();
      present.clear();
    },
  };
}

/** They affect one root, and no other. */
const HOLDING = new Set(["ROOT_AWAY", "ROOT_UNFIT", "DISK_AWAY", "DISK_FAILING", "DISK_FULL", "DISK_READ_ONLY", "ACCESS_DENIED"]);

function isHolding(error: unknown): error is SitewrightError {
  return error instanceof SitewrightError && HOLDING.has(error.code);
}

/** Identifies the folder at a path. Throws `ROOT_AWAY`. */
function placeOf(root: string): string {
  try {
    const { dev, ino } = statSync(root);
    return `${dev}:${ino}`;
  } catch (error) {
    throw away(root, isAbsent(error) ? "it is not there" : diskError(error, root, "").message);
  }
}

function readIdentity(root: string): string | undefined {
  return withAnchor(root, (anchor) => {
    try {
      return withFile(anchor, READ, (fd) => {
        const bytes = Buffer.alloc(LONGEST);
        return bytes.toString("utf8", 0, readSync(fd, bytes)).trim() || undefined;
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw diskError(error, root, IDENTITY);
    }
  });
}

function makeIdentity(root: string): string {
  const identity = randomUUID();
  withAnchor(root, (anchor) => {
    try {
      withFile(anchor, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, (fd) => {
        writeSync(fd, `${identity}\n`);
        fsyncSync(fd);
      });
      syncFolder(`${anchor.folder(OWN_FOLDER)}/.`);
    } catch (error) {
      throw diskError(error, root, IDENTITY);
    }
  });
  return identity;
}

function withFile<T>(anchor: Anchor, flags: number, work: (fd: number) => T): T {
  const fd = openSync(anchor.place(IDENTITY), flags | NO_FOLLOW, 0o600);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** The agent's own folder in the root, closed to all other accounts. */
function prepareRoot(root: string): void {
  withAnchor(root, (anchor) => {
    try {
      anchor.makeFolders(OWN_FOLDER, 0o700);
      anchor.setMode(OWN_FOLDER, 0o700);
      platform.closeOwnFolder?.(anchor.folder(OWN_FOLDER));
      passNothingOn(anchor);
      anchor.makeFolders(TRASH_FOLDER, 0o700);
    } catch (error) {
      throw diskError(error, root, OWN_FOLDER);
    }
  });
}

function away(root: string, why: string): SitewrightError {
  return new SitewrightError(
    "ROOT_AWAY",
    `the role root ${root} is held: ${why}. Is its disk mounted? Nothing is written there until it is. If what was there is gone for good, stop the agent, run 'sitewright-agent root accept ${root}' with its --data-dir, and start it again`,
    { path: root },
  );
}
