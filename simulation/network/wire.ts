import { EventEmitter } from "node:events";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";

/** One end of a connection: what it does when something arrives, and when the connection has ended for it. */
export interface End {
  process: Process;
  message(bytes: Uint8Array): void;
  ping(): void;
  pong(): void;
  closed(code: number, reason: string): void;
}

/** A connection between two processes. Messages arrive in order, late, or not at all once it is cut. */
export interface Wire {
  /** @param from The end that sends. @param twice It arrives twice. */
  send(from: "agent" | "coordinator", bytes: Uint8Array, twice?: boolean): void;
  ping(from: "agent" | "coordinator"): void;
  /** An orderly end: what was sent before still arrives. */
  close(from: "agent" | "coordinator", code: number, reason: string): void;
  /** Ends at once, for both ends, each a little later; what is in transit is lost. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told. */
  silence(): void;
  isOpen(): boolean;
}

export interface WireOptions {
  time: VirtualTime;
  random: Random;
  /** One way, ms. */
  latency: () => number;
}

const OTHER = { agent: "coordinator", coordinator: "agent" } as const;

export function openWire(ends: Record<"agent" | "coordinator", End>, { time, random, latency }: WireOptions): Wire {
  let state: "open" | "silent" | "closed" = "open";
  /** By receiver: nothing arrives before what was sent earlier. */
  const last = { agent: 0, coordinator: 0 };

  function deliver(to: "agent" | "coordinator", work: (end: End) => void): void {
    if (state !== "open") return;
    const at = Math.max(last[to], time.now() + latency());
    last[to] = at;
    time.after(at - time.now(), () => {
      if (state === "open") time.reach(ends[to].process, () => work(ends[to]));
    });
  }

  function end(to: "agent" | "coordinator", ms: number, code: number, reason: string): void {
    time.after(ms, () => time.reach(ends[to].process, () => ends[to].closed(code, reason)));
  }

  return {
    send(from, bytes, twice = false) {
      const copy = bytes.slice();
      deliver(OTHER[from], (end) => end.message(copy));
      if (twice) deliver(OTHER[from], (end) => end.message(copy));
    },
    ping(from) {
      deliver(OTHER[from], (end) => {
        end.ping();
        deliver(from, (back) => back.pong());
      });
    },
    close(from, code, reason) {
      if (state === "closed") return;
      const late = state === "silent" ? 1_000 : Math.max(1, last[OTHER[from]] - time.now() + 1);
      const wasOpen = state === "open";
      time.after(late, () => {
        state = "closed";
      });
      if (wasOpen) end(OTHER[from], late, code, reason);
      end(from, late, code, reason);
    },
    cut() {
      if (state === "closed") return;
      // Where packets vanish, an end learns of it by the silence.
      const most = state === "silent" ? 15_000 : 300;
      state = "closed";
      end("agent", random.whole(1, most), 1006, "the connection was cut");
      end("coordinator", random.whole(1, most), 1006, "the connection was cut");
    },
    silence() {
      if (state === "open") state = "silent";
    },
    isOpen: () => state === "open",
  };
}

/** The coordinator's end of a wire, as the socket that its endpoint works with. */
export class SimulatedSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  bufferedAmount = 0;
  readonly #wire: () => Wire;
  #waiting: (() => void)[] = [];

  constructor(wire: () => Wire) {
    super();
    this.#wire = wire;
  }

  send(bytes: Uint8Array, _options: object, done: (error?: Error) => void): void {
    this.#wire().send("coordinator", bytes);
    setImmediate(done);
  }

  ping(): void {
    this.#wire().ping("coordinator");
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const work of this.#waiting.splice(0)) work();
  }

  close(code: number, reason: string): void {
    this.readyState = 2;
    this.#wire().close("coordinator", code, reason);
  }

  terminate(): void {
    this.#wire().cut();
    setImmediate(() => this.ended(1006, "terminated"));
  }

  arrive(bytes: Uint8Array): void {
    if (this.isPaused) this.#waiting.push(() => this.emit("message", Buffer.from(bytes), true));
    else this.emit("message", Buffer.from(bytes), true);
  }

  ended(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close", code, Buffer.from(reason));
  }
}
