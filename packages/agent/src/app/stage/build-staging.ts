import type { Digest, ManifestChunk } from "@sitewright/protocol";
import { ownedMode } from "../../domain/tree/compare-tree.ts";
import { createOrdinalList, rangesWithout, type OrdinalList } from "../../domain/chunks/ordinals.ts";
import { addFetch, planRebuild, type FetchStep, type RebuildPlan } from "../../domain/tree/rebuild-plan.ts";
import { carryOut } from "./carry-out.ts";
import type { Fetcher } from "./chunks-under-way.ts";
import { batches } from "../unit/in-parallel.ts";
import { openFetch, type Fetch } from "./fetch-chunks.ts";
import type { RebuildJob } from "./rebuild-job.ts";
import type { StagedScan } from "./scan-staged.ts";
import type { HeldManifest, ManifestWindow } from "../ports/stores.ts";
import { findSources, type LocalFile, type SourceQuestion } from "./window-sources.ts";

/** How often chunks that other units fetch are waited for and looked up; those still missing are fetched. */
const ROUNDS = 3;
const NAMES_AT_ONCE = { items: 1000, bytes: Infinity };

/** Where content comes from. */
interface Sources {
  scan: StagedScan;
  question: SourceQuestion;
  /** The first fetch goes through this one. */
  fetch: Fetch;
}

/**
 * Builds a staging folder, from the folders to the last attribute: window after window, so that the next one is planned while the content
 * of the current one arrives.
 */
export async function buildStaging(job: RebuildJob, manifest: HeldManifest, { scan, question, fetch: opened }: Sources): Promise<void> {
  using fetcher = job.context.services.underWay.join();
  const tops = manifest.head.owned.filter((top) => top.kind === "folder");
  const names = job.folder.split("/");
  await job.root.run("make", {
    folders: [...names.map((_, i) => names.slice(0, i + 1).join("/")), ...tops.map((top) => job.place(top.path))],
    links: [],
    tops: tops.map((top) => ({ path: job.place(top.path), live: top.path, clientsWrite: top.rights === "clients-write" })),
  });
  const { keptMode } = job.root.services.disk;
  const modes = tops.map((top) => ({ path: job.place(top.path), mode: ownedMode(top, keptMode) }));
  for (const top of tops) job.stamp.folder(top.path, ownedMode(top, keptMode));
  job.report("indexing");

  let later = await withFetch(job, opened, async (fetch, missed) => {
    for (const window of manifest.windows()) {
      for (const entry of window.entries) {
        if (entry.kind === "folder") modes.push({ path: job.place(entry.path), mode: entry.mode });
        if (entry.kind === "folder") job.stamp.folder(entry.path, entry.mode);
        if (entry.kind === "link") job.stamp.link(entry.path, entry.target);
      }
      const staged = await scan.window(window.entries);
      await buildWindow({ job, fetcher, fetch, missed, question }, window, staged, "all");
    }
    await scan.end();
  });
  for (let round = 1; later.length > 0; round++) {
    await fetcher.others(job.context.signal);
    const ordinals = later.sorted();
    await using again = openFetch(job.context, job.root.path);
    again.serve(job);
    later = await withFetch(job, again, (fetch, missed) =>
      buildLater({ job, fetcher: round < ROUNDS ? fetcher : undefined, fetch, missed, question }, manifest, ordinals),
    );
  }
  job.report("checking");
  // Deepest first: a folder that becomes read-only must not block the rest.
  for (const folders of batches(modes.reverse(), NAMES_AT_ONCE, () => 0)) await job.root.runThrough("modes", { folders });
  await job.sync();
}

/** Does the work, and ends the fetch; returns the chunks that are to be planned again. */
async function withFetch(job: RebuildJob, fetch: Fetch, work: (fetch: Fetch, missed: OrdinalList) => Promise<void>): Promise<OrdinalList> {
  const missed = createOrdinalList();
  await work(fetch, missed);
  await fetch.end();
  await job.sync();
  return missed;
}

