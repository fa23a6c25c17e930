import { openPacks } from "@sitewright/node-kit/medium-packs";
import { openPiece } from "@sitewright/node-kit/medium-seal";
import { SEAL_BYTES, SitewrightError } from "@sitewright/protocol";
import type { ContentStream } from "./content-stream.ts";
import { noProgress, type FromWorker, type MediumTarget, type SpanWork } from "./messages.ts";
import type { OpenFiles } from "./open-files.ts";
import { createSpanWriter } from "./span-writer.ts";

/** Bytes that are read at once; more than the largest chunk. */
const AT_ONCE = 1024 * 1024;

/** As `openContentStream`, from removable media. */
export function openMediumStream(
  stream: number,
  target: MediumTarget,
  files: OpenFiles,
  say: (message: FromWorker) => void,
): ContentStream {
  const { places, firsts, packs, key } = target;
  const offsets = new Uint32Array(target.offsets);
  const progress = noProgress();
  const writer = createSpanWriter(files, progress, sayProgress);
  const reader = openPacks(places);
  const buffer = Buffer.allocUnsafeSlow(AT_ONCE);
  const more = key ? SEAL_BYTES : 0;
  let closed = false;

  function sayProgress(): void {
    if (progress.handled === 0 && progress.received === 0 && progress.thrownAway === 0) return;
    say({ kind: "progress", stream, progress: { ...progress } });
    Object.assign(progress, noProgress());
  }

  function close(): void {
    if (closed) return;
    closed = true;
    reader.close();
    sayProgress(); // what is written need not be read again
  }

  function packOf(ordinal: number): number {
    let [low, high] = [0, firsts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((firsts[middle] as number) <= ordinal) low = middle;
      else high = middle - 1;
    }
    return packs[low] as number;
  }

  /** Takes the chunks from the n-th on that follow one another on the medium. @returns The first that does not. */
  function takeRun({ ordinals, sizes }: SpanWork, from: number): number {
    const pack = packOf(ordinals[from] as number);
    const start = offsets[ordinals[from] as number] as number;
    let bytes = 0;
    let to = from;
    for (; to < ordinals.length; to++) {
      const ordinal = ordinals[to] as number;
      const length = (sizes[to] as number) + more;
      if (offsets[ordinal] !== start + bytes || packOf(ordinal) !== pack || bytes + length > AT_ONCE) break;
      bytes += length;
    }
    const stored = buffer.subarray(0, bytes);
    reader.read(pack, start, stored);
    progress.received += bytes;
    if (!key) writer.take(stored, to - from);
    else takeSealed(stored, { number: pack, at: start }, sizes.slice(from, to));
    return to;
  }

  function takeSealed(stored: Uint8Array, { number, at }: { number: number; at: number }, sizes: readonly number[]): void {
    let done = 0;
    for (const size of sizes) {
      const piece = stored.subarray(done, done + size + more);
      let bytes: Uint8Array | undefined;
      try {
        bytes = openPiece(key as Uint8Array, { number, at: at + done }, piece);
      } catch {
        writer.spoil(1, size);
      }
      if (bytes) writer.take(bytes, 1);
      done += piece.length;
    }
  }

  function carryOut(work: SpanWork): void {
    if (closed) return;
    try {
      writer.ask(work);
      for (let at = 0; at < work.ordinals.length;) at = takeRun(work, at);
    } catch (error) {
      const { code, message, path } = SitewrightError.from(error);
      close();
      say({ kind: "ended", stream, failure: { code, message, path, hungUp: false } });
    }
  }

  return {
    // Between two spans, messages are read: a stream that is closed stops there.
    ask: (work) => void setImmediate(() => carryOut(work)),
    close,
  };
}
