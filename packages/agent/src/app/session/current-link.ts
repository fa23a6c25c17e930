import { SitewrightError, type AgentMessage } from "@sitewright/protocol";
import type { Link } from "../ports/link.ts";

/** The connection for code that uses it while it lasts. */
export interface LiveLink {
  /** Bearer of the content endpoint. */
  token: string;
  /** Aborted when this connection is lost. */
  gone: AbortSignal;
}

export interface CurrentLink {
  up(link: Link, token: string): void;
  down(): void;
  isUp(): boolean;
  /** Ends the connection, if there is one, so that the next one states what this system holds now. */
  renew(why: string): void;
  /** Sends it to the coordinator if there is a connection, else drops it: for messages that may be lost. */
  say(message: AgentMessage): void;
  /** The current connection, or the next one. Throws `CANCELLED` when the signal is aborted first. */
  live(signal: AbortSignal): Promise<LiveLink>;
}

export function createCurrentLink(): CurrentLink {
  let current: { link: Link; live: LiveLink; end: AbortController } | undefined;
  const waiting = new Set<(live: LiveLink) => void>();

  function down(): void {
    const lost = current;
    current = undefined;
    lost?.end.abort();
  }

  return {
    up(link, token) {
      down();
      const end = new AbortController();
      current = { link, end, live: { token, gone: end.signal } };
      for (const give of waiting) give(current.live);
    },
    down,
    isUp: () => current !== undefined,
    renew: (why) => current?.link.close("GOING_AWAY", why),
    say(message) {
      void current?.link.send(message);
    },
    live(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(cancelled());
        if (current) return resolve(current.live);
        const settle = () => {
          waiting.delete(give);
          signal.removeEventListener("abort", stop);
        };
        const give = (live: LiveLink) => {
          settle();
          resolve(live);
        };
        const stop = () => {
          settle();
          reject(cancelled());
        };
        waiting.add(give);
        signal.addEventListener("abort", stop);
      });
    },
  };
}

export function cancelled(): SitewrightError {
  return new SitewrightError("CANCELLED", "it was cancelled");
}