/** The windows that hold some of these chunks again, with everything else in place. */
async function buildLater(tools: WindowTools, manifest: HeldManifest, ordinals: Uint32Array): Promise<void> {
  let at = 0;
  for (const window of manifest.windows()) {
    const staged = new Map<string, "complete" | boolean[]>();
    let ordinal = window.first;
    let files = 0;
    for (const entry of window.entries) {
      if (entry.kind !== "file") continue;
      let missing = 0;
      const right = entry.chunks.map(() => {
        if (ordinals[at] !== ordinal++) return true;
        at += 1;
        missing += 1;
        return false;
      });
      files += Math.min(missing, 1);
      if (missing === 0) staged.set(entry.path, "complete");
      else if (missing < right.length) staged.set(entry.path, right);
    }
    if (files > 0) await buildWindow(tools, window, staged, "files");
    if (at === ordinals.length) return;
  }
}

interface WindowTools {
  job: RebuildJob;
  /** Missing in the last round, which waits for no other unit. */
  fetcher: Fetcher | undefined;
  fetch: Fetch;
  missed: OrdinalList;
  question: SourceQuestion;
}

async function buildWindow(
  { job, fetcher, fetch, missed, question }: WindowTools,
  window: ManifestWindow,
  staged: ReadonlyMap<string, "complete" | boolean[]>,
  what: "all" | "files",
): Promise<void> {
  const sources = await findSources(question, window, staged);
  const trusting = question.only === undefined;
  const underWay = (digest: Digest) => fetcher?.has(digest, trusting) ?? false;
  const piece = (digest: Digest) => sources.piece(digest) ?? (trusting ? fetcher?.find(digest) : undefined);
  // No await from the plan until all that it fetches is claimed.
  const plan = planRebuild(window, { staged, whole: sources.whole, piece, underWay });
  if (what === "all")
    fetch.holds(rangesWithout(window, [...plan.fetch.map(({ chunk }) => chunk.ordinal), ...plan.later.map(({ ordinal }) => ordinal)]));
  job.beginWindow(fetcher?.begin() ?? (() => {}));
  try {
    const digests = new Set(plan.fetch.map((step) => step.chunk.digest));
    for (const digest of digests) fetcher?.add(digest);
    for (const { ordinal } of plan.later) missed.add(ordinal);
    notePlaces(job, fetcher, plan);
    const steps: FetchStep[] = [];
    const fetches = new Map<Digest, FetchStep>();
    const begin = () => {
      job.report("fetching");
      return fetch.add(plan.fetch);
    };
    const instead = (chunk: ManifestChunk): "fetch" | "later" => {
      if (!fetches.has(chunk.digest)) {
        if (fetcher && (digests.has(chunk.digest) || underWay(chunk.digest))) {
          missed.add(chunk.ordinal);
          return "later";
        }
        fetcher?.add(chunk.digest);
      }
      addFetch(steps, fetches, chunk);
      return "fetch";
    };
    await carryOut(job, plan, { what, fetch: begin, instead });
    await fetch.add(steps.sort((a, b) => a.chunk.ordinal - b.chunk.ordinal));
  } finally {
    job.endWindow();
  }
}

/** Otherwise content in a file that waits for other chunks would not be found before those are there. */
function notePlaces(job: RebuildJob, fetcher: Fetcher | undefined, plan: RebuildPlan<LocalFile>): void {
  if (!fetcher || plan.later.length === 0) return;
  const open = new Set(plan.assemble.filter(({ complete }) => !complete).map(({ file }) => file));
  for (const { chunk } of plan.fetch) {
    const { path, mode, modified } = chunk.file;
    if (!open.has(chunk.file)) continue;
    const from = { path, mode, modified, root: job.root.path, location: job.place(path), identity: "", linkable: false };
    fetcher.note(chunk.digest, { from, at: chunk.offset });
  }
}
