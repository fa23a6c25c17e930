import type { IndexContext } from "./index-context.ts";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import type { FileRecord } from "./tables/files-table.ts";
import { FileTooLarge, hashFile, tooLarge, type HashedFile } from "./hash-file.ts";
import { read, SourceMoved, type FaultList } from "./walk/source-fault.ts";
import type { SourceEntry } from "./walk/walk-source.ts";

/** The chunks of files, stored or hashed. */
export interface FileHashes {
  /** Undefined when the file cannot be read, which is a fault. Throws `SourceMoved`. */
  of(entry: SourceEntry): HashedFile | undefined;
  /** Stores the new hashes. */
  save(): void;
  /** What had to be read; the rest was known. */
  readonly reads: { files: number; bytes: number };
  /** Files read again whose bytes changed while their metadata did not. */
  readonly altered: { files: number; first: string };
  /** False when a file may change once more without a visible change of its metadata. */
  readonly settled: boolean;
}

/**
 * Granularity of file system clocks: a file hashed within one step of its last change may change again with the same times. Such a file is
 * hashed again next time. ms.
 */
const CLOCK_STEP = 50;

// Hashes are committed periodically, so that they survive the death of this process.
const SAVED_FILES = 512;
const SAVED_BYTES = 256 * 1024 * 1024;

/**
 * @param rehash Use no stored hash.
 * @param onBytes Called with the bytes that were read, or are known.
 */
export function createFileHashes(
  { root, database, rehash }: Pick<IndexContext, "root" | "database" | "rehash">,
  { owned }: UnitSource,
  faults: FaultList,
  onBytes: (bytes: number) => void,
): FileHashes {
  let pending: FileRecord[] = [];
  let pendingBytes = 0;
  const reads = { files: 0, bytes: 0 };
  const altered = { files: 0, first: "" };
  let settled = true;
  // Nothing is known of a new package, and each query costs as much as the file system call.
  const anyKnown = owned.some(({ kind, source }) => kind === "file" || database.countFiles(source) > 0);

  function save(): void {
    if (pending.length > 0) database.saveFiles(pending);
    pending = [];
    pendingBytes = 0;
  }

  return {
    of(entry) {
      const { source, stats } = entry;
      const known = anyKnown ? database.file(source, stats) : undefined;
      if (known && !rehash) {
        onBytes(Number(stats.size));
        return known;
      }
      const before = Date.now();
      const hashed = hashOne(root, entry, faults, onBytes);
      if (!hashed) return undefined;
      if (known && Buffer.compare(known.digests, hashed.digests) !== 0) {
        altered.files += 1;
        altered.first ||= source;
      }
      const record = { source, stats, hashed, settled: before - Number(stats.ctimeNs / 1_000_000n) > CLOCK_STEP };
      settled &&= record.settled;
      reads.files += 1;
      reads.bytes += Number(stats.size);
      pending.push(record);
      pendingBytes += Number(stats.size);
      if (pending.length >= SAVED_FILES || pendingBytes >= SAVED_BYTES) save();
      return hashed;
    },
    save,
    reads,
    altered,
    get settled() {
      return settled;
    },
  };
}

function hashOne(
  root: string,
  { source, stats }: SourceEntry,
  faults: FaultList,
  onBytes: (bytes: number) => void,
): HashedFile | undefined {
  return read(faults, source, () => {
    try {
      const hashed = hashFile(`${root}/${source}`, stats, onBytes);
      if (!hashed) throw new SourceMoved(source);
      return hashed;
    } catch (error) {
      if (!(error instanceof FileTooLarge)) throw error;
      faults.add("SOURCE_TOO_LARGE", source, tooLarge(stats.size));
      return undefined;
    }
  });
}
