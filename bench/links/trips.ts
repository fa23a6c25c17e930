import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

interface Trip {
  /** When it ended, ms since 1970. */
  at: number;
  ms: number;
}

/** ms between an answer and the next heartbeat. */
export const EVERY_MS = 200;
/** A connection that sends only heartbeats counts as unauthenticated after ten seconds. */
const CONNECTION_MS = 8_000;

/** Round trips of heartbeats over the line to a coordinator, until the work ends. */
export async function tripsDuring(url: string, work: Promise<unknown>): Promise<Trip[]> {
  const trips: Trip[] = [];
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  while (!isOver) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/agent/v1?name=BRANCH1`, "sitewright.v1");
    await once(socket, "open");
    const closed = once(socket, "close");
    for (const until = Date.now() + CONNECTION_MS; !isOver && socket.readyState === socket.OPEN && Date.now() < until;) {
      const from = performance.now();
      // One that is closed before its answer counts with its duration.
      const answer = Promise.race([once(socket, "pong"), closed]);
      socket.ping();
      await answer;
      trips.push({ at: Date.now(), ms: performance.now() - from });
      await sleep(EVERY_MS);
    }
    socket.terminate();
  }
  await over;
  return trips;
}
