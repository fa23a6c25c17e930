import { unlinkSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/ports/link.ts";
import type { PendingSwitch, Switcher, SwitchRow } from "../../../app/ports/stores.ts";
import { isPart } from "../../../domain/switch-parts.ts";
import type { Inode } from "../../../domain/tree/file-identity.ts";
import { inodeAt, withAnchor, type Anchor } from "../anchor.ts";
import { diskError, naming, systemCode } from "../disk-error.ts";
import { syncFolder } from "../sync-folder.ts";
import type { Exchange, Retarget } from "../platform/port.ts";
import { rowsByFile, swapFiles, withInboxLocks, type FileCalls } from "./by-file.ts";
import { dropTwins, isFolder, swapLinks, toLink } from "./link-swap.ts";
import { createTrash, type TrashOptions } from "./trash.ts";
import { trySwitch } from "./try-switch.ts";

/** Another process may create or remove a name between the check and the call; then it is checked again. */
const ATTEMPTS = 5;

export interface SwitcherOptions extends TrashOptions {
  log: Log;
  /** Live names are links to folders, which lead elsewhere in one step. */
  retarget?: Retarget | undefined;
  /** Files are exchanged one by one, and no folder. */
  byFile?: FileCalls | undefined;
}

export function createSwitcher({ disk, cache, exchange, retarget, byFile, log, failed, background }: SwitcherOptions): Switcher {
  const tools: RowTools = { exchange, retarget, byFile, log };
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
          const rows = paths.map(({ path, place }) => {
            return { path, place, out: inodeAt(anchor, path), in: inodeAt(anchor, `${folder}/${place}`) };
          });
          return byFile ? rowsByFile(anchor, folder, rows) : rows;
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
      withInboxLocks(pending, () => rows.forEach((row) => carryRowPatiently(pending, row, tools)));
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
      withInboxLocks(pending, () => {
        for (const row of pending.rows.toReversed()) carryRowPatiently({ ...pending, back: true }, row, tools);
      });
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

type RowTools = Pick<SwitcherOptions, "exchange" | "retarget" | "byFile" | "log">;

/** Brings the incoming entry to its name, and the outgoing one to the folder of the switch, from wherever both are. */
function carryRow(anchor: Anchor, pending: PendingSwitch, row: SwitchRow, { exchange, retarget, byFile, log }: RowTools): void {
  const [wanted, other] = pending.back ? [row.out, row.in] : [row.in, row.out];
  const held = `${pending.folder}/${row.place}`;
  // Beside a part its name may be taken, and of parts one is exchanged at a time.
  const aside = isPart(row) ? `${pending.folder}/out` : `${held}.out`;
  dropTwins(anchor, { live: row.path, other: held, aside });
  const at = { live: inodeAt(anchor, row.path), held: inodeAt(anchor, held), aside: ofRow(inodeAt(anchor, aside), row) };
  if (isPart(row) && at.aside !== undefined && at.aside === at.live) {
    unlinkSync(anchor.place(aside));
    at.aside = undefined;
  }
  const move = (from: string, to: string) => exchange.move(anchor.place(from), anchor.place(to));
  const swap = (other: string, free: string): void => {
    const names = { live: row.path, other, aside: free };
    if (byFile && isPart(row)) swapFiles(anchor, names, byFile, exchange);
    else if (retarget) swapLinks(anchor, names, { exchange, retarget });
    else exchange.swap(anchor.place(names.live), anchor.place(other), anchor.place(free));
  };
  if (wanted === undefined) {
    if (other !== undefined && at.live === other && at.held === undefined) move(row.path, held);
  } else if (at.live === wanted) {
    if (at.held === undefined && at.aside !== undefined) move(aside, held);
  } else if (at.held !== wanted && at.aside !== wanted) {
    log("error", "the incoming folder is gone: rebuild the unit", { root: pending.root, path: row.path });
  } else if (at.held === wanted && at.live !== undefined) {
    swap(held, aside);
  } else if (at.live !== undefined && at.held === undefined) {
    swap(aside, held);
    move(aside, held);
  } else if (at.live !== undefined) {
    move(row.path, held); // reports what is in the way
  } else {
    makeParents(anchor, row.path);
    if (retarget && at.aside === undefined && isFolder(anchor, held)) toLink(anchor, { path: held, servedAt: row.path, aside }, exchange);
    move(at.held === wanted ? held : aside, row.path);
    if (at.held === wanted && at.aside !== undefined) move(aside, held);
  }
}

/** What an exchange of another row left there is left to that. */
function ofRow(inode: Inode | undefined, row: SwitchRow): Inode | undefined {
  return inode === row.in || inode === row.out ? inode : undefined;
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
  const known =
    rows.length === 0 ||
    rows.some((row) => {
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
