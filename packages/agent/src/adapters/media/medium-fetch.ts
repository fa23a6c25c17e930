import { missingWords, SitewrightError, type MissingChunks } from "@sitewright/protocol";
import type { ContentFetch, ContentJob } from "../../app/ports/content.ts";
import { createSpanQueue } from "../../domain/chunks/span-queue.ts";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";
import type { FetchPool } from "../fetch/fetch-pool.ts";
import type { MediumTarget } from "../fetch/messages.ts";
import { openSpanStream, type SpanStream } from "../fetch/span-stream.ts";
import { cancelled } from "../../app/session/current-link.ts";

/** Threads that read and write at the same time. */
const STREAMS = 2;
const SPANS_AHEAD = 2;
const SPAN = 4 * 1024 * 1024;
/** What may wait before `add` makes its caller wait: bytes, and steps. */
const WAITING_BYTES = 32 * 1024 * 1024;
const WAITING_STEPS = 8_192;

export interface MediumFetchTools {
  pool: FetchPool;
  /** Found when it is needed for the first time. Throws `MEDIUM_INVALID` and the like. */
  target: () => MediumTarget;
  /** The volume of a chunk that cannot be read now, 0: it is not on the medium; undefined: it can. */
  missingOn: (ordinal: number) => number | undefined;
  /** Told when everything that can be read is written, if something cannot. */
  told: (missing: MissingChunks) => void;
}

/** Reads steps from the volumes that are there. What is on others is counted, and makes the end of the fetch a failure. */
export function openMediumFetch({ pool, target, missingOn, told }: MediumFetchTools, job: ContentJob): ContentFetch {
  const { signal } = job;
  const queue = createSpanQueue();
  const streams = new Set<SpanStream>();
  const waiting = new Set<() => void>();
  const missing: MissingChunks = { volumes: new Map(), elsewhere: 0, chunks: 0 };
  let failure: { error: unknown } | undefined;
  let ending = false;

  function fail(error: unknown): void {
    failure ??= { error };
    update();
  }

  function open(): SpanStream {
    const stream = openSpanStream(pool, target(), job.place, {
      opened: () => undefined,
      elsewhere: () => undefined,
      progress(progress) {
        job.onProgress(progress);
        update();
      },
      damaged({ steps }) {
        const path = steps[0]?.places[0]?.file.path ?? "";
        fail(
          new SitewrightError(
            "MEDIUM_DAMAGED",
            `a chunk of ${path} has other bytes on the medium than were written: use another copy of the volume, or its parity`,
            { path },
          ),
        );
      },
      ended(error) {
        streams.delete(stream);
        if (error) fail(error);
        update();
      },
    });
    streams.add(stream);
    return stream;
  }

  function hand(stream: SpanStream): void {
    while (stream.outstanding() < SPANS_AHEAD) {
      const span = queue.take(SPAN);
      if (!span) return;
      stream.ask(span);
    }
  }

  function update(): void {
    if (!failure) {
      try {
        while (queue.steps() > 0 && streams.size < STREAMS) hand(open());
      } catch (error) {
        failure = { error };
      }
      for (const stream of streams) if (!stream.isClosing()) hand(stream);
    }
    const isDone = ending && queue.steps() === 0 && [...streams].every((stream) => stream.outstanding() === 0);
    if (failure || isDone) for (const stream of streams) stream.close();
    for (const look of waiting) look();
  }

  function until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (failure ? streams.size > 0 : !isDone()) return;
        waiting.delete(look);
        if (failure) reject(failure.error as Error);
        else resolve();
      };
      waiting.add(look);
      look();
    });
  }

  /** Those that can be read. */
  function readable(steps: readonly FetchStep[]): FetchStep[] {
    return steps.filter(({ chunk }) => {
      const volume = missingOn(chunk.ordinal);
      if (volume === undefined) return true;
      if (volume === 0) missing.elsewhere += 1;
      else missing.volumes.set(volume, (missing.volumes.get(volume) ?? 0) + 1);
      return false;
    });
  }

  const onAbort = () => fail(cancelled());
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);

  return {
    holds: () => undefined,
    add(steps) {
      queue.add(readable(steps));
      update();
      return until(() => queue.bytes() <= WAITING_BYTES && queue.steps() <= WAITING_STEPS);
    },
    async end() {
      ending = true;
      try {
        const ended = until(() => queue.steps() === 0 && streams.size === 0);
        update();
        await ended;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
      if (missing.elsewhere + missing.volumes.size === 0) return;
      told(missing);
      const [code, advice] =
        missing.volumes.size > 0
          ? (["MEDIUM_VOLUME_MISSING", "import that volume too, which keeps what is here"] as const)
          : (["CONTENT_UNAVAILABLE", "they come over the line, or on a medium for what this system states to hold now"] as const);
      throw new SitewrightError(code, `${missingWords(missing)}: ${advice}`);
    },
  };
}
