import { SitewrightError, type FileEntry, type PeerOffer } from "@sitewright/protocol";
import type { FetchProgress } from "../../app/ports/content.ts";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";
import { type Span, splitSpan } from "../../domain/chunks/span-queue.ts";
import type { FetchPool } from "./fetch-pool.ts";
import type { MediumTarget, StreamProgress, StreamTarget, SpanWork } from "./messages.ts";

/** One stream as seen by the main thread: which spans were requested, and its progress. */
export interface SpanStream {
  /** Incomplete spans. */
  outstanding(): number;
  /** Bytes of content that were requested since it was opened. */
  asked(): number;
  isClosing(): boolean;
  ask(span: Span): void;
  close(): void;
}

export interface SpanStreamEvents {
  opened(roundTripMs: number): void;
  /** @param received Bytes that were transferred. @param waits As in `StreamProgress`. */
  progress(progress: FetchProgress, received: number, waits: number): void;
  /** What arrived damaged of a span, once the rest of it is done. */
  damaged(span: Span): void;
  /** A neighbour has this. */
  elsewhere(span: Span, offer: PeerOffer): void;
  /** @param error Undefined when it was closed. @param left What is still missing. @param hungUp As in `StreamFailure`. */
  ended(error: SitewrightError | undefined, left: Span[], hungUp: boolean): void;
}

interface AskedSpan {
  /** As requested. */
  span: Span;
  /** Of its files: those completed by this stream. */
  whole: ReadonlySet<FileEntry>;
  /** Indexes of steps that do not arrive on this stream. */
  elsewhere: Set<number>;
  files: FileEntry[];
  /** Steps that are done, from the first on. */
  done: number;
  damaged: FetchStep[];
}

export function openSpanStream(
  pool: FetchPool,
  target: StreamTarget | MediumTarget,
  place: (path: string) => string,
  events: SpanStreamEvents,
): SpanStream {
  const asked: AskedSpan[] = [];
  let askedBytes = 0;
  let closing = false;

  function onProgress({ handled, damaged, files, identities, received, thrownAway, waits }: StreamProgress): void {
    const progress: FetchProgress = { written: [], pieces: [], completed: [], thrownAway };
    const first = asked[0];
    if (!first) return events.progress(progress, received, waits);
    const { span } = first;
    const wrong = new Set(damaged);
    for (const end = first.done + handled; first.done < end; first.done++) {
      if (first.elsewhere.has(first.done)) continue;
      const step = span.steps[first.done] as FetchStep;
      if (wrong.has(first.done)) {
        first.damaged.push(step);
        continue;
      }
      progress.written.push(step);
      for (const { file } of step.places) if (!first.whole.has(file)) progress.pieces.push(file);
    }
    files.forEach((file, i) => progress.completed.push([first.files[file] as FileEntry, identities[i] as FileIdentity]));
    if (first.done === span.steps.length) {
      asked.shift();
      if (first.damaged.length > 0) events.damaged({ steps: first.damaged, whole: first.whole });
    }
    events.progress(progress, received, waits);
  }

  function onElsewhere(number: number, chunks: readonly number[], offer: PeerOffer): void {
    const one = asked[number];
    if (!one) return;
    const left = one.span.steps.filter((_, i) => !one.elsewhere.has(i));
    const gone = new Set(chunks.map((index) => one.span.steps[index]));
    const { here, elsewhere, pieces } = splitSpan({ steps: left, whole: one.whole }, (i) => gone.has(left[i]));
    one.whole = here.whole;
    for (const index of chunks) one.elsewhere.add(index);
    if (pieces.length > 0) events.progress({ written: [], pieces, completed: [], thrownAway: 0 }, 0, 0);
    events.elsewhere(elsewhere, offer);
  }

  const handle = pool.open(target, {
    elsewhere: onElsewhere,
    opened: events.opened,
    progress: onProgress,
    ended(failure) {
      const left = asked.map(({ span, whole, elsewhere, done, damaged }) => ({
        ...span,
        steps: [...damaged, ...span.steps.filter((_, i) => i >= done && !elsewhere.has(i))],
        whole,
      }));
      const path = failure?.path;
      const error = failure && new SitewrightError(failure.code, failure.message, path === undefined ? {} : { path });
      events.ended(error, left, failure?.hungUp ?? false);
    },
  });

  return {
    outstanding: () => asked.length,
    asked: () => askedBytes,
    isClosing: () => closing,
    ask(span) {
      const { work, files } = spanWork(span, place);
      asked.push({ span, files, whole: span.whole, elsewhere: new Set(), done: 0, damaged: [] });
      for (const { chunk } of span.steps) askedBytes += chunk.size;
      handle.ask(work);
    },
    close() {
      if (closing) return;
      closing = true;
      handle.close();
    },
  };
}

/** A span as sent to a worker; `files` in the order of the worker's numbers. */
function spanWork(span: Span, place: (path: string) => string): { work: SpanWork; files: FileEntry[] } {
  const work: SpanWork = {
    ordinals: [],
    sizes: [],
    digests: "",
    places: [],
    files: [],
    offsets: [],
    paths: [],
    fileSizes: [],
    modes: [],
    modified: [],
    pieces: [],
    failed: span.failed,
  };
  const files: FileEntry[] = [];
  const known = new Map<FileEntry, number>();
  for (const { chunk, places } of span.steps) {
    work.ordinals.push(chunk.ordinal);
    work.sizes.push(chunk.size);
    work.digests += chunk.digest;
    work.places.push(places.length);
    for (const { file, offset } of places) {
      let index = known.get(file);
      if (index === undefined) {
        index = files.push(file) - 1;
        known.set(file, index);
        work.paths.push(place(file.path));
        work.fileSizes.push(file.size);
        work.modes.push(file.mode);
        work.modified.push(file.modified);
        work.pieces.push(0);
      }
      if (span.whole.has(file)) work.pieces[index] = (work.pieces[index] as number) + 1;
      work.files.push(index);
      work.offsets.push(offset);
    }
  }
  return { work, files };
}
