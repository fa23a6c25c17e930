import { open, type FileHandle } from "node:fs/promises";
import type { LedgerLines, PlacedLine } from "../../app/ledger/ports.ts";
import { oneAtATime } from "../../app/one-at-a-time.ts";
import { dataFileError, requireFile } from "../files/data-file.ts";

const BLOCK = 64 * 1024;
const NEWLINE = 0x0a;

export interface OpenLedgerFile extends LedgerLines {
  close(): Promise<void>;
}

/** The ledger in the data folder: one line per entry, append-only. Throws `DATA_FILE_UNUSABLE`, `DISK_FULL`, as its methods do. */
export async function openLedgerFile(file: string): Promise<OpenLedgerFile> {
  requireFile(file);
  try {
    const handle = await open(file, "a+", 0o600);
    return ledgerFile(file, handle, await cutTornLine(handle));
  } catch (error) {
    throw dataFileError(file, error);
  }
}

/** Removes a partial line that a crash left, which was never confirmed. @returns The size of the complete lines, bytes. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  let end = size;
  const block = Buffer.alloc(BLOCK);
  while (end > 0) {
    const from = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const last = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    end = last < 0 ? from : from + last + 1;
    if (last >= 0) break;
  }
  if (end < size) await handle.truncate(end);
  return end;
}

function ledgerFile(file: string, handle: FileHandle, whole: number): OpenLedgerFile {
  let size = whole;
  const inTurn = oneAtATime();

  async function write(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    try {
      await handle.appendFile(bytes);
      await handle.datasync();
      size += bytes.length;
    } catch (error) {
      // A partial line would make the next one unreadable.
      await handle.truncate(size).catch(() => undefined);
      throw dataFileError(file, error);
    }
  }

  async function* forwards(): AsyncGenerator<string> {
    const end = size;
    let rest = Buffer.alloc(0);
    for (let at = 0; at < end; at += BLOCK) {
      const block = Buffer.alloc(Math.min(BLOCK, end - at));
      await handle.read(block, 0, block.length, at);
      const { lines, left } = split(Buffer.concat([rest, block]));
      rest = left;
      for (const line of lines) yield line;
    }
  }

  async function* backwards(before = size): AsyncGenerator<PlacedLine> {
    let end = Math.min(before, size);
    let carried = Buffer.alloc(0);
    while (end > 0) {
      const from = Math.max(0, end - BLOCK);
      const block = Buffer.alloc(end - from);
      await handle.read(block, 0, block.length, from);
      let text = Buffer.concat([block, carried]);
      for (;;) {
        const newline = text.subarray(0, -1).lastIndexOf(NEWLINE);
        if (newline < 0) break;
        yield { at: from + newline + 1, line: text.toString("utf8", newline + 1, text.length - 1) };
        text = text.subarray(0, newline + 1);
      }
      carried = text;
      end = from;
    }
    if (carried.length > 0) yield { at: 0, line: carried.toString("utf8", 0, carried.length - 1) };
  }

  return {
    append: (lines) => inTurn(() => write(lines)),
    forwards,
    backwards,
    close: () => inTurn(() => handle.close()),
  };
}

function split(bytes: Buffer): { lines: string[]; left: Buffer<ArrayBuffer> } {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const text = bytes.toString("utf8", 0, end);
  return { lines: text.split("\n").slice(0, -1), left: Buffer.from(bytes.subarray(end)) };
}
