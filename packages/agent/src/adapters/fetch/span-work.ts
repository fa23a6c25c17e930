import type { FileEntry } from "@sitewright/protocol";
import type { Span } from "../../domain/span-queue.ts";
import type { SpanWork } from "./messages.ts";

/** A span as a worker is told of it; `files` in the order in which the worker numbers them. */
export function spanWork(span: Span, place: (path: string) => string): { work: SpanWork; files: FileEntry[] } {
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
