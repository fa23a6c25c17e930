import { closeSync } from "node:fs";
import type { FinishAsk } from "../../app/ports/disk.ts";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import { openAnchor } from "../disk/anchor.ts";
import { patiently } from "../disk/patiently.ts";
import { diskError } from "../disk/disk-error.ts";
import { changedMeanwhile, expectSize, finishOpen, openForWriting, writeAll, writeWhole, type OwnFile } from "../disk/jobs/disk-write.ts";

/** Files below a role root that are being written, the last few of them open. Throws as disk jobs do. */
export interface OpenFiles {
  /** @param size Of the whole file. Throws `STAGING_DAMAGED` for one that another process has changed meanwhile. */
  write(path: string, bytes: Uint8Array, offset: number, size: number): void;
  /** All of a file that has no part yet, with its attributes. Undefined if something has its name already: it is to be written in parts. */
  writeWhole(ask: FinishAsk, bytes: Uint8Array): FileIdentity | undefined;
  /** All of it is written: gives it its attributes, and closes it. */
  finish(ask: FinishAsk): FileIdentity;
  close(): void;
}

const OPEN_AT_ONCE = 32;

export function openFiles(root: string): OpenFiles {
  const anchor = openAnchor(root);
  /** By path, the most recently used at the end. */
  const open = new Map<string, OwnFile>();
  let last: { path: string; file: OwnFile } | undefined;
  /** Files that were written to, and wait for more. */
  const begun = new Set<string>();

  function get(path: string): OwnFile {
    if (last?.path === path) return last.file;
    let file = open.get(path);
    if (file) open.delete(path);
    else {
      anchor.trim();
      file = patiently(() => openForWriting(anchor, path));
      if (file.made && begun.has(path)) {
        closeSync(file.fd);
        throw changedMeanwhile(path); // it was removed
      }
    }
    open.set(path, file);
    last = { path, file };
    if (open.size > OPEN_AT_ONCE) drop(open.keys().next().value as string);
    return file;
  }

  function drop(path: string): void {
    const file = open.get(path);
    open.delete(path);
    if (last?.path === path) last = undefined;
    if (file) closeSync(file.fd);
  }

  return {
    write(path, bytes, offset, size) {
      try {
        const file = get(path);
        const { fd } = file;
        if (!file.made || bytes.length < size) expectSize(file, path, size);
        if (bytes.length < size) begun.add(path);
        file.made = false;
        writeAll(fd, bytes, offset);
      } catch (error) {
        throw diskError(error, root, path);
      }
    },
    writeWhole(ask, bytes) {
      try {
        anchor.trim();
        return patiently(() => writeWhole(anchor, ask, bytes));
      } catch (error) {
        throw diskError(error, root, ask.path);
      }
    },
    finish(ask) {
      try {
        return finishOpen(get(ask.path).fd, ask);
      } catch (error) {
        throw diskError(error, root, ask.path);
      } finally {
        begun.delete(ask.path);
        drop(ask.path);
      }
    },
    close() {
      for (const { fd } of open.values()) closeSync(fd);
      open.clear();
      last = undefined;
      anchor.close();
    },
  };
}
