import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  chunkSizes,
  comparePaths,
  encodeManifest,
  manifestChunks,
  manifestDigest,
  nextCut,
  type Chunk,
  type Digest,
  type Manifest,
  type ManifestEntry,
  type Order,
  type OrderTask,
  type Outcome,
  type OwnedPath,
  type Progress,
  type Role,
  type Unit,
} from "@sitewright/protocol";
import { openDatabase, type Database } from "../src/adapters/memory/database.ts";
import { openDiskExecutor, type DiskExecutor, type DiskSeams } from "../src/adapters/disk/disk-executor.ts";
import { createDiskPool, type DiskPool } from "../src/adapters/disk/disk-pool.ts";
import { digestOf, hashBytes } from "@sitewright/node-kit/hash";
import { openContentBench } from "./content-bench.ts";
import { removeTree } from "@sitewright/testkit/temporary-folder";
import type { ContentServer } from "@sitewright/testkit/content-server";

/** Files by path; a string that starts with `->` is a link, a path that ends with `/` a folder. */
export type Tree = Record<string, string | Buffer | { content: string | Buffer; mode: number }>;

export const MODIFIED = 1_000_000_000_123;

export interface Release {
  manifest: Manifest;
  digest: Digest;
  bytes: Uint8Array;
  chunks: Map<Digest, Uint8Array>;
}

export const CAP: Unit = { role: "cap", name: "CAP_ABC" };
export const PACKAGE: Unit = { role: "dp", name: "ABC00001" };

export function capFolders(...names: string[]): OwnedPath[] {
  return names.map((name) => ({ path: `CAP_ABC/${name}`, kind: "folder", rights: "clients-read" }));
}

export const PACKAGE_FOLDER: OwnedPath[] = [{ path: "ABC00001", kind: "folder", rights: "clients-read" }];

/** A manifest as the coordinator would make it. */
export function release(unit: Unit, owned: OwnedPath[], tree: Tree): Release {
  const chunks = new Map<Digest, Uint8Array>();
  const entries = new Map<string, ManifestEntry>();
  const tops = new Set(owned.map((top) => top.path));
  for (const [name, value] of Object.entries(tree)) {
    const path = name.replace(/\/$/, "");
    for (let parent = dirname(path); parent !== "." && !tops.has(parent) && !tops.has(path); parent = dirname(parent)) {
      if (![...tops].some((top) => parent.startsWith(`${top}/`))) break;
      if (!entries.has(parent)) entries.set(parent, { kind: "folder", path: parent, mode: 0o755 });
    }
    if (name.endsWith("/"))
      entries.set(path, { kind: "folder", path, mode: typeof value === "object" && "mode" in value ? value.mode : 0o755 });
    else if (typeof value === "string" && value.startsWith("->")) entries.set(path, { kind: "link", path, target: value.slice(2) });
    else entries.set(path, fileEntry(path, value, chunks));
  }
  const manifest: Manifest = { unit, owned, entries: [...entries.values()].sort((a, b) => comparePaths(a.path, b.path)) };
  const bytes = encodeManifest(manifest);
  return { manifest, bytes, digest: manifestDigest(bytes, hashBytes), chunks };
}

function fileEntry(path: string, value: Tree[string], kept: Map<Digest, Uint8Array>): ManifestEntry {
  const { content, mode } = typeof value === "object" && "mode" in value ? value : { content: value, mode: 0o644 };
  const bytes = Buffer.from(content);
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = nextCut(bytes, at, bytes.length, chunkSizes(bytes.length));
    const chunk = bytes.subarray(at, at + size);
    chunks.push({ digest: digestOf(chunk), size });
    kept.set(digestOf(chunk), chunk);
    at += size;
  }
  return { kind: "file", path, mode, size: bytes.length, modified: MODIFIED, chunks };
}

