import { constants, zstdCompressSync } from "node:zlib";
import { LIMITS, planManifestParts, writePartHeader, type Digest } from "@sitewright/protocol";
import { unpackManifest, type UnpackedManifest } from "./unpacked-manifest.ts";

/** A manifest that is sent part by part. */
export interface ManifestParts {
  /** The manifest that the parts are packed against. */
  base: Digest | undefined;
  /** The next part with its header; undefined at the end. */
  next(): Uint8Array | undefined;
  close(): void;
}

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 9 };
/** Window for a whole part together with its dictionary. */
const LEVEL_AND_WINDOW = { ...LEVEL, [constants.ZSTD_c_windowLog]: 22 };

/** An interrupted part starts again: small first parts get across a line that breaks often. Bytes. */
const FIRST_PART = 64 * 1024;
/** Maximum bytes of a base for one part. */
const MOST_DICTIONARY = 2 * LIMITS.manifestPart;

/**
 * @param bases Manifests that the other side holds, the best one first.
 * @param from Bytes of the manifest that it has already.
 * @returns Undefined when the manifest is not known here.
 */
export async function openManifestParts(
  dataDir: string,
  digest: Digest,
  bases: readonly Digest[],
  from: number,
): Promise<ManifestParts | undefined> {
  const next = await unpackManifest(dataDir, digest);
  if (!next) return undefined;
  let base: { digest: Digest; manifest: UnpackedManifest } | undefined;
  try {
    for (const candidate of bases) {
      const manifest = await unpackManifest(dataDir, candidate);
      if (!manifest) continue;
      base = { digest: candidate, manifest };
      break;
    }
  } catch (error) {
    next.close();
    throw error;
  }
  const raw = Buffer.allocUnsafeSlow(LIMITS.manifestPart);
  const dictionary = Buffer.allocUnsafeSlow(base ? MOST_DICTIONARY : 0);
  const parts = planManifestParts(base?.manifest.places() ?? [], next.places(), { limit: LIMITS.manifestPart, from, first: FIRST_PART });
  return {
    base: base?.digest,
    next() {
      const plan = parts.next().value;
      if (!plan) return undefined;
      const bytes = next.read(plan.next, raw);
      const like = { from: plan.base.from, to: Math.min(plan.base.to, plan.base.from + MOST_DICTIONARY) };
      const how =
        base && like.to > like.from ? { params: LEVEL_AND_WINDOW, dictionary: base.manifest.read(like, dictionary) } : { params: LEVEL };
      const packed = zstdCompressSync(bytes, { pledgedSrcSize: bytes.length, ...how });
      const header = writePartHeader({ packed: packed.length, length: bytes.length, base: like });
      const part = Buffer.allocUnsafeSlow(header.length + packed.length);
      part.set(header);
      part.set(packed, header.length);
      return part;
    },
    close() {
      next.close();
      base?.manifest.close();
    },
  };
}
