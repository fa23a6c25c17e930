import { SitewrightError } from "@sitewright/protocol";
import type { FetchStep } from "../../domain/rebuild-plan.ts";
import type { WriteAsk } from "./disk-ports.ts";
import { nextTurn } from "./next-turn.ts";
import type { ContentFrame } from "../ports.ts";
import type { RebuildJob } from "./rebuild-job.ts";

/** Bytes of frames that go to a worker together. */
const BATCH_BYTES = 256 * 1024;
/** Bytes of frames received but not yet written: what a sudden death costs at most. */
const UNWRITTEN_BYTES = 768 * 1024;
const ATTEMPTS = 3;

interface Received {
  frame: ContentFrame;
  step: FetchStep;
}

/**
 * Fetches chunks and writes each to all its places. A chunk that does not fit its digest is thrown away and asked for again, three
 * times in all (`HASH_MISMATCH`). A link lost for long is an error unless something came since it was last asked.
 */
export async function fetchChunks(job: RebuildJob, steps: readonly FetchStep[], manifest: string): Promise<void> {
  const missing = new Map(steps.map((step) => [step.chunk.ordinal, step]));
  const attempts = new Map<number, number>();
  while (missing.size > 0) {
    const before = missing.size;
    let frames = 0;
    try {
      frames = await fetchOnce(job, missing, attempts, manifest);
    } catch (error) {
      const known = SitewrightError.from(error);
      if (known.code !== "CONTENT_UNAVAILABLE" || missing.size === before) throw error;
      continue;
    }
    if (missing.size === before && frames === 0)
      throw new SitewrightError("CONTENT_UNAVAILABLE", "the content stream ended without bringing anything");
  }
}

async function fetchOnce(
  job: RebuildJob,
  missing: Map<number, FetchStep>,
  attempts: Map<number, number>,
  manifest: string,
): Promise<number> {
  const failed = new AbortController();
  const signal = AbortSignal.any([job.context.signal, failed.signal]);
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  let batch: Received[] = [];
  let batchBytes = 0;
  let unwritten = 0;
  let frames = 0;
  const taken = new Set<number>();

  function send(): void {
    if (batch.length === 0) return;
    const sent = batch;
    const bytes = batchBytes;
    batch = [];
    batchBytes = 0;
    const work = writeBatch(job, sent, bytes, missing, attempts)
      .catch((error: unknown) => {
        failure ??= { error };
        failed.abort();
      })
      .finally(() => {
        unwritten -= bytes;
        underWay.delete(work);
      });
    underWay.add(work);
  }

  const stream = job.context.content
    .chunks(
      job.order,
      manifest,
      [...missing.keys()].sort((a, b) => a - b),
      signal,
    )
    [Symbol.asyncIterator]();
  try {
    let next = stream.next();
    for (;;) {
      // The sender may be waiting for credit that a batch not yet full holds back: never wait for bytes with any in hand.
      const got = batch.length > 0 ? await Promise.race([next, nextTurn()]) : await next;
      if (got === undefined) {
        send();
        continue;
      }
      if (got.done || failure) break;
      frames += 1;
      const step = missing.get(got.value.ordinal);
      if (step && !taken.has(got.value.ordinal)) {
        taken.add(got.value.ordinal);
        batch.push({ frame: got.value, step });
        batchBytes += got.value.bytes.length;
        unwritten += got.value.bytes.length;
        if (batchBytes >= BATCH_BYTES) send();
      } else {
        job.totals.retriedBytes += got.value.bytes.length;
        got.value.consumed();
      }
      while (unwritten > UNWRITTEN_BYTES && underWay.size > 0) await Promise.race(underWay);
      next = stream.next();
    }
  } catch (error) {
    failure ??= { error };
  } finally {
    if (!failure || !failed.signal.aborted) send();
    await Promise.all(underWay);
    await stream.return?.().catch(() => {});
  }
  if (failure) throw failure.error;
  return frames;
}

async function writeBatch(
  job: RebuildJob,
  batch: readonly Received[],
  size: number,
  missing: Map<number, FetchStep>,
  attempts: Map<number, number>,
): Promise<void> {
  const bytes = new Uint8Array(size);
  let at = 0;
  const writes = batch.map(({ frame, step }): WriteAsk => {
    bytes.set(frame.bytes, at);
    at += frame.bytes.length;
    return {
      at: at - frame.bytes.length,
      length: frame.bytes.length,
      codec: frame.codec,
      digest: step.chunk.digest,
      size: step.chunk.size,
      places: step.places.map(({ file, offset }) => ({ path: job.place(file.path), offset })),
    };
  });
  const written = await job.site.disk.run(job.root, "write", { bytes: bytes.buffer, writes }, { transfer: [bytes.buffer] });
  batch.forEach(({ frame, step }, i) => {
    if (written[i]) {
      if (missing.delete(step.chunk.ordinal)) chunkDone(job, step);
    } else {
      throwAway(job, frame, step, attempts);
    }
    frame.consumed();
  });
  await job.finishFiles(32);
  job.report("fetching");
}

function chunkDone(job: RebuildJob, { chunk, places }: FetchStep): void {
  job.totals.fetchedBytes += chunk.size;
  job.totals.reusedBytes += chunk.size * (places.length - 1);
  for (const { file } of places) job.pieceDone(file);
}

function throwAway(job: RebuildJob, frame: ContentFrame, { chunk, places }: FetchStep, attempts: Map<number, number>): void {
  job.totals.retriedBytes += frame.bytes.length;
  const count = (attempts.get(chunk.ordinal) ?? 0) + 1;
  attempts.set(chunk.ordinal, count);
  if (count < ATTEMPTS) return;
  const path = places[0]?.file.path ?? chunk.file.path;
  throw new SitewrightError("HASH_MISMATCH", `${path} came damaged ${ATTEMPTS} times: check the line and the site server's disk`, { path });
}
