import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { LIMITS, PART_HEADER, readPartHeader, SitewrightError, type Digest, type PartHeader } from "@sitewright/protocol";
import type { ManifestTarget } from "../../app/ports.ts";

/** zstd makes incompressible bytes this much longer at most. */
const PACKING_SLACK = 64 * 1024;
/** Of a base, the bytes that one part may be packed with. */
const MOST_OF_BASE = 4 * LIMITS.manifestPart;

const unpack = promisify(zstdDecompress);

/**
 * Takes a manifest of `size` bytes as it comes: unpacks part after part and appends it. Throws `FRAME_INVALID` for what is no such
 * part, `HASH_MISMATCH` for what cannot be unpacked. A stream that breaks off loses the part under way.
 * @param base The manifest whose bytes help to unpack.
 */
export async function takeParts(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  into: ManifestTarget,
  base: Digest | undefined,
): Promise<void> {
  if (base !== undefined && !into.bases.includes(base)) throw invalid(`it builds on ${base}, which was not offered`);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let head: PartHeader | undefined;
  /** So many bytes off the front of what waits; what came in many pieces is joined once. */
  const take = (count: number): Uint8Array => {
    const whole = joined(waiting);
    waiting = [whole.subarray(count)];
    bytes -= count;
    return whole.subarray(0, count);
  };
  for await (const piece of stream) {
    waiting.push(piece);
    bytes += piece.length;
    for (;;) {
      if (!head) {
        if (bytes < PART_HEADER) break;
        head = readPartHeader(take(PART_HEADER));
        check(head, size, into, base);
      }
      if (bytes < head.packed) break;
      into.append(await unpackPart(take(head.packed), head, into, base));
      head = undefined;
    }
  }
}

function check(head: PartHeader, size: number, into: ManifestTarget, base: Digest | undefined): void {
  const { packed, length } = head;
  const fromBase = head.base.to - head.base.from;
  if (length === 0 || length > LIMITS.manifestPart || packed > length + PACKING_SLACK) throw invalid(`it has a part of ${length} bytes`);
  if (into.length() + length > size) throw invalid(`it is longer than ${size} bytes`);
  if (fromBase > MOST_OF_BASE || (fromBase > 0 && base === undefined)) throw invalid(`it builds on ${fromBase} bytes of another one`);
}

async function unpackPart(packed: Uint8Array, head: PartHeader, into: ManifestTarget, base: Digest | undefined): Promise<Uint8Array> {
  const { from, to } = head.base;
  const dictionary = base !== undefined && to > from ? into.readBase(base, from, to) : undefined;
  const bytes = await unpack(packed, { maxOutputLength: head.length, ...(dictionary ? { dictionary } : {}) }).catch((cause: unknown) => {
    throw new SitewrightError("HASH_MISMATCH", "the manifest came damaged: it cannot be unpacked", { cause });
  });
  if (bytes.length !== head.length) throw new SitewrightError("HASH_MISMATCH", "the manifest came damaged: a part has another length");
  return bytes;
}

function joined(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the manifest was refused: ${why}`);
}
