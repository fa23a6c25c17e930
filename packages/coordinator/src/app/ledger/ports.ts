/** The first copy of the ledger: an append-only file of lines. Throws `DATA_FILE_UNUSABLE`, `DISK_FULL`. */
export interface LedgerLines {
  /** Resolves when the lines are on the disk: all of them or none. */
  append(lines: readonly string[]): Promise<void>;
  forwards(): AsyncIterable<string>;
  /** Newest first. @param before Offset of the first line to leave out; by default the end of the file. */
  backwards(before?: number): AsyncIterable<PlacedLine>;
}

export interface PlacedLine {
  /** Its offset, bytes. */
  at: number;
  line: string;
}

/** The second copy, in Redis. Throws `REDIS_UNREACHABLE`. */
export interface LedgerCopy {
  push(lines: readonly string[]): Promise<void>;
  lines(): AsyncIterable<string>;
}
