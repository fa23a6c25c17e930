import { SitewrightError } from "@sitewright/protocol";

export interface Watched {
  /** Throws or rejects when whoever reads the stream has lost its right to. */
  prove(): Promise<void>;
  /** Bytes sent that the other side has not taken yet. */
  underWay(): number;
  /** Whether the line is what everything waits for. */
  lineWaits(): boolean;
  end(why: unknown): void;
}

/** ms between two looks. */
const EVERY = 5_000;
/** ms in which a living agent takes something of what is under way to it. */
const SILENCE = 30_000;

/** Ends a stream whose order has ended, and one whose agent takes nothing any more. Returns what stops the watch. */
export function watchStream(stream: Watched, { every = EVERY, silence = SILENCE } = {}): () => void {
  let quietFor = 0;
  let before = 0;
  const timer = setInterval(() => {
    const underWay = stream.underWay();
    quietFor = underWay > 0 && underWay === before && !stream.lineWaits() ? quietFor + every : 0;
    before = underWay;
    if (quietFor >= silence) {
      stream.end(
        new SitewrightError(
          "CONTENT_UNAVAILABLE",
          `the agent has taken nothing for ${Math.round(quietFor / 1000)} s: ask for the rest again`,
        ),
      );
    } else stream.prove().catch((error: unknown) => stream.end(error));
  }, every);
  return () => clearInterval(timer);
}
