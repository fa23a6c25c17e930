import { HISTORY_SAMPLES, isLongLine, MOST_STREAMS, nextStreamCount, type StreamSample } from "../../domain/chunks/stream-count.ts";

/** How long the streams are measured before their number may change, ms. */
const SAMPLE_MS = 1_000;

/** Measures the rate of the streams of one transfer, and decides how many there should be. */
export interface StreamMeter {
  wanted(): number;
  /** Number of spans into which waiting content is cut, so that all streams end at about the same time. */
  shares(): number;
  opened(roundTripMs: number): void;
  received(bytes: number): void;
  /** How many there are at present, and whether all of them have work. */
  observe(streams: number, hasWork: boolean): void;
  stop(): void;
}

/** @param onChange The wanted number changed. */
export function createStreamMeter(onChange: () => void): StreamMeter {
  let samples: StreamSample[] = [];
  let roundTripMs = 0;
  let streams = 0;
  let allBusy = false;
  let bytes = 0;
  let since = performance.now();
  /** Since the sample began no stream was opened, closed or idle. */
  let isFair = false;
  let wanted = nextStreamCount({ roundTripMs, samples });

  function begin(): void {
    bytes = 0;
    since = performance.now();
    isFair = allBusy && streams > 0;
    timer.refresh();
  }

  function decide(): void {
    const next = nextStreamCount({ roundTripMs, samples });
    if (next === wanted) return;
    wanted = next;
    onChange();
  }

  const timer = setInterval(() => {
    const rate = (bytes * 1000) / (performance.now() - since);
    if (isFair) samples = [...samples, { streams, rate }].slice(-HISTORY_SAMPLES);
    begin();
    decide();
  }, SAMPLE_MS);
  timer.unref();

  return {
    wanted: () => wanted,
    // An unknown line may have a long round trip, on which streams differ much in speed.
    shares: () => (roundTripMs === 0 || isLongLine(roundTripMs) ? MOST_STREAMS * 8 : wanted * 2),
    opened(ms) {
      // The shortest is the line's; longer ones are due to a busy machine.
      roundTripMs = roundTripMs === 0 ? ms : Math.min(roundTripMs, ms);
      decide();
      begin();
    },
    received(count) {
      bytes += count;
    },
    observe(count, hasWork) {
      allBusy = hasWork;
      if (!hasWork || count > streams) isFair = false;
      const isLess = count < streams;
      streams = count;
      if (isLess) begin();
    },
    stop: () => clearInterval(timer),
  };
}
