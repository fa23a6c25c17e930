import { HISTORY_SAMPLES, isLongLine, MOST_STREAMS, nextStreamCount, type StreamSample } from "../../domain/chunks/stream-count.ts";

/** How long the streams are watched before their number may change, ms. */
const SAMPLE_MS = 1_000;

/** Measures what the streams of one transfer bring, and says how many there should be. */
export interface StreamMeter {
  wanted(): number;
  /** Into how many spans what waits is cut, so that all streams end at about the same time. */
  shares(): number;
  opened(roundTripMs: number): void;
  received(bytes: number): void;
  /** How many there are by now, and whether all of them have work. */
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
  /** Since the sample began no stream came or went or was idle. */
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
    // As long as the line is unknown, it may be a long one, on which streams differ much in speed.
    shares: () => (roundTripMs === 0 || isLongLine(roundTripMs) ? MOST_STREAMS * 8 : wanted * 2),
    opened(ms) {
      // The shortest is the line's; what others took longer, a busy machine did.
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