export interface Fixture {
  roots: Record<Role, string>;
  content: ContentServer;
  executor: DiskExecutor;
  database: Database;
  logged: { level: string; message: string }[];
  /** What was reported of all orders. */
  progress: Omit<Progress, "kind" | "orderId">[];
  order(unit: Unit, counter: number, task: OrderTask, signal?: AbortSignal): Promise<Outcome>;
  stage(made: Release, counter: number, options?: { full?: boolean; signal?: AbortSignal }): Promise<Outcome>;
  activate(unit: Unit, counter: number, graceMs?: number): Promise<Outcome>;
  verify(made: Release, full?: boolean): Promise<Outcome>;
  /** Has the coordinator serve it. */
  offer(made: Release): void;
  /** Nothing is stored any more, as in a process that dies: together with an exchange that fails from now on. Ends with `reopen`. */
  die(): void;
  /** As after a crash and a new start. @param between While no agent runs. */
  reopen(seams?: Partial<DiskSeams>, between?: () => Promise<void>): Promise<void>;
  path(role: Role, path: string): string;
  write(role: Role, tree: Tree): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Threads start slowly, and end with the test file's process. */
export const sharedPool: DiskPool = { ...createDiskPool(), close: () => Promise.resolve() };

/** @param cap Its client access point, where that is to be elsewhere. */
export async function openFixture(seams: Partial<DiskSeams> = {}, seeds: readonly string[] = [], cap?: string): Promise<Fixture> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-disk-")));
  const dataDir = join(base, "data");
  const roots = { cap: cap ?? join(base, "cap"), "logon-point": join(base, "logon"), dp: join(base, "dp") };
  for (const root of Object.values(roots)) mkdirSync(root, { recursive: true });
  const logged: Fixture["logged"] = [];
  const open = async (options: Partial<DiskSeams>) => {
    const database = openDatabase(dataDir);
    const executor = await openDiskExecutor(
      {
        database,
        dataDir,
        roots: Object.entries(roots).map(([role, path]) => ({ role: role as Role, path })),
        seeds,
        log: (level, message) => void logged.push({ level, message }),
      },
      { pool: sharedPool, ...options },
    );
    return { database, executor };
  };
  let current = await open(seams);
  let orders = 0;
  const bench = await openContentBench();
  const close = async () => {
    await current.executor.close();
    current.database.close();
  };
  const fixture: Fixture = {
    roots,
    content: bench.server,
    get executor() {
      return current.executor;
    },
    get database() {
      return current.database;
    },
    logged,
    progress: [],
    order(unit, counter, task, signal = new AbortController().signal) {
      orders += 1;
      const order: Order = { kind: "order", id: `order-${orders}`, epoch: 1, unit, generation: { epoch: 1, counter }, task };
      return current.executor.execute(order, { content: bench.content, signal, progress: (totals) => void fixture.progress.push(totals) });
    },
    stage(made, counter, { full = false, signal } = {}) {
      fixture.offer(made);
      return fixture.order(
        made.manifest.unit,
        counter,
        { kind: "stage", manifest: made.digest, manifestBytes: made.bytes.length, full, sourceVersion: counter },
        signal,
      );
    },
    activate: (unit, counter, graceMs = 60_000) => fixture.order(unit, counter, { kind: "activate", graceMs }),
    verify(made, full = false) {
      fixture.offer(made);
      return fixture.order(made.manifest.unit, 0, { kind: "verify", manifest: made.digest, manifestBytes: made.bytes.length, full });
    },
    offer(made) {
      const all = [...manifestChunks(made.manifest)];
      bench.server.offer(made.digest, { bytes: made.bytes, chunk: (ordinal) => made.chunks.get(all[ordinal]?.digest ?? "") as Uint8Array });
    },
    die: () =>
      current.database.exec(
        ["INSERT ON switches", "DELETE ON switches", "INSERT ON units"]
          .map((when, i) => `CREATE TEMP TRIGGER dead${i} BEFORE ${when} BEGIN SELECT RAISE(ABORT, 'the process died'); END;`)
          .join("\n"),
      ),
    async reopen(options = {}, between = async () => {}) {
      await close();
      await between();
      current = await open(options);
    },
    path: (role, path) => join(roots[role], path),
    write(role, tree) {
      for (const [name, value] of Object.entries(tree)) writeOne(join(roots[role], name), value);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await bench[Symbol.asyncDispose]();
      removeTree(base);
    },
  };
  return fixture;
}

function writeOne(path: string, value: Tree[string]): void {
  mkdirSync(path.endsWith("/") ? path : dirname(path), { recursive: true });
  if (path.endsWith("/")) return;
  const { content, mode } = typeof value === "object" && "mode" in value ? value : { content: value, mode: 0o644 };
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, MODIFIED / 1000, MODIFIED / 1000);
}

/** Everything below a folder as a tree of strings; without the agent's lock and the root's identity, which always exist. */
export function readTree(folder: string, below = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (/\.sitewright\/(lock|root-id)$/.test(join(folder, path))) continue;
    const stat = lstatSync(join(folder, path));
    if (stat.isSymbolicLink()) tree[path] = `->${readlinkSync(join(folder, path))}`;
    else if (stat.isDirectory()) Object.assign(tree, readTree(folder, path));
    else tree[path] = readFileSync(join(folder, path), "utf8");
  }
  return tree;
}
