import type { Disk, DiskJobs, HashCache, JobKind } from "../ports/disk.ts";
import type { Log } from "../ports/link.ts";

/** What work on the disk needs. */
export interface DiskServices {
  disk: Disk;
  cache: HashCache;
  log: Log;
}

/** The disk below one role root, for one piece of work: every path is below that root, and the work ends with its signal. */
export interface RootDisk {
  readonly path: string;
  readonly services: DiskServices;
  readonly signal: AbortSignal;
  run<Kind extends JobKind>(kind: Kind, ask: DiskJobs[Kind]["ask"]): Promise<DiskJobs[Kind]["answer"]>;
  /** Completes even if the work is cancelled: otherwise disk and memory would differ. */
  runThrough<Kind extends JobKind>(kind: Kind, ask: DiskJobs[Kind]["ask"]): Promise<DiskJobs[Kind]["answer"]>;
}

export function openRootDisk(services: DiskServices, path: string, signal: AbortSignal): RootDisk {
  const { disk } = services;
  return {
    path,
    services,
    signal,
    run: (kind, ask) => disk.run(path, kind, ask, { signal }),
    runThrough: (kind, ask) => disk.run(path, kind, ask),
  };
}
