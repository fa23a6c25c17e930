import type { Ranges } from "@sitewright/protocol";
import { digestOf } from "@sitewright/node-kit/hash";
import { noProgress, type SpanWork, type StreamProgress } from "./messages.ts";
import type { OpenFiles } from "./open-files.ts";

/** Receives the chunks of a stream in the order requested: verifies each, and writes it to all its places. */
export interface SpanWriter {
  ask(work: SpanWork): void;
  /** Whether chunks are expected. */
  isWaiting(): boolean;
  /** The next expected chunk. */
  nextOrdinal(): number | undefined;
  /** Bytes of the n-th chunk after the next one; undefined if none was requested. */
  sizeOf(ahead: number): number | undefined;
  /** The next `count` chunks, concatenated. Throws errors of writing. */
  take(bytes: Uint8Array, count: number): void;
  /** The next `count` chunks arrived damaged, in this many bytes. */
  spoil(count: number, bytes: number): void;
  /**
   * The span that holds chunks of these ranges, counted from the first incomplete one, and their indexes in it; undefined if none is
   * expected.
   */
  find(ranges: Ranges): { span: number; chunks: number[] } | undefined;
  /** These do not arrive on this stream. No chunk of their span has arrived yet. */
  skip(span: number, chunks: readonly number[]): void;
}

interface AskedSpan {
  work: SpanWork;
  /** The next chunk, and the first of its places. */
  chunk: number;
  place: number;
  /** Pieces that each file still needs. */
  left: number[];
  /** Chunks that arrive elsewhere. */
  skipped: Set<number>;
}

/** Chunks that are consecutive both in the buffer and in one file. */
interface Run {
  span: AskedSpan;
  file: number;
  offset: number;
  from: number;
  to: number;
  pieces: number;
}

/** Characters of a digest. */
const DIGEST = 64;

/** @param progress Accumulates results until they are reported and reset. @param spanDone The last chunk of a span is done. */
export function createSpanWriter(files: OpenFiles, progress: StreamProgress, spanDone: () => void): SpanWriter {
  const spans: AskedSpan[] = [];

  const writer = createRunWriter(files, progress);

  /** Counts the next chunk of a span as arrived. */
  function pass(span: AskedSpan): void {
    span.place += span.work.places[span.chunk] as number;
    span.chunk += 1;
    progress.handled += 1;
    if (span.chunk < span.work.sizes.length) return;
    spans.shift();
    spanDone();
  }

  function passSkipped(): void {
    for (let [span] = spans; span?.skipped.has(span.chunk); [span] = spans) pass(span);
  }

  function take(bytes: Uint8Array, count: number): void {
    let from = 0;
    for (let i = 0; i < count; i++) {
      const span = spans[0] as AskedSpan;
      const { work, chunk } = span;
      const to = from + (work.sizes[chunk] as number);
      const digest = digestOf(bytes.subarray(from, to));
      if (digest === work.digests.slice(chunk * DIGEST, (chunk + 1) * DIGEST)) {
        for (let place = span.place; place < span.place + (work.places[chunk] as number); place++) {
          writer.put(bytes, { span, file: work.files[place] as number, offset: work.offsets[place] as number, from, to, pieces: 1 });
        }
      } else {
        progress.damaged.push(chunk);
        progress.thrownAway += to - from;
      }
      from = to;
      if (chunk + 1 === work.sizes.length || span.skipped.has(chunk + 1)) writer.flush(bytes);
      pass(span);
      passSkipped();
    }
    writer.flush(bytes);
  }

  function sizeOf(ahead: number): number | undefined {
    let index = ahead;
    for (const { work, chunk, skipped } of spans) {
      if (skipped.size > 0) {
        for (let at = chunk; at < work.sizes.length; at++) {
          if (skipped.has(at)) continue;
          if (index === 0) return work.sizes[at];
          index -= 1;
        }
        continue;
      }
      const left = work.sizes.length - chunk;
      if (index < left) return work.sizes[chunk + index];
      index -= left;
    }
    return undefined;
  }

  return {
    ask(work) {
      spans.push({ work, chunk: 0, place: 0, left: [...work.pieces], skipped: new Set() });
    },
    isWaiting: () => spans.length > 0,
    nextOrdinal: () => spans[0]?.work.ordinals[spans[0].chunk],
    sizeOf,
    take(bytes, count) {
      try {
        take(bytes, count);
      } catch (error) {
        Object.assign(progress, noProgress()); // counted, but perhaps not written
        throw error;
      }
    },
    find(ranges) {
      const span = spans.findIndex(({ work }) => work.ordinals.includes(ranges[0]?.[0] ?? -1));
      const asked = spans[span];
      if (!asked) return undefined;
      const chunks: number[] = [];
      let range = 0;
      asked.work.ordinals.forEach((ordinal, chunk) => {
        while (ordinal > (ranges[range]?.[1] ?? Infinity)) range += 1;
        if (ordinal >= (ranges[range]?.[0] ?? Infinity)) chunks.push(chunk);
      });
      return (chunks[0] as number) >= asked.chunk ? { span, chunks } : undefined;
    },
    skip(number, chunks) {
      const span = spans[number] as AskedSpan;
      const { work, skipped, left } = span;
      let place = 0;
      const isSkipped = new Set(chunks);
      for (let chunk = 0; chunk < work.sizes.length; chunk++) {
        const end = place + (work.places[chunk] as number);
        // A file with pieces from elsewhere is also completed elsewhere.
        if (isSkipped.has(chunk)) for (; place < end; place++) left[work.files[place] as number] = 0;
        place = end;
      }
      for (const chunk of chunks) skipped.add(chunk);
      if (number === 0) passSkipped();
    },
    spoil(count, bytes) {
      progress.thrownAway += bytes;
      for (let i = 0; i < count; i++) {
        const span = spans[0] as AskedSpan;
        progress.damaged.push(span.chunk);
        pass(span);
        passSkipped();
      }
    },
  };
}

interface RunWriter {
  /** Another place of a verified chunk. */
  put(bytes: Uint8Array, piece: Run): void;
  /** Writes buffered chunks. */
  flush(bytes: Uint8Array): void;
}

/** Writes consecutive chunks at once, and gives files that have all their pieces their attributes. */
function createRunWriter(files: OpenFiles, progress: StreamProgress): RunWriter {
  let run: Run | undefined;

  function write(run: Run, bytes: Uint8Array): void {
    const { span, file } = run;
    const { paths, fileSizes, modes, modified } = span.work;
    const path = paths[file] as string;
    const size = fileSizes[file] as number;
    const content = bytes.subarray(run.from, run.to);
    const left = (span.left[file] as number) - run.pieces;
    const ask = { path, size, mode: modes[file] as number, modified: modified[file] as number };
    let identity = left === 0 && content.length === size ? files.writeWhole(ask, content) : undefined;
    if (identity === undefined) {
      files.write(path, content, run.offset, size);
      if (left < 0) return; // others complete it
      span.left[file] = left;
      if (left > 0) return;
      identity = files.finish(ask);
    }
    span.left[file] = left;
    progress.files.push(file);
    progress.identities.push(identity);
  }

  function flush(bytes: Uint8Array): void {
    const whole = run;
    run = undefined;
    if (whole) write(whole, bytes);
  }

  return {
    put(bytes, piece) {
      if (
        run?.span === piece.span &&
        run.file === piece.file &&
        run.to === piece.from &&
        run.offset + (run.to - run.from) === piece.offset
      ) {
        run.to = piece.to;
        run.pieces += 1;
        return;
      }
      flush(bytes);
      run = piece;
    },
    flush,
  };
}
