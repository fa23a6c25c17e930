import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { OVERHEAD } from "../../../bench/link/direction.ts";

/** A request; each is answered with its id. */
export type LineAsk = { id: number } & (
  | { ask: "open"; system: string; address: string; ports: readonly number[] }
  | { ask: "hurt"; system: string; how: Hurt }
  | { ask: "count" }
);

export type Hurt =
  /** All connections of the system break, and none is accepted for this time. */
  | { kind: "cut"; ms: number }
  /** Its open connections carry nothing any more, and neither side is told. */
  | { kind: "forget" }
  /** In each of its next large pieces from the coordinator one bit flips: in content, for only that comes in such pieces. */
  | { kind: "flip"; pieces: number };

export interface LineAnswer {
  id: number;
  /** For `open`: the ports to connect to instead. */
  ports?: number[];
  /** For `count`. */
  traffic?: Traffic;
}

/** What crossed the lines from the coordinator, with the headers of IP packets, by the address and in slices of `SLICE_MS`. */
export interface Traffic {
  bytes: Record<string, number[]>;
  /** By how much this process was late in each slice, ms: bytes that it counts late seem to arrive at once. */
  lag: number[];
  /** When a bit flipped, and on the way to which system. */
  flipped: { at: number; system: string }[];
}

export const SLICE_MS = 100;
const LAG_MS = 10;

/**
 * Carries the connections of all agents. Reads always, whatever the other side does, so that it sees bytes when they were sent; an order has
 * at most 1 MiB in transit.
 */
const started = performance.now();
const traffic: Traffic = { bytes: {}, lag: [], flipped: [] };
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

interface Connection {
  cut(): void;
  forget(): void;
}

interface Line {
  system: string;
  address: string;
  open: Set<Connection>;
  /** Until then no connection is accepted. */
  isDownUntil: number;
  /** Pieces in which a bit has to flip. */
  flips: number;
}

const lines = new Map<string, Line>();
/** Bytes. */
const LARGE = 8_000;

function hurt(line: Line, how: Hurt): void {
  if (how.kind === "flip") line.flips += how.pieces;
  if (how.kind === "cut") line.isDownUntil = performance.now() + how.ms;
  if (how.kind !== "flip") for (const connection of line.open) connection[how.kind]();
}

function flipIn(line: Line, data: Buffer): void {
  if (line.flips === 0 || data.length <= LARGE) return;
  line.flips -= 1;
  traffic.flipped.push({ at: Date.now(), system: line.system });
  const at = data.length >> 1;
  data[at] = (data[at] ?? 0) ^ 4;
}

function carry(near: Socket, line: Line, port: number): void {
  if (performance.now() < line.isDownUntil) return void near.resetAndDestroy();
  const { address } = line;
  let isForgotten = false;
  const far = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  near.setNoDelay(true);
  const connection: Connection = {
    cut: () => [near, far].forEach((socket) => socket.resetAndDestroy()),
    forget: () => void (isForgotten = true),
  };
  line.open.add(connection);
  near.once("close", () => line.open.delete(connection));
  far.on("data", (data: Buffer) => {
    count(address, data.length);
    flipIn(line, data);
    if (!isForgotten) near.write(data);
  });
  near.on("data", (data) => isForgotten || far.write(data));
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on("end", () => isForgotten || to.end());
    from.on("error", () => isForgotten || to.resetAndDestroy());
    from.on("close", () => isForgotten || to.destroy());
  }
}

/** @returns The port of the line that leads to this one. */
async function relay(line: Line, port: number): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (near) => carry(near, line, port)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

process.on("message", (asked: LineAsk) => {
  const answer = (rest: Omit<LineAnswer, "id"> = {}): void => void process.send?.({ id: asked.id, ...rest } satisfies LineAnswer);
  switch (asked.ask) {
    case "open": {
      const { system, address, ports } = asked;
      const line: Line = { system, address, open: new Set(), isDownUntil: 0, flips: 0 };
      lines.set(system, line);
      return void Promise.all(ports.map((port) => relay(line, port))).then((own) => answer({ ports: own }));
    }
    case "hurt": {
      const line = lines.get(asked.system);
      if (line) hurt(line, asked.how);
      return answer();
    }
    case "count":
      return answer({ traffic });
  }
});
process.on("disconnect", () => process.exit());
