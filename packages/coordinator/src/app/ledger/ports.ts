/** The first copy of the ledger: a file of lines, only ever appended to. Throws `DATA_FILE_UNUSABLE`, `DISK_FULL`. */
export interface LedgerLines {
  /** Resolves when the lines are on the disk: all of them or none. */
  append(lines: readonly string[]): Promise<void>;
  forwards(): AsyncIterable<string>;
  /** Newest first. @param before Byte place of a line that is not to come any more; the end of the file, unless told. */
  backwards(before?: number): AsyncIterable<PlacedLine>;
}

export interface PlacedLine {
  /** Where it begins, bytes from the start. */
  at: number;
  line: string;
}

/** The second copy, in Redis. Throws `REDIS_UNREACHABLE`. */
export interface LedgerCopy {
  push(lines: readonly string[]): Promise<void>;
  lines(): AsyncIterable<string>;
}
