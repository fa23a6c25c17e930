/** Where an agent opens content streams: at the coordinator that leads, or at another one that serves content for it. */
export interface ContentAddress {
  /** For the next stream, at this time of the process's own clock (ms); undefined: at the coordinator that leads. */
  at(now: number): URL | undefined;
  /** What the coordinator that leads has named; undefined: itself. */
  named(url: URL | undefined): void;
  /** The one that is named did not deliver: for a minute the one that leads is asked. */
  failed(now: number): void;
}

const AVOIDED_MS = 60_000;

export function createContentAddress(): ContentAddress {
  let url: URL | undefined;
  let avoidedUntil = -Infinity;
  return {
    at: (now) => (now < avoidedUntil ? undefined : url),
    named(next) {
      if (next?.href !== url?.href) avoidedUntil = -Infinity;
      url = next;
    },
    failed: (now) => void (avoidedUntil = now + AVOIDED_MS),
  };
}
