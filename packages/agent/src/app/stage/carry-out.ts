import { manifestChunks, type FileEntry, type ManifestChunk } from "@sitewright/protocol";
import type { AdoptStep, CopyStep, RebuildPlan } from "../../domain/tree/rebuild-plan.ts";
import { inodeOf } from "../../domain/tree/file-identity.ts";
import { batches, inParallel } from "../unit/in-parallel.ts";
import { AT_ONCE, BATCH } from "../inspect/local-index.ts";
import type { RebuildJob } from "./rebuild-job.ts";
import type { LocalFile } from "./window-sources.ts";

const NAMES_AT_ONCE = { items: 1000, bytes: Infinity };

/** What to do with a chunk that was expected locally and is not there. */
type Instead = (chunk: ManifestChunk) => "fetch" | "later";

interface Course {
  /** With "files", folders and links exist already, and content in staging is not counted again. */
  what: "all" | "files";
  /** Begins to fetch what the plan says as soon as its folders exist: the line must not wait for the disk. */
  fetch: () => Promise<void>;
  instead: Instead;
}

/** Carries out what a plan says about this disk. */
export async function carryOut(job: RebuildJob, plan: RebuildPlan<LocalFile>, { what, fetch, instead }: Course): Promise<void> {
  if (what === "all") {
    await makeFolders(job, plan);
    await makeLinks(job, plan);
    job.totals.files += plan.kept.length;
    job.totals.reusedBytes += plan.heldBytes;
  }
  for (const { file, pieces, complete } of plan.assemble) job.expect(file, pieces, complete);
  const fetching = fetch();
  fetching.catch(() => {}); // earlier errors take precedence
  await adoptFiles(job, plan.adopt, instead);
  await copyPieces(job, plan.copy, instead);
  await job.finishFiles();
  await fetching;
}

/** Folders are accessible to the agent alone until their content is complete. */
async function makeFolders(job: RebuildJob, plan: RebuildPlan<LocalFile>): Promise<void> {
  const inner = plan.folders.map(({ path }) => ({ path: job.place(path), live: path }));
  for (const part of batches(inner, NAMES_AT_ONCE, () => 0))
    await job.root.run("make", { folders: part.map(({ path }) => path), inner: part, links: [] });
}

async function makeLinks(job: RebuildJob, plan: RebuildPlan<LocalFile>): Promise<void> {
  const links = plan.links.map(({ path, target }) => ({ path: job.place(path), target }));
  for (const part of batches(links, NAMES_AT_ONCE, () => 0)) await job.root.run("make", { folders: [], links: part });
}

async function adoptFiles(job: RebuildJob, steps: readonly AdoptStep<LocalFile>[], instead: Instead): Promise<void> {
  const failed: { file: FileEntry; first: number }[] = [];
  await inParallel(
    batches(steps, BATCH, (step) => step.file.size),
    AT_ONCE,
    async (batch) => {
      const files = batch.map(({ file, from, link }) => ({
        path: job.place(file.path),
        size: file.size,
        mode: file.mode,
        modified: file.modified,
        from: { root: from.root, path: from.location },
        identity: from.identity,
        link,
        chunks: file.chunks,
      }));
      const identities = await job.root.run("adopt", { files });
      batch.forEach((step, i) => {
        const identity = identities[i];
        if (identity === undefined) {
          failed.push(step);
          return;
        }
        job.totals.reusedBytes += step.file.size;
        const isLinked = inodeOf(identity) === inodeOf(step.from.identity);
        job.completed(step.file, identity, isLinked ? step.from.mode : step.file.mode);
      });
      job.report("indexing");
    },
  );
  for (const { file, first } of failed) {
    const chunks = [...manifestChunks({ entries: [file] }, first)];
    const coming = chunks.filter((chunk) => instead(chunk) === "fetch").length;
    job.expect(file, coming, coming === chunks.length);
  }
}

async function copyPieces(job: RebuildJob, steps: readonly CopyStep<LocalFile>[], instead: Instead): Promise<void> {
  await inParallel(
    batches(steps, BATCH, (step) => step.chunk.size),
    AT_ONCE,
    async (batch) => {
      const pieces = batch.map(({ chunk, from, at }) => ({
        from: { root: from.root, path: from.location },
        at,
        path: job.place(chunk.file.path),
        fileSize: chunk.file.size,
        offset: chunk.offset,
        digest: chunk.digest,
        size: chunk.size,
      }));
      const copied = await job.root.run("copy", { pieces });
      batch.forEach(({ chunk }, i) => {
        if (copied[i]) {
          job.totals.reusedBytes += chunk.size;
          job.pieceDone(chunk.file);
        } else if (instead(chunk) === "later") job.pieceLater(chunk.file);
      });
      job.report("indexing");
    },
  );
}
