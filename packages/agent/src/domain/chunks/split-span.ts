import type { FileEntry } from "@sitewright/protocol";
import type { FetchStep } from "../tree/rebuild-plan.ts";
import type { Span } from "./span-queue.ts";

export interface SplitSpan {
  /** What its stream goes on to bring, and what somebody else does. */
  here: Span;
  elsewhere: Span;
  /** Pieces of files that are completed by nobody alone any more, and were written before: once a piece. */
  pieces: FileEntry[];
}

/** Takes the steps at some places out of a span, none of which is done. */
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
