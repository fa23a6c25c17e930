import { EventEmitter } from "node:events";
import { encodeAgentMessage, decodeCoordinatorMessage, CLOSE_CODES, type AgentMessage } from "@sitewright/protocol";
import { createSender } from "../../packages/agent/src/adapters/link/coordinator-link.ts";
import type { Link, LinkEnd, OpenLink } from "../../packages/agent/src/app/ports/link.ts";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";
import { openWire, SimulatedSocket, type Wire } from "./wire.ts";

/** As the agent's socket does. */
const SILENCE_MS = 15_000;
/** What an agent may send again. */
const REPEATABLE: ReadonlySet<AgentMessage["kind"]> = new Set(["accepted", "progress", "result"]);

/** A coordinator that answers at an address. */
export interface Listener {
  process: Process;
  /** Absent: it stands by, and refuses agents. */
  accept?(socket: SimulatedSocket, stream: EventEmitter, name: string): void;
}

/** The lines between the agents and the coordinator. */
export interface Network {
  /** By URL: who listens there. */
  readonly listeners: Map<string, Listener>;
  /** @param at The URL to connect to, read for each connection. */
  openLink(system: string, process: Process, at: () => string): OpenLink;
  /** Cuts the connection of a system, and lets none arise for `ms`. */
  cut(system: string, ms: number): void;
  /** Nothing of this connection arrives any more, and nobody is told. */
  silence(system: string): void;
  /** What a connection carries is late by so much, ms, for this long. */
  slow(system: string, late: number, ms: number): void;
  /** Probability that an answer of an agent to an order arrives twice. */
  duplicates: number;
  isOpen(system: string): boolean;
  /** The coordinator to which the last connection of a system was made. */
  connectedTo(system: string): Process | undefined;
  /** Every line is whole again. */
  heal(): void;
}

export function createNetwork(time: VirtualTime, random: Random): Network {
  const wires = new Map<string, Wire>();
  const peers = new Map<string, Process>();
  const cutUntil = new Map<string, number>();
  const lateBy = new Map<string, { ms: number; until: number }>();

  function latencyOf(system: string): number {
    const late = lateBy.get(system);
    return random.whole(1, 30) + (late && late.until > time.now() ? late.ms : 0);
  }

  const isReachable = (system: string): boolean => (cutUntil.get(system) ?? 0) <= time.now();

  function openLink(system: string, process: Process, at: () => string): OpenLink {
    return (receive, signal) =>
      new Promise<LinkEnd>((resolve) => {
        if (signal.aborted) return resolve({ code: CLOSE_CODES.GOING_AWAY, reason: "the agent stops" });
        time.after(latencyOf(system) * 2, () => {
          if (process.isDead) return;
          const listener = self.listeners.get(at());
          const { accept } = listener ?? {};
          if (listener && accept && !listener.process.isDead && isReachable(system) && !signal.aborted)
            time.as(process, () => connect({ system, process, listener: { ...listener, accept }, receive, signal, resolve }));
          else time.as(process, () => resolve({ code: 1006, reason: "refused" }));
        });
      });
  }

  function connect({ system, process, listener, receive, signal, resolve }: Dialled): void {
    let ended: LinkEnd | undefined;
    const socket = new SimulatedSocket(() => wire);
    const stream = new EventEmitter();
    const giveUp = (): void => {
      wire.cut();
      finish({ code: 1006, reason: `nothing was received for ${SILENCE_MS / 1000} s` });
    };
    const silence = setTimeout(giveUp, SILENCE_MS);
    const sender = createSender(async (message) => {
      if (ended) throw new Error("the connection has ended");
      wire.send("agent", encodeAgentMessage(message), REPEATABLE.has(message.kind) && random.chance(self.duplicates));
      await new Promise((done) => setImmediate(done));
    });
    const link: Link = {
      send: sender.send,
      localAddress: "10.0.0.1",
      close: (reason, text) => wire.close("agent", CLOSE_CODES[reason], `${reason}: ${text}`),
    };
    const stop = (): void => link.close("GOING_AWAY", "the agent stops");
    function finish(end: LinkEnd): void {
      if (ended) return;
      ended = end;
      clearTimeout(silence);
      sender.stop();
      signal.removeEventListener("abort", stop);
      resolve(end);
    }
    const wire: Wire = openWire(
      {
        agent: {
          process,
          message(bytes) {
            silence.refresh();
            if (!ended) receive(decodeCoordinatorMessage(bytes), link);
          },
          ping: () => void silence.refresh(),
          pong: () => undefined,
          closed: (code, reason) => finish({ code, reason }),
        },
        coordinator: {
          process: listener.process,
          message(bytes) {
            socket.arrive(bytes);
          },
          ping: () => void socket.emit("ping"),
          pong: () => void socket.emit("pong"),
          closed: (code, reason) => socket.ended(code, reason),
        },
      },
      { time, random, latency: () => latencyOf(system) },
    );
    wires.set(system, wire);
    peers.set(system, listener.process);
    signal.addEventListener("abort", stop);
    time.reach(listener.process, () => listener.accept(socket, stream, system));
  }

  const self: Network = {
    listeners: new Map(),
    openLink,
    cut(system, ms) {
      cutUntil.set(system, time.now() + ms);
      wires.get(system)?.cut();
    },
    silence: (system) => wires.get(system)?.silence(),
    slow: (system, late, ms) => void lateBy.set(system, { ms: late, until: time.now() + ms }),
    duplicates: 0,
    isOpen: (system) => wires.get(system)?.isOpen() === true,
    connectedTo: (system) => peers.get(system),
    heal() {
      cutUntil.clear();
      lateBy.clear();
      self.duplicates = 0;
    },
  };
  return self;
}

interface Dialled {
  system: string;
  process: Process;
  listener: Required<Listener>;
  receive: Parameters<OpenLink>[0];
  signal: AbortSignal;
  resolve(end: LinkEnd): void;
}
