import {
  packedFilesIn,
  SEAL_BYTES,
  SitewrightError,
  type ChunkRuns,
  type Digest,
  type MediumManifest,
  type MissingChunks,
} from "@sitewright/protocol";
import type { OpenMedium } from "@sitewright/node-kit/medium";
import { isReadable } from "@sitewright/node-kit/medium-packs";
import type { ContentSource } from "../../app/ports/content.ts";
import { yieldToEventLoop } from "../../app/unit/in-parallel.ts";
import type { FetchPool } from "../fetch/fetch-pool.ts";
import { openMediumFetch } from "./medium-fetch.ts";

/** Bytes of a digest in a manifest. */
const DIGEST = 32;

/** Where the chunks of a manifest lie. */
interface Located {
  firsts: number[];
  packs: readonly number[];
  offsets: SharedArrayBuffer;
}

/**
 * Content of the volumes that are there. What is read of them is proved as if it came over a line. @param key Of an encrypted medium.
 * @param told What is missing of a manifest, at the end of each fetch that lacks something.
 */
export function createMediumContent(
  medium: OpenMedium,
  key: Uint8Array | undefined,
  { pool, told }: { pool: FetchPool; told: (manifest: Digest, missing: MissingChunks) => void },
): ContentSource {
  const { table, packs } = medium;
  const indexes = new Map(table.manifests.map(({ digest }, i) => [digest, i]));
  /** Of the manifest that was used last: units are imported one after another. */
  let located: { index: number; places: Located } | undefined;
  let fetches = 0;

  function indexOf(digest: Digest): number {
    const index = indexes.get(digest);
    if (index === undefined) throw new SitewrightError("CONTENT_UNAVAILABLE", `the medium has no manifest ${digest}`);
    return index;
  }

  function locate(index: number): Located {
    if (located?.index !== index) located = { index, places: locateChunks(medium, index, key) };
    return located.places;
  }

  return {
    async manifest({ digest, into }) {
      let skip = into.length();
      for (const part of medium.manifest(indexOf(digest), key)) {
        if (skip < part.length) into.append(part.subarray(skip));
        skip = Math.max(0, skip - part.length);
        // A drive may take its time for each part, and the agent that runs has a connection to keep up.
        await yieldToEventLoop();
      }
    },
    open(job) {
      const index = indexOf(job.manifest);
      fetches += 1;
      const fetch = -fetches;
      const target = () => ({ ...locate(index), root: job.root, fetch, places: packs, key });
      const volumeOf = readability(table.manifests[index]?.runs as ChunkRuns, medium);
      return openMediumFetch({ pool, target, missingOn: volumeOf, told: (missing) => told(job.manifest, missing) }, job);
    },
  };
}

/** By ordinal: the volume of a chunk that cannot be read, 0: none has it. Asked in ascending order mostly. */
function readability({ counts, packs }: ChunkRuns, { table, packs: places }: OpenMedium): (ordinal: number) => number | undefined {
  let run = 0;
  let first = 0;
  return (ordinal) => {
    if (ordinal < first) [run, first] = [0, 0];
    while (ordinal >= first + (counts[run] ?? Infinity)) first += counts[run++] as number;
    const pack = packs[run] ?? 0;
    if (pack === 0) return 0;
    return isReadable(places, pack) ? undefined : table.packs[pack - 1]?.volume;
  };
}

/** Throws `MEDIUM_INVALID` for runs that do not fit the manifest. */
function locateChunks(medium: OpenMedium, index: number, key: Uint8Array | undefined): Located {
  const { runs, bytes } = medium.table.manifests[index] as MediumManifest;
  const { counts, packs, offsets: starts } = runs;
  const total = counts.reduce((sum, count) => sum + count, 0);
  // A list has more bytes for each of its chunks.
  if (total * DIGEST > bytes) throw misfit();
  const shared = new SharedArrayBuffer(total * 4);
  const offsets = new Uint32Array(shared);
  const firsts: number[] = [];
  let [ordinal, run, left, at] = [0, -1, 0, 0];
  for (const size of sizesIn(medium.manifest(index, key))) {
    if (left === 0) {
      run += 1;
      firsts.push(ordinal);
      left = counts[run] ?? 0;
      at = starts[run] ?? 0;
    }
    if (ordinal >= total) throw misfit();
    offsets[ordinal++] = at;
    at += size + (key ? SEAL_BYTES : 0);
    left -= 1;
    const end = medium.table.packs[(packs[run] ?? 0) - 1]?.bytes;
    if (end !== undefined && at > end) throw misfit();
  }
  if (ordinal !== total) throw misfit();
  return { firsts, packs, offsets: shared };
}

function* sizesIn(manifest: Iterable<Uint8Array>): Generator<number> {
  for (const { sizes } of packedFilesIn(manifest)) yield* sizes;
}

function misfit(): SitewrightError {
  return new SitewrightError("MEDIUM_INVALID", "the table of the medium does not fit its lists of content: have it written again");
}
