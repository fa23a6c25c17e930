import { unlinkSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/ports/link.ts";
import type { PendingSwitch, Switcher, SwitchRow } from "../../../app/ports/stores.ts";
import { inodeAt, withAnchor, type Anchor } from "../anchor.ts";
import { diskError, naming, systemCode } from "../disk-error.ts";
import { syncFolder } from "../sync-folder.ts";
import type { Exchange } from "../platform/port.ts";
import { createTrash, type TrashOptions } from "./trash.ts";
import { trySwitch } from "./try-switch.ts";

/** Another process may create or remove a name between the check and the call; then it is checked again. */
const ATTEMPTS = 5;

export interface SwitcherOptions extends TrashOptions {
  log: Log;
}

export function createSwitcher({ disk, cache, exchange, log, failed, background }: SwitcherOptions): Switcher {
  const trash = createTrash({ disk, cache, exchange, failed, background });

  /** Whether the folder of a switch is at its destination: only the commit is missing then, or what `endWithoutFolder` decides. */
  function isMissing(pending: PendingSwitch): boolean {
    const { root, folder, keepAt } = pending;
    return withAnchor(root, (anchor) =>
      naming(root, folder, () => {
        if (inodeAt(anchor, folder) !== undefined) return false;
        if (inodeAt(anchor, keepAt) === undefined) endWithoutFolder(anchor, pending, log);
        return true;
      }),
    );
  }

  return {
    survey: (root, folder, paths) =>
      withAnchor(root, (anchor) =>
        naming(root, folder, () => {
          anchor.makeFolders(folder, 0o700);
          return paths.map(({ path, place }) => ({ path, place, out: inodeAt(anchor, path), in: inodeAt(anchor, `${folder}/${place}`) }));
        }),
      ),
    exists: (root, path) => withAnchor(root, (anchor) => naming(root, path, () => inodeAt(anchor, path) !== undefined)),

    prepare({ root, folder, keepAt, rows }) {
      withAnchor(root, (anchor) =>
        naming(root, folder, () => {
          if (inodeAt(anchor, folder) === undefined) return; // carried out, or lost: there is nothing to move
          if (inodeAt(anchor, keepAt) !== undefined) void trash.discard(root, keepAt); // left by a removal that failed
          anchor.makeFolders(parentOf(keepAt), 0o700);
          trySwitch(anchor, folder, rows);
        }),
      );
    },

    carryOut(pending) {
      const { root, folder, keepAt, rows } = pending;
      if (isMissing(pending)) return;
      for (const row of rows) carryRowPatiently(pending, row, { exchange, log });
      withAnchor(root, (anchor) =>
        naming(root, keepAt, () => {
          syncRows(anchor, pending);
          anchor.makeFolders(parentOf(keepAt), 0o700);
          unlessInUse(exchange, join(root, folder), () => exchange.move(anchor.place(folder), anchor.place(keepAt)));
          for (const parent of new Set([parentOf(folder), parentOf(keepAt)])) syncParent(anchor, parent);
        }),
      );
    },

    takeBack(pending) {
      if (isMissing(pending)) return false;
      for (const row of pending.rows.toReversed()) carryRowPatiently({ ...pending, back: true }, row, { exchange, log });
      withAnchor(pending.root, (anchor) => naming(pending.root, pending.folder, () => syncRows(anchor, pending)));
      return true;
    },

    unlink(root, files, failed) {
      withAnchor(root, (anchor) => {
        for (const file of files) {
          const { path, inode } = file;
          try {
            if (inodeAt(anchor, path, true) === inode) unlinkSync(anchor.place(path));
          } catch (error) {
            failed(file, diskError(error, root, path));
          }
          anchor.trim();
        }
      });
    },

    discard: trash.discard,
  };
}

type RowTools = Pick<SwitcherOptions, "exchange" | "log">;

/** Brings the incoming entry to its name, and the outgoing one to the folder of the switch, from wherever both are. */
function carryRow(anchor: Anchor, pending: PendingSwitch, row: SwitchRow, { exchange, log }: RowTools): void {
  const [wanted, other] = pending.back ? [row.out, row.in] : [row.in, row.out];
  const held = `${pending.folder}/${row.place}`;
  const aside = `${held}.out`;
  const at = { live: inodeAt(anchor, row.path), held: inodeAt(anchor, held), aside: inodeAt(anchor, aside) };
  const move = (from: string, to: string) => exchange.move(anchor.place(from), anchor.place(to));
  if (wanted === undefined) {
    if (other !== undefined && at.live === other && at.held === undefined) move(row.path, held);
  } else if (at.live === wanted) {
    if (at.held === undefined && at.aside !== undefined) move(aside, held);
  } else if (at.held !== wanted && at.aside !== wanted) {
    log("error", "the incoming folder is gone: rebuild the unit", { root: pending.root, path: row.path });
  } else if (at.held === wanted && at.live !== undefined) {
    exchange.swap(anchor.place(row.path), anchor.place(held), anchor.place(aside));
  } else if (at.live !== undefined && at.held === undefined) {
    exchange.swap(anchor.place(row.path), anchor.place(aside), anchor.place(held));
    move(aside, held);
  } else if (at.live !== undefined) {
    move(row.path, held); // reports what is in the way
  } else {
    makeParents(anchor, row.path);
    move(at.held === wanted ? held : aside, row.path);
    if (at.held === wanted && at.aside !== undefined) move(aside, held);
  }
}

function carryRowPatiently(pending: PendingSwitch, row: SwitchRow, tools: RowTools): void {
  for (let attempt = 1; ; attempt++) {
    try {
      return withAnchor(pending.root, (anchor) =>
        unlessInUse(tools.exchange, join(pending.root, row.path), () => carryRow(anchor, pending, row, tools)),
      );
    } catch (error) {
      const code = systemCode(error);
      if (attempt === ATTEMPTS || (code !== "ENOENT" && code !== "EEXIST")) throw diskError(error, pending.root, row.path);
    }
  }
}

function unlessInUse(exchange: Exchange, place: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!exchange.isInUse(error)) throw error;
    const users = exchange.usersOf?.(place) ?? "";
    const named = users === "" ? "" : `; ${users}`;
    throw new SitewrightError(
      "FOLDER_IN_USE",
      `${place} cannot be exchanged while a file or folder in it is open (${systemCode(error)})${named}: it is tried again until that ends. Get-SmbOpenFile shows which client has it open, and handle.exe or the Resource Monitor which program; if none has, the agent's account lacks the right to delete there`,
      { path: place, cause: error },
    );
  }
}

/**
 * The folder of a switch is neither at its origin nor at its destination. If it was removed, what is live stays as it is. If everything is
 * missing, the disk is absent, and the switch waits for it.
 */
function endWithoutFolder(anchor: Anchor, { root, folder, rows }: PendingSwitch, log: Log): void {
  const known = rows.some((row) => {
    const live = inodeAt(anchor, row.path);
    return live !== undefined && (live === row.in || live === row.out);
  });
  if (!known) throw new SitewrightError("IO_ERROR", `${root} does not hold what it held: check that its disk is mounted`, { path: root });
  log("error", "a folder of the agent was removed by another process: rebuild the unit", { root, path: folder });
}

function makeParents(anchor: Anchor, path: string): void {
  const parent = parentOf(path);
  if (parent !== "") anchor.makeFolders(parent, 0o755);
}

function syncRows(anchor: Anchor, { folder, rows }: PendingSwitch): void {
  for (const parent of new Set([folder, ...rows.map((row) => parentOf(row.path))])) syncParent(anchor, parent);
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

function syncParent(anchor: Anchor, path: string): void {
  if (inodeAt(anchor, path) !== undefined) syncFolder(`${anchor.folder(path)}/.`);
}
