import { SitewrightError, unitKey, type Digest } from "@sitewright/protocol";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContentIndex } from "../ports/content.ts";
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
 * manifest is the same wherever it is made of the same source; where that changed since, opening throws `SOURCE_CHANGED`, as for a change
 * after the indexing here.
 */
export function createMissingContent({
  board,
  site,
  index,
  clock,
  log,
}: MissingContentDeps): Pick<ContentIndex, "openChunks" | "openManifest"> {
  /** By manifest: when the last look began, and the unit if its source could be indexed. */
  const looks = new Map<Digest, { at: number; indexed: Promise<string | undefined> }>();

  async function look(digest: Digest): Promise<string | undefined> {
    const now = clock();
    for (const [of, { at }] of looks) if (now - at >= AGAIN_MS) looks.delete(of);
    const last = looks.get(digest);
    if (last) return last.indexed;
    const phase = board.phases().find(({ manifest }) => manifest === digest);
    if (!phase) return undefined;
    const indexed = read(unitKey(phase.unit));
    looks.set(digest, { at: now, indexed });
    return indexed;
  }

  async function read(key: string): Promise<string | undefined> {
    log.info({ unit: key }, "a manifest is missing here: its source is indexed");
    try {
      const { root, units } = await site.recent();
      const source = units.find(({ unit }) => unitKey(unit) === key);
      const how = { root, witness: false, rehash: false, acceptOlder: true, onProgress: () => undefined };
      if (source) await index.index(source, { ...how, signal: new AbortController().signal });
      return key;
    } catch (error) {
      log.warn({ unit: key, error: String(error) }, "the source of a missing manifest could not be indexed");
      return undefined;
    }
  }

  async function opened<T>(digest: Digest, open: () => Promise<T | undefined>): Promise<T | undefined> {
    const here = await open();
    if (here) return here;
    const unit = await look(digest);
    const found = await open();
    if (found || unit === undefined) return found;
    const message = `the source of ${unit} changed after another coordinator had indexed it: start the rebuild again`;
    throw new SitewrightError("SOURCE_CHANGED", message);
  }

  return {
    openChunks: (digest) => opened(digest, () => index.openChunks(digest)),
    openManifest: (digest, bases, from) => opened(digest, () => index.openManifest(digest, bases, from)),
  };
}
