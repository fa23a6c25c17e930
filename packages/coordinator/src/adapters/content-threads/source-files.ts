import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { OPEN_FLAGS } from "../content-index/hash-file.ts";
import { folderOf, nameOf, type ChunkTable } from "./chunk-table.ts";
import { asSigned } from "../content-index/tables/files-table.ts";

/** Large files that one reader keeps open between two slots. */
const OPEN_FILES = 8;

/**
 * Reads the files of one table in runs: `read` several times, then `settle`, which verifies that the bytes read since are those that were
 * indexed. Blocks its thread.
 */
export interface SourceFiles {
  /** Fills `target` with the bytes of a file from `offset` on. Throws `SOURCE_CHANGED` or `IO_ERROR`. */
  read(file: number, offset: number, target: Uint8Array): void;
  /** The file that was read last. */
  current(): number | undefined;
  /** Checks the file once more, after reading: an earlier change is detected, a later one is not in the bytes. */
  settle(): void;
  /** Folders are checked again from here on. */
  forgetFolders(): void;
  close(): void;
}

/** @param siteData Real path of the site data, for a table that does not name its own. */
export function openSourceFiles(siteData: string, table: ChunkTable): SourceFiles {
  const root = table.root ?? siteData;
  const kept = new Map<number, number>(); // file to descriptor; the least recently used first
  let current: { file: number; descriptor: number; readTo: number } | undefined;
  /** The folder of the last file, and its path. */
  let last = { folder: "", path: join(root, "") };
  let checkedFolder: string | undefined;

  function open(file: number): number {
    const again = kept.get(file);
    kept.delete(file);
    if (again !== undefined) return again;
    const folder = pathOf(folderOf(table, file));
    if (table.known[file] !== 1) throw changed(placeOf(file));
    try {
      if (checkedFolder !== folder && realpathSync.native(folder) !== folder) throw changed(placeOf(file));
      checkedFolder = folder;
      return openSync(`${folder}${sep}${nameOf(table, file)}`, OPEN_FLAGS);
    } catch (error) {
      if (error instanceof SitewrightError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      // Deleted, a link now, or unopenable: not the file that was indexed. Other errors may be temporary.
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENXIO") throw changed(placeOf(file), error);
      throw unreadable(placeOf(file), error);
    }
  }

  function pathOf(folder: string): string {
    if (last.folder !== folder) last = { folder, path: join(root, folder) };
    return last.path;
  }

  function placeOf(file: number): string {
    const folder = folderOf(table, file);
    return folder === "" ? nameOf(table, file) : `${folder}/${nameOf(table, file)}`;
  }

  function isAsIndexed(file: number, descriptor: number): boolean {
    const stats = fstatSync(descriptor, { bigint: true });
    return (
      stats.isFile() &&
      Number(stats.size) === table.size[file] &&
      asSigned(stats.mtimeNs) === table.mtimeNs[file] &&
      stats.ino === table.inode[file]
    );
  }

  function drop(): void {
    if (current) closeSync(current.descriptor);
    current = undefined;
  }

  return {
    current: () => current?.file,
    read(file, offset, target) {
      current ??= { file, descriptor: open(file), readTo: 0 };
      try {
        for (let done = 0; done < target.length;) {
          const count = readSync(current.descriptor, target, done, target.length - done, offset + done);
          if (count === 0) throw changed(placeOf(file));
          done += count;
        }
        current.readTo = offset + target.length;
      } catch (error) {
        drop();
        throw error instanceof SitewrightError ? error : unreadable(placeOf(file), error);
      }
    },
    settle() {
      if (!current) return;
      const { file, descriptor, readTo } = current;
      if (!isAsIndexed(file, descriptor)) {
        drop();
        throw changed(placeOf(file));
      }
      if (readTo === table.size[file]) return drop();
      current = undefined;
      kept.set(file, descriptor);
      for (const [oldest, open] of kept) {
        if (kept.size <= OPEN_FILES) break;
        kept.delete(oldest);
        closeSync(open);
      }
    },
    forgetFolders() {
      checkedFolder = undefined;
    },
    close() {
      drop();
      for (const descriptor of kept.values()) closeSync(descriptor);
      kept.clear();
    },
  };
}

function unreadable(source: string, cause: unknown): SitewrightError {
  return new SitewrightError("IO_ERROR", `${source} cannot be read: ${(cause as Error).message}`, { path: source, cause });
}

function changed(source: string, cause?: unknown): SitewrightError {
  return new SitewrightError("SOURCE_CHANGED", `${source} changed after it was indexed: start the rebuild again, which indexes it again`, {
    path: source,
    cause,
  });
}
