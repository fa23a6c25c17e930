import { unitKey, type Digest } from "@sitewright/protocol";
import type { Log } from "../log.ts";
import type { Clock, ContentIndex } from "../ports.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Board } from "./board.ts";

export interface MissingContentDeps {
  board: Pick<Board, "phases">;
  site: Pick<SiteView, "recent">;
  index: ContentIndex;
  clock: Clock;
  log: Log;
}

/** A source that has other content by now is not read again for each request, ms. */
const AGAIN_MS = 60_000;

/**
 * Content of the open runs, also if another coordinator indexed it, or the index was lost: the unit is then indexed at the first request. The
 * manifest is the same wherever it is made of the same source.
 */
export function createMissingContent({
  board,
  site,
  index,
  clock,
  log,
}: MissingContentDeps): Pick<ContentIndex, "openChunks" | "openManifest"> {
  /** By unit: the last look, and when it began. */
  const looks = new Map<string, { at: number; done: Promise<void> }>();

  async function look(digest: Digest): Promise<void> {
    const phase = board.phases().find(({ manifest }) => manifest === digest);
    if (!phase) return;
    const key = unitKey(phase.unit);
    const last = looks.get(key);
    if (last && clock() - last.at < AGAIN_MS) return last.done;
    const done = read(key);
    looks.set(key, { at: clock(), done });
    return done;
  }

  async function read(key: string): Promise<void> {
    log.info({ unit: key }, "a manifest is missing here: its source is indexed");
    try {
      const { root, units } = await site.recent();
      const source = units.find(({ unit }) => unitKey(unit) === key);
      const how = { root, witness: false, rehash: false, acceptOlder: true, onProgress: () => undefined };
      if (source) await index.index(source, { ...how, signal: new AbortController().signal });
    } catch (error) {
      log.warn({ unit: key, error: String(error) }, "the source of a missing manifest could not be indexed");
    }
  }

  async function opened<T>(digest: Digest, open: () => Promise<T | undefined>): Promise<T | undefined> {
    const here = await open();
    if (here) return here;
    await look(digest);
    return open();
  }

  return {
    openChunks: (digest) => opened(digest, () => index.openChunks(digest)),
    openManifest: (digest, bases, from) => opened(digest, () => index.openManifest(digest, bases, from)),
  };
}
