import {
  CLOSE_CODES,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  LIMITS,
  SitewrightError,
  type CoordinatorMessage,
  type AgentMessage,
} from "@sitewright/protocol";
import { WebSocket } from "ws";
import { trustOnly } from "@sitewright/node-kit/tls-trust";
import { BROKEN, type Link, type LinkEnd, type Log, type OpenLink } from "../../app/ports/link.ts";
import { endpoint } from "../../domain/coordinator-url.ts";
import { explainDistrust, isDistrust } from "./distrust.ts";
import type { Reservation } from "./reservation.ts";

/** Silence after which a link counts as dead; the coordinator pings every 5 s. */
const SILENCE_MS = 15_000;

interface Heartbeat {
  /** The other side sent something. */
  touch(): void;
  stop(): void;
}

/** Calls `onSilence` once when nothing was received for `silenceMs`. What arrived while this process itself stood still is read first. */
function watchSilence(silenceMs: number, onSilence: () => void): Heartbeat {
  let reading: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (reading = setImmediate(onSilence)), silenceMs);
  return {
    touch() {
      clearImmediate(reading);
      timer.refresh();
    },
    stop() {
      clearImmediate(reading);
      clearTimeout(timer);
    },
  };
}

const SUBPROTOCOL = "sitewright.v1";
const HANDSHAKE_MS = 10_000;
/** Time limit of a regular close before the socket is destroyed. */
const CLOSE_MS = 1_000;

/** The coordinator that leads. Read again for each connection: both change while the agent runs. */
export interface CoordinatorAt {
  readonly url: URL;
  /** PEM; the only authority that is trusted. */
  readonly ca: string;
}

export interface LinkOptions {
  coordinator: CoordinatorAt;
  /** Of the system that this agent runs on. */
  name: string;
  /** The authority has another certificate (PEM) for the same key, valid at this time while the trusted one is not. */
  onRenewed?: (ca: string) => void;
  /** A server of another authority (PEM) answered. @returns What was decided about it, for a person. */
  onStranger?: (authority: string, url: URL) => Promise<string>;
  silenceMs?: number;
  reservation?: Reservation;
  log: Log;
}

/** A server, and the authority that vouched for it. */
interface Vouched {
  host: string;
  ca: string;
}

/** The session of the last TLS connection: the next one to the same server needs neither its certificate nor its signature. */
interface Resumption {
  keep(to: Vouched, session: Buffer): void;
  /** As options of TLS. */
  sessionTo(to: Vouched): { session?: Buffer };
}

function createResumption(): Resumption {
  let last: (Vouched & { session: Buffer }) | undefined;
  return {
    keep: (to, session) => (last = { ...to, session }),
    sessionTo: ({ host, ca }) => (last?.host === host && last.ca === ca ? { session: last.session } : {}),
  };
}

const RESERVATION_HEADER = "x-sitewright-reservation";

