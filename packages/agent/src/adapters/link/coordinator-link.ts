import {
  CLOSE_CODES,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  LIMITS,
  SitewrightError,
  type CoordinatorMessage,
} from "@sitewright/protocol";
import { WebSocket } from "ws";
import type { Link, LinkEnd, Log, OpenLink } from "../../app/session/link-ports.ts";
import { endpoint } from "../../domain/coordinator-url.ts";
import { explainDistrust, isDistrust } from "./distrust.ts";
import { SILENCE_MS, watchSilence, type Heartbeat } from "./heartbeat.ts";
import type { Reservation } from "./reservation.ts";
import { createSender } from "./sender.ts";
import { trustOnly } from "./trust.ts";

const SUBPROTOCOL = "sitewright.v1";
const HANDSHAKE_MS = 10_000;
/** What a polite close may take before the socket is cut. */
const CLOSE_MS = 1_000;

export interface LinkOptions {
  url: URL;
  /** Of the system that this agent runs on. */
  name: string;
  /** PEM; the only authority that is believed. Looked at for each connection. */
  ca: string;
  /** The authority has another certificate (PEM) for the same key, that holds at this time while `ca` does not. */
  onRenewed?: (ca: string) => void;
  silenceMs?: number;
  reservation?: Reservation;
  log: Log;
}

const RESERVATION_HEADER = "x-sitewright-reservation";

/** The agent's WebSocket to its coordinator. */
export function linkOpener(options: LinkOptions): OpenLink {
  const { url, name, silenceMs = SILENCE_MS, reservation, log } = options;
  const target = endpoint(url, "/agent/v1", "ws");
  target.searchParams.set("name", name);

  return (receive, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve({ code: CLOSE_CODES.GOING_AWAY, reason: "the agent stops" });
      const reserved = reservation?.current();
      const { ca } = options;
      const socket = new WebSocket(target, SUBPROTOCOL, {
        // Handed on to node:tls, which wants an error from `checkServerIdentity` where the types of ws name a boolean.
        ...(trustOnly(ca) as object),
        perMessageDeflate: false,
        maxPayload: LIMITS.controlFrame,
        handshakeTimeout: HANDSHAKE_MS,
        followRedirects: false,
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
      // Until it is open, the time limit of the handshake holds.
      let heartbeat: Heartbeat | undefined;
      const giveUp = () => {
        ended ??= { code: 1006, reason: `nothing was heard for ${silenceMs / 1000} s` };
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
        ended ??= { code: 1006, reason: error.message };
      });
      socket.on("close", (code, reason) => {
        heartbeat?.stop();
        sender.stop();
        clearTimeout(cut);
        signal.removeEventListener("abort", stop);
        if (!distrust || signal.aborted) return resolve(ended ?? { code, reason: reason.toString() });
        void explainDistrust(url, ca, distrust).then(({ why, renewed }) => {
          if (renewed !== undefined) options.onRenewed?.(renewed);
          resolve({ code, reason: `COORDINATOR_UNTRUSTED: ${why}` });
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
