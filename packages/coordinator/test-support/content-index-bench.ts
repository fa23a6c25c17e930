import { chmod, mkdir, mkdtemp, readFile, realpath, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import { dirname, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { UnitSource } from "../src/domain/sites/hierarchy.ts";
import { openContentIndex } from "../src/adapters/content-index/content-index.ts";

/** One package in a folder of its own, an index over it, and the files that the index read. */
export interface Bench extends AsyncDisposable {
  index: Awaited<ReturnType<typeof openContentIndex>>;
  siteData: string;
  dataDir: string;
  /** Path in the package's source. */
  at(path: string): string;
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** Canonical bytes; throws when there is none. */
  manifest(digest: string): Promise<Uint8Array>;
  run(source?: UnitSource, witness?: boolean, rehash?: boolean): ReturnType<Bench["index"]["index"]>;
  /** The error of a run; fails when there is none. */
  fault(source?: UnitSource): Promise<SitewrightError>;
  /** Files that the last run had to read. */
  filesRead(): unknown;
  /** Queries the index's database, or changes it. */
  database<T>(work: (database: DatabaseSync) => T): T;
  /** The same folders under an index that is opened again. */
  reopen(): Promise<Bench>;
}

export const OFFICE: UnitSource = {
  unit: { role: "dp", name: "ABC00001" },
  owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read", source: "packages/ABC00001/source" }],
  places: ["packages/ABC00001/source", "packages/ABC00001/package.yaml"],
  statedIn: "packages/ABC00001/package.yaml",
  priority: "medium",
};

const LONG_AGO = new Date("2001-06-25T08:00:00.123Z");

export async function openBench(): Promise<Bench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sitewright-index-")));
  await mkdir(join(folder, "site-data/packages/ABC00001/source"), { recursive: true });
  return benchIn(folder);
}

async function benchIn(folder: string): Promise<Bench> {
  const siteData = join(folder, "site-data");
  const dataDir = join(folder, "data");
  const source = join(siteData, "packages/ABC00001/source");
  let filesRead: unknown;
  const index = await openContentIndex({ siteData, dataDir, workers: 2, log: (_, facts) => void (filesRead = facts.filesRead) });
  const run = (unit: UnitSource = OFFICE, witness = true, rehash = false) =>
    index.index(unit, { root: siteData, witness, rehash, acceptOlder: false, onProgress: () => {}, signal: AbortSignal.timeout(240_000) });
  return {
    index,
    siteData,
    dataDir,
    run,
    at: (path) => join(source, path),
    async write(path, content, mode = 0o644) {
      const target = join(source, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      await utimes(target, LONG_AGO, LONG_AGO);
      await chmod(target, mode);
    },
    async fault(unit) {
      const error = await run(unit).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error instanceof SitewrightError) return error;
      throw new Error("the unit was indexed, or failed with something else", { cause: error });
    },
    filesRead: () => filesRead,
    database(work) {
      const database = new DatabaseSync(join(dataDir, "index.db"), { timeout: 5_000 });
      try {
        return work(database);
      } finally {
        database.close();
      }
    },
    reopen: () => benchIn(folder),
    async manifest(digest) {
      return zstdDecompressSync(await readFile(join(dataDir, "manifests", digest)));
    },
    async [Symbol.asyncDispose]() {
      await index.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** File systems distinguish two changes only when their clock advanced in between. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 80));