/** The agent's WebSocket to its coordinator. */
export function linkOpener(options: LinkOptions): OpenLink {
  const { coordinator, name, silenceMs = SILENCE_MS, reservation, log } = options;
  const resumption = createResumption();
  return (receive, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve({ code: CLOSE_CODES.GOING_AWAY, reason: "the agent stops" });
      const reserved = reservation?.current();
      const { ca, url } = coordinator;
      const target = endpoint(url, "/agent/v1", "ws");
      target.searchParams.set("name", name);
      const to = { host: url.host, ca };
      const socket = new WebSocket(target, SUBPROTOCOL, {
        // Passed to node:tls, which expects an error from `checkServerIdentity` where the types of ws name a boolean.
        ...(trustOnly(ca) as object),
        ...resumption.sessionTo(to),
        perMessageDeflate: false,
        maxPayload: LIMITS.controlFrame,
        handshakeTimeout: HANDSHAKE_MS,
        followRedirects: false,
        finishRequest(request) {
          request.once("socket", (stream) => stream.on("session", (session: Buffer) => resumption.keep(to, session)));
          request.end();
        },
        ...(reserved === undefined ? {} : { headers: { [RESERVATION_HEADER]: reserved } }),
      });
      const sender = createSender((message) => write(socket, encodeAgentMessage(message)));
      let ended: LinkEnd | undefined;
      let cut: NodeJS.Timeout | undefined;

      function close(code: number, reason: string): void {
        if (ended) return;
        ended = { code, reason };
        sender.stop();
        socket.close(code, reason.slice(0, 120));
        cut = setTimeout(() => socket.terminate(), CLOSE_MS);
      }
      const link: Link = {
        send: (message) => sender.send(message),
        localAddress: "",
        close: (reason, text) => close(CLOSE_CODES[reason], `${reason}: ${text}`),
      };
      // Until it is open, the time limit of the handshake applies.
      let heartbeat: Heartbeat | undefined;
      const giveUp = () => {
        ended ??= { code: BROKEN, reason: `nothing was received for ${silenceMs / 1000} s`, wasSilent: true };
        socket.terminate();
      };
      const stop = () => close(CLOSE_CODES.GOING_AWAY, "the agent stops");

      socket.on("open", () => (heartbeat = watchSilence(silenceMs, giveUp)));
      socket.on("upgrade", (reply) => (link.localAddress = reply.socket.localAddress ?? ""));
      socket.on("ping", () => heartbeat?.touch());
      socket.on("message", (data, isBinary) => {
        heartbeat?.touch();
        if (ended) return;
        const message = decode(data as Buffer, isBinary);
        if (message instanceof SitewrightError) {
          log("error", message.message, { code: message.code });
          return link.close("FRAME_INVALID", message.message);
        }
        if (message.kind === "welcome" && message.reservation !== undefined) reservation?.keep(message.reservation);
        receive(message, link);
      });
      let distrust: Error | undefined;
      socket.on("error", (error) => {
        if (isDistrust(error)) distrust = error;
        ended ??= { code: BROKEN, reason: error.message };
      });
      socket.on("close", (code, reason) => {
        heartbeat?.stop();
        sender.stop();
        clearTimeout(cut);
        signal.removeEventListener("abort", stop);
        if (!distrust || signal.aborted) return resolve(ended ?? { code, reason: reason.toString() });
        void explainDistrust(url, ca, distrust).then(async ({ why, renewed, stranger }) => {
          if (renewed !== undefined) options.onRenewed?.(renewed);
          const judged = stranger === undefined ? undefined : await options.onStranger?.(stranger, url);
          resolve({ code, reason: `COORDINATOR_UNTRUSTED: ${why}${judged === undefined ? "" : `; ${judged}`}` });
        });
      });
      signal.addEventListener("abort", stop);
    });
}

function decode(data: Uint8Array, isBinary: boolean): CoordinatorMessage | SitewrightError {
  try {
    if (!isBinary) throw new SitewrightError("FRAME_INVALID", "the message was refused: it is text");
    return decodeCoordinatorMessage(data);
  } catch (error) {
    return SitewrightError.from(error);
  }
}

function write(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

interface Sender {
  /** Resolves with true once the message was written, false when the sender stopped before. */
  send(message: AgentMessage): Promise<boolean>;
  stop(): void;
}

interface Entry {
  message: AgentMessage;
  key: string | undefined;
  done: PromiseWithResolvers<boolean>;
}

/**
 * One message at a time, each after the socket accepted the previous one. Waiting progress of an order is replaced by newer progress, so
 * that the queue is bounded on any line.
 * @param write Resolves when the socket accepted the message; rejects when it is closed.
 */
export function createSender(write: (message: AgentMessage) => Promise<void>): Sender {
  const queue: Entry[] = [];
  let writing = false;
  let stopped = false;

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      try {
        await write(entry.message);
        entry.done.resolve(true);
      } catch {
        entry.done.resolve(false);
      }
    }
    writing = false;
  }

  return {
    send(message) {
      if (stopped) return Promise.resolve(false);
      const key = replaceableKey(message);
      const waiting = key === undefined ? undefined : queue.find((entry) => entry.key === key);
      if (waiting) {
        waiting.message = message;
        return waiting.done.promise;
      }
      const done = Promise.withResolvers<boolean>();
      queue.push({ message, key, done });
      void drain();
      return done.promise;
    },
    stop() {
      stopped = true;
      for (const entry of queue.splice(0)) entry.done.resolve(false);
    },
  };
}

function replaceableKey(message: AgentMessage): string | undefined {
  return message.kind === "progress" ? `progress ${message.orderId}` : undefined;
}
