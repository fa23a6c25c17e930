import type { FileEntry } from "@sitewright/protocol";
import { manifestChunks, type Digest, type ManifestChunk } from "@sitewright/protocol";
import { ownedMode } from "../../domain/compare-tree.ts";
import type { AdoptStep, CopyStep, FetchStep, RebuildPlan } from "../../domain/rebuild-plan.ts";
import { openFetch } from "./fetch-chunks.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { AT_ONCE, BATCH, type LocalFile } from "./local-index.ts";
import type { RebuildJob } from "./rebuild-job.ts";

const NAMES_AT_ONCE = 1000;

/** Carries out the plan, from the folders to the last attribute. */
export async function buildStaging(job: RebuildJob, folder: string, manifest: Digest, plan: RebuildPlan<LocalFile>): Promise<void> {
  const fetches = new Map(plan.fetch.map((step) => [step.chunk.digest, step]));
  await makeFrame(job, folder, plan);
  for (const { file, pieces } of plan.assemble) job.expect(file, pieces);
  reuseStaged(job, plan);
  job.report("indexing");
  await adoptFiles(job, plan.adopt, fetches);
  await copyPieces(job, plan.copy, fetches);
  await job.finishFiles();
  job.report("fetching");
  {
    await using fetch = openFetch(job, manifest);
    await fetch.add([...fetches.values()].sort((a, b) => a.chunk.ordinal - b.chunk.ordinal));
    await fetch.end();
  }
  await job.finishFiles();
  job.report("checking");
  await setModes(job, plan);
  await job.sync();
}

/** Folders and links. Folders stay open to us alone until all is in them. */
async function makeFrame(job: RebuildJob, folder: string, plan: RebuildPlan<LocalFile>): Promise<void> {
  const names = folder.split("/");
  const folders = [
    ...names.map((_, i) => names.slice(0, i + 1).join("/")),
    ...job.manifest.owned.filter((top) => top.kind === "folder").map((top) => job.place(top.path)),
    ...plan.folders.map((entry) => job.place(entry.path)),
  ];
  const run = (ask: { folders: string[]; links: { path: string; target: string }[] }) =>
    job.site.disk.run(job.root, "make", ask, { signal: job.context.signal });
  for (const part of batches(folders, { items: NAMES_AT_ONCE, bytes: Infinity }, () => 0)) await run({ folders: part, links: [] });
  const links = plan.links.map(({ path, target }) => ({ path: job.place(path), target }));
  for (const part of batches(links, { items: NAMES_AT_ONCE, bytes: Infinity }, () => 0)) await run({ folders: [], links: part });
}

/** What lay in staging before counts as reused, file by file and chunk by chunk. */
function reuseStaged(job: RebuildJob, plan: RebuildPlan<LocalFile>): void {
  const toCome = plan.writeBytes - plan.adopt.reduce((sum, step) => sum + (step.link ? 0 : step.file.size), 0);
  const assembled = plan.assemble.reduce((sum, { file }) => sum + file.size, 0);
  job.totals.files += plan.kept.length;
  job.totals.reusedBytes += plan.kept.reduce((sum, file) => sum + file.size, 0) + assembled - toCome;
}

async function adoptFiles(job: RebuildJob, steps: readonly AdoptStep<LocalFile>[], fetches: Map<Digest, FetchStep>): Promise<void> {
  const failed: FileEntry[] = [];
  await inParallel(
    batches(steps, BATCH, (step) => step.file.size),
    AT_ONCE,
    async (batch) => {
      const files = batch.map(({ file, from, link }) => ({
        path: job.place(file.path),
        size: file.size,
        mode: file.mode,
        modified: file.modified,
        from: from.location,
        identity: from.identity,
        link,
        chunks: file.chunks,
      }));
      const identities = await job.site.disk.run(job.root, "adopt", { files }, { signal: job.context.signal });
      batch.forEach(({ file }, i) => {
        const identity = identities[i];
        if (identity === undefined) {
          failed.push(file);
          return;
        }
        job.totals.reusedBytes += file.size;
        job.completed(file, identity);
      });
      job.report("indexing");
    },
  );
  if (failed.length === 0) return;
  const again = new Set(failed);
  for (const file of failed) job.expect(file, file.chunks.length);
  for (const chunk of manifestChunks(job.manifest)) if (again.has(chunk.file)) fetchInstead(fetches, chunk);
}

async function copyPieces(job: RebuildJob, steps: readonly CopyStep<LocalFile>[], fetches: Map<Digest, FetchStep>): Promise<void> {
  await inParallel(
    batches(steps, BATCH, (step) => step.chunk.size),
    AT_ONCE,
    async (batch) => {
      const pieces = batch.map(({ chunk, from, at }) => ({
        from: from.location,
        at,
        path: job.place(chunk.file.path),
        offset: chunk.offset,
        digest: chunk.digest,
        size: chunk.size,
      }));
      const copied = await job.site.disk.run(job.root, "copy", { pieces }, { signal: job.context.signal });
      batch.forEach(({ chunk }, i) => {
        if (copied[i]) {
          job.totals.reusedBytes += chunk.size;
          job.pieceDone(chunk.file);
        } else {
          fetchInstead(fetches, chunk);
        }
      });
      job.report("indexing");
    },
  );
}

/** What was thought to be here is not: it is fetched like anything else. */
function fetchInstead(fetches: Map<Digest, FetchStep>, chunk: ManifestChunk): void {
  const place = { file: chunk.file, offset: chunk.offset };
  const known = fetches.get(chunk.digest);
  if (known) known.places.push(place);
  else fetches.set(chunk.digest, { kind: "fetch", chunk, places: [place] });
}

/** Deepest first: a folder that is not to be written any more must not stop us on the way. */
async function setModes(job: RebuildJob, plan: RebuildPlan<LocalFile>): Promise<void> {
  const below = plan.folders.map(({ path, mode }) => ({ path: job.place(path), mode })).reverse();
  const tops = job.manifest.owned
    .filter((top) => top.kind === "folder")
    .map((top) => ({ path: job.place(top.path), mode: ownedMode(top) }));
  for (const folders of batches([...below, ...tops], { items: NAMES_AT_ONCE, bytes: Infinity }, () => 0))
    await job.site.disk.run(job.root, "modes", { folders });
}
