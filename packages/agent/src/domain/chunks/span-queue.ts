import type { FileEntry } from "@sitewright/protocol";
import type { FetchStep } from "../tree/rebuild-plan.ts";

/** One request to a stream. */
export interface Span {
  /** By ascending ordinal. */
  steps: readonly FetchStep[];
  /** Files that are complete when these steps are done, without others. */
  whole: ReadonlySet<FileEntry>;
  /** The neighbour that did not deliver it: the coordinator must send it itself. */
  failed?: string;
}

export interface SpanQueue {
  /** Bytes of content that wait. */
  bytes(): number;
  /** Steps that wait. */
  steps(): number;
  add(steps: readonly FetchStep[]): void;
  /** The next steps while they ascend, about this many bytes, without splitting a smaller file; undefined when none wait. */
  take(bytes: number): Span | undefined;
  /** The rest of a span whose stream ended, or that arrived damaged: it is next. */
  putBack(span: Span): void;
}

const SPAN_STEPS = 256;

/** The steps of a transfer that are not requested yet, in the order of their addition. */
export function createSpanQueue(): SpanQueue {
  const added: (readonly FetchStep[])[] = [];
  const returned: Span[] = [];
  let at = 0;
  let bytes = 0;
  let count = 0;

  function peek(): FetchStep | undefined {
    for (let steps = added[0]; steps; steps = added[0]) {
      if (at < steps.length) return steps[at];
      added.shift();
      at = 0;
    }
    return undefined;
  }

  function cut(limit: number): FetchStep[] {
    const steps: FetchStep[] = [];
    let size = 0;
    for (let step = peek(); step; step = peek()) {
      const { file, ordinal } = step.chunk;
      const last = steps.at(-1)?.chunk;
      // Steps added later, instead of a copy, may precede it in the manifest.
      if (last && ordinal <= last.ordinal) break;
      const splits = last?.file === file && file.size <= limit;
      if ((size >= limit || steps.length >= SPAN_STEPS) && !splits) break;
      steps.push(step);
      size += step.chunk.size;
      at += 1;
    }
    return steps;
  }

  function leave(steps: readonly FetchStep[]): void {
    count -= steps.length;
    bytes -= contentOf(steps);
  }

  return {
    bytes: () => bytes,
    steps: () => count,
    add(steps) {
      if (steps.length === 0) return;
      added.push(steps);
      count += steps.length;
      bytes += contentOf(steps);
    },
    take(limit) {
      const back = returned.shift();
      const steps = back?.steps ?? cut(limit);
      if (steps.length === 0) return undefined;
      leave(steps);
      return back ?? { steps, whole: wholeFiles(steps) };
    },
    putBack(span) {
      if (span.steps.length === 0) return;
      returned.push(span);
      count += span.steps.length;
      bytes += contentOf(span.steps);
    },
  };
}

function contentOf(steps: readonly FetchStep[]): number {
  let bytes = 0;
  for (const { chunk } of steps) bytes += chunk.size;
  return bytes;
}

/** Files of which every chunk is among the steps. */
function wholeFiles(steps: readonly FetchStep[]): Set<FileEntry> {
  const pieces = new Map<FileEntry, number>();
  for (const { places } of steps) for (const { file } of places) pieces.set(file, (pieces.get(file) ?? 0) + 1);
  const whole = new Set<FileEntry>();
  for (const [file, count] of pieces) if (count === file.chunks.length) whole.add(file);
  return whole;
}

export interface SplitSpan {
  /** The steps that stay with its stream, and those for another one. */
  here: Span;
  elsewhere: Span;
  /** Files that no single span completes any more, of which pieces were written before: once per piece. */
  pieces: FileEntry[];
}

/** Removes the steps at some indexes from a span, none of which is done. */
export function splitSpan(span: Span, isElsewhere: (index: number) => boolean): SplitSpan {
  const here = span.steps.filter((_, i) => !isElsewhere(i));
  const elsewhere = span.steps.filter((_, i) => isElsewhere(i));
  const [left, gone] = [piecesOf(here), piecesOf(elsewhere)];
  const [wholeHere, wholeElsewhere] = [new Set<FileEntry>(), new Set<FileEntry>()];
  const pieces: FileEntry[] = [];
  for (const file of span.whole) {
    const [some, others] = [left.get(file) ?? 0, gone.get(file) ?? 0];
    if (others === 0) wholeHere.add(file);
    else if (some === 0) wholeElsewhere.add(file);
    else for (let done = some + others; done < file.chunks.length; done++) pieces.push(file);
  }
  return { here: { steps: here, whole: wholeHere }, elsewhere: { steps: elsewhere, whole: wholeElsewhere }, pieces };
}

function piecesOf(steps: readonly FetchStep[]): Map<FileEntry, number> {
  const pieces = new Map<FileEntry, number>();
  for (const { places } of steps) for (const { file } of places) pieces.set(file, (pieces.get(file) ?? 0) + 1);
  return pieces;
}
