import { encodeStreamMessage, SitewrightError } from "@sitewright/protocol";
import { rangesOf } from "../../domain/chunks/ordinals.ts";
import { createFrameParser, type FrameParser } from "./frame-parser.ts";
import { noProgress, type FromWorker, type SpanWork, type StreamTarget } from "./messages.ts";
import type { OpenFiles } from "./open-files.ts";
import { createSpanWriter } from "./span-writer.ts";
import { openConnection } from "./stream-connection.ts";

/** Minimum of consumed bytes for an immediate message to the coordinator; fewer wait for more, ms. */
const CREDIT_STEP = 256 * 1024;
const CREDIT_AFTER_MS = 4;
/** On a slow line a frame takes seconds: progress within it is reported at this interval, ms. */
const PART_AFTER_MS = 250;
/** A thread that is busy for more than this share of the time is the bottleneck; checked at this interval, ms. */
const BUSY_SHARE = 0.7;
const LOOK_MS = 500;
/** Interval of progress reports while a span is in progress, ms. */
const SAY_EVERY_MS = 50;

/** One content stream in its worker: content is verified and written as it arrives. */
export interface ContentStream {
  /** Further chunks; they arrive in the order requested. */
  ask(work: SpanWork): void;
  /** Ends it; the progress so far is the last that is reported. */
  close(): void;
}

/** @param say Reports to the main thread; `ended` is the last report. */
export function openContentStream(
  stream: number,
  target: StreamTarget,
  files: OpenFiles,
  say: (message: FromWorker) => void,
): ContentStream {
  const progress = noProgress();
  const writer = createSpanWriter(files, progress, sayProgress);
  const parser = createFrameParser(writer, {
    elsewhere({ ranges, offer }) {
      const found = writer.find(ranges);
      if (!found) throw new SitewrightError("FRAME_INVALID", "the content stream is damaged: it names chunks that were not requested");
      sayProgress(); // progress is counted in spans from there
      say({ kind: "elsewhere", stream, ...found, offer });
      writer.skip(found.span, found.chunks);
    },
    waiting: () => void (progress.waits += 1),
  });
  let utilization = performance.eventLoopUtilization();
  let lookedAt = performance.now();
  let isOpen = false;
  let isHeard = false;
  const credit = createCredit(parser, (consumed) => connection.write(encodeStreamMessage({ kind: "credit", consumed })));
  let sayTimer: NodeJS.Timeout | undefined;

  const silence = setTimeout(() => {
    if (!isOpen || writer.isWaiting())
      fail(new SitewrightError("COORDINATOR_UNREACHABLE", `the stream stood still for ${target.stallMs / 1000} s`));
  }, target.stallMs);

  function sayProgress(): void {
    clearTimeout(sayTimer);
    sayTimer = undefined;
    if (progress.handled === 0 && progress.received === 0 && progress.thrownAway === 0) return;
    say({ kind: "progress", stream, progress: { ...progress } });
    Object.assign(progress, noProgress());
  }

  /** Work is done on arrival: a thread that is always busy leaves the rest in the socket. */
  function sayIfBusy(): void {
    const now = performance.now();
    if (now - lookedAt < LOOK_MS) return;
    const current = performance.eventLoopUtilization();
    if (performance.eventLoopUtilization(current, utilization).utilization >= BUSY_SHARE)
      connection.write(encodeStreamMessage({ kind: "busy" }));
    utilization = current;
    lookedAt = now;
  }

  function fail({ code, message, path }: SitewrightError, hungUp = false): void {
    close();
    say({ kind: "ended", stream, failure: { code, message, path, hungUp } });
  }

  function close(): void {
    clearTimeout(silence);
    credit.stop();
    connection.destroy();
    progress.thrownAway += parser.received() - parser.consumed();
    sayProgress(); // what is written need not be sent again
  }

  const connection = openConnection(target, {
    opened(roundTripMs) {
      isOpen = true;
      silence.refresh();
      say({ kind: "opened", stream, roundTripMs });
    },
    received(part) {
      silence.refresh();
      isHeard = true;
      progress.received += part.length;
      try {
        parser.push(part);
      } catch (error) {
        return fail(SitewrightError.from(error));
      }
      credit.owe();
      sayIfBusy();
      sayTimer ??= setTimeout(sayProgress, SAY_EVERY_MS);
    },
    ended: (error) => fail(error, isOpen && !isHeard && writer.isWaiting()),
  });

  return {
    ask(work) {
      silence.refresh();
      writer.ask(work);
      const { ordinals, failed } = work;
      connection.write(encodeStreamMessage({ kind: "ask", ranges: rangesOf(ordinals), ...(failed === undefined ? {} : { failed }) }));
    },
    close,
  };
}

interface Credit {
  /** Something has arrived, or was consumed. */
  owe(): void;
  stop(): void;
}

/** Tells the coordinator what was consumed of a stream: larger amounts immediately, the rest a moment later. */
function createCredit({ received, consumed }: Pick<FrameParser, "received" | "consumed">, tell: (bytes: number) => void): Credit {
  let credited = 0;
  let creditTimer: NodeJS.Timeout | undefined;
  let partTimer: NodeJS.Timeout | undefined;

  function stop(): void {
    clearTimeout(creditTimer);
    clearTimeout(partTimer);
  }

  function give(bytes: number): void {
    stop();
    creditTimer = partTimer = undefined;
    credited = bytes;
    tell(credited);
    owePart();
  }

  function owePart(): void {
    if (received() > credited) partTimer ??= setTimeout(() => give(received()), PART_AFTER_MS);
  }

  return {
    stop,
    owe() {
      const owed = consumed() - credited;
      if (owed >= CREDIT_STEP) give(consumed());
      else if (owed > 0) creditTimer ??= setTimeout(() => give(consumed()), CREDIT_AFTER_MS);
      owePart();
    },
  };
}
