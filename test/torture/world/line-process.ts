import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { OVERHEAD } from "../../../bench/link/direction.ts";

/** A request; each is answered with its id. */
export type LineAsk = { id: number } & ({ ask: "open"; system: string; address: string; port: number } | { ask: "count" });

export interface LineAnswer {
  id: number;
  /** For `open`: the port to connect to instead. */
  port?: number;
  /** For `count`. */
  traffic?: Traffic;
}

/** What crossed the lines from the coordinator, with the headers of IP packets, by the address and in slices of `SLICE_MS`. */
export interface Traffic {
  bytes: Record<string, number[]>;
  /** By how much this process was late in each slice, ms: bytes that it counts late seem to arrive at once. */
  lag: number[];
}

export const SLICE_MS = 100;
const LAG_MS = 10;

/**
 * Carries the connections of all agents. Reads always, whatever the other side does, so that it sees bytes when they were sent; an order has
 * at most 1 MiB in transit.
 */
const started = performance.now();
const traffic: Traffic = { bytes: {}, lag: [] };
const sliceNow = (): number => Math.floor((performance.now() - started) / SLICE_MS);

let due = performance.now() + LAG_MS;
setInterval(() => {
  const late = performance.now() - due;
  due = performance.now() + LAG_MS;
  const slice = sliceNow();
  traffic.lag[slice] = Math.max(traffic.lag[slice] ?? 0, late);
}, LAG_MS);

function count(address: string, bytes: number): void {
  const slices = (traffic.bytes[address] ??= []);
  const slice = sliceNow();
  slices[slice] = (slices[slice] ?? 0) + bytes * OVERHEAD;
}

function carry(near: Socket, address: string, port: number): void {
  const far = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  near.setNoDelay(true);
  far.on("data", (data) => {
    count(address, data.length);
    near.write(data);
  });
  near.on("data", (data) => far.write(data));
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on("end", () => to.end());
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => to.destroy());
  }
}

process.on("message", (asked: LineAsk) => {
  const answer = (rest: Omit<LineAnswer, "id"> = {}): void => void process.send?.({ id: asked.id, ...rest } satisfies LineAnswer);
  switch (asked.ask) {
    case "open": {
      const server = createServer({ allowHalfOpen: true }, (near) => carry(near, asked.address, asked.port));
      server.listen(0, "127.0.0.1", () => answer({ port: (server.address() as AddressInfo).port }));
      return;
    }
    case "count":
      return answer({ traffic });
  }
});
process.on("disconnect", () => process.exit());
