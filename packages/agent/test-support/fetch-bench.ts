import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { manifestChunks } from "@sitewright/protocol";
import type { FetchStep } from "../src/domain/tree/rebuild-plan.ts";
import { openContentBench, type BenchOptions, type ContentBench } from "./content-bench.ts";
import { PACKAGE, PACKAGE_FOLDER, readTree, release, type Release, type Tree } from "./disk-fixture.ts";
import { anOrder } from "./orders.ts";

/** Callbacks of a fetch, recorded. */
export interface Told {
  written: number[];
  /** Paths of files to which a piece was written that others complete. */
  pieces: string[];
  completed: string[];
  thrownAway: number;
  /** Bytes that neighbours delivered. */
  fromPeers: number;
}

/** A package that is fetched from a server of the test into a folder of its own. */
export interface FetchBench extends ContentBench {
  made: Release;
  /** One step per chunk; what is twice in the package is fetched once. */
  steps: FetchStep[];
  told: Told;
  controller: AbortController;
  /** Fetches all steps, window after window. */
  fetchAll(window?: number): Promise<Told>;
  /** Content of the folder. */
  tree(): Record<string, string>;
  /** Files below the folder that this process has open. */
  openFiles(): string[];
}

export async function openFetchBench(tree: Tree, options?: BenchOptions): Promise<FetchBench> {
  const bench = await openContentBench(options);
  const root = mkdtempSync(join(tmpdir(), "sitewright-fetch-"));
  const made = release(PACKAGE, PACKAGE_FOLDER, tree);
  const all = [...manifestChunks(made.manifest)];
  bench.server.offer(made.digest, { bytes: made.bytes, chunk: (ordinal) => made.chunks.get(all[ordinal]?.digest ?? "") as Uint8Array });
  for (const { path } of made.manifest.entries) mkdirSync(dirname(join(root, "staging", path)), { recursive: true });
  const steps = new Map<string, FetchStep>();
  for (const chunk of all) {
    const place = { file: chunk.file, offset: chunk.offset };
    const known = steps.get(chunk.digest);
    if (known) known.places.push(place);
    else steps.set(chunk.digest, { kind: "fetch", chunk, places: [place] });
  }
  const told: Told = { written: [], pieces: [], completed: [], thrownAway: 0, fromPeers: 0 };
  const controller = new AbortController();
  const fetches: FetchBench = {
    ...bench,
    made,
    steps: [...steps.values()],
    told,
    controller,
    async fetchAll(window = Infinity) {
      const fetch = bench.content.open({
        order: anOrder(),
        manifest: made.digest,
        root,
        place: (path) => `staging/${path}`,
        onProgress({ written, pieces, completed, thrownAway, neighbour }) {
          told.written.push(...written.map(({ chunk }) => chunk.ordinal));
          told.pieces.push(...pieces.map(({ path }) => path));
          told.completed.push(...completed.map(([{ path }]) => path));
          told.thrownAway += thrownAway;
          if (neighbour) for (const { chunk } of written) told.fromPeers += chunk.size;
        },
        signal: controller.signal,
      });
      for (let at = 0; at < fetches.steps.length; at += window) await fetch.add(fetches.steps.slice(at, at + window));
      await fetch.end();
      return told;
    },
    tree: () => readTree(join(root, "staging")),
    openFiles() {
      const targets = readdirSync("/proc/self/fd").map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return ""; // the listing's own
        }
      });
      return targets.filter((target) => target.startsWith(root));
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await bench[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return fetches;
}
