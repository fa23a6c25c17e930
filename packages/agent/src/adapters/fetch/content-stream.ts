import { encodeStreamMessage, SitewrightError } from "@sitewright/protocol";
import { rangesOf } from "../../domain/ordinal-ranges.ts";
import { createFrameParser } from "./frame-parser.ts";
import { noProgress, type FromWorker, type SpanWork, type StreamTarget } from "./messages.ts";
import type { OpenFiles } from "./open-files.ts";
import { createSpanWriter } from "./span-writer.ts";
import { openConnection } from "./stream-connection.ts";

/** Consumed bytes that are worth a word to the coordinator at once; fewer wait for a moment for more, ms. */
const CREDIT_STEP = 128 * 1024;
const CREDIT_AFTER_MS = 4;
/** What is done is said this often while a span is under way, ms. */
const SAY_EVERY_MS = 50;

/** One content stream in its worker: what comes is verified and written on the spot. */
export interface ContentStream {
  /** Further chunks; they come in the order asked for. */
  ask(work: SpanWork): void;
  /** Ends it; the progress so far is the last that is said. */
  close(): void;
}

/** @param say Tells the main thread; `ended` is the last that it is told. */
export function openContentStream(
  stream: number,
  target: StreamTarget,
  files: OpenFiles,
  say: (message: FromWorker) => void,
): ContentStream {
  const progress = noProgress();
  const writer = createSpanWriter(files, progress, sayProgress);
  const parser = createFrameParser(writer);
  const unsaid: SpanWork[] = [];
  let isOpen = false;
  let credited = 0;
  let creditTimer: NodeJS.Timeout | undefined;
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

  function giveCredit(): void {
    clearTimeout(creditTimer);
    creditTimer = undefined;
    credited = parser.consumed();
    connection.write(encodeStreamMessage({ kind: "credit", consumed: credited }));
  }

  function oweCredit(): void {
    const owed = parser.consumed() - credited;
    if (owed >= CREDIT_STEP) giveCredit();
    else if (owed > 0) creditTimer ??= setTimeout(giveCredit, CREDIT_AFTER_MS);
  }

  function fail(error: SitewrightError): void {
    close();
    say({ kind: "ended", stream, failure: { code: error.code, message: error.message, path: error.path } });
  }

  function close(): void {
    clearTimeout(silence);
    clearTimeout(creditTimer);
    connection.destroy();
    progress.thrownAway += parser.received() - parser.consumed();
    sayProgress(); // what is written need not come again
  }

  function tellAsk({ ordinals }: SpanWork): void {
    connection.write(encodeStreamMessage({ kind: "ask", ranges: rangesOf(ordinals) }));
  }

  const connection = openConnection(target, {
    opened(roundTripMs) {
      isOpen = true;
      silence.refresh();
      say({ kind: "opened", stream, roundTripMs });
      for (const work of unsaid.splice(0)) tellAsk(work);
    },
    received(part) {
      silence.refresh();
      progress.received += part.length;
      try {
        parser.push(part);
      } catch (error) {
        return fail(SitewrightError.from(error));
      }
      oweCredit();
      sayTimer ??= setTimeout(sayProgress, SAY_EVERY_MS);
    },
    ended: fail,
  });

  return {
    ask(work) {
      silence.refresh();
      writer.ask(work);
      if (isOpen) tellAsk(work);
      else unsaid.push(work);
    },
    close,
  };
}
