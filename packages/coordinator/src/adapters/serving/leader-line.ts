import { isIP } from "node:net";
import { SitewrightError } from "@sitewright/protocol";
import { WebSocket, type RawData } from "ws";
import type { Log } from "../../app/log.ts";
import { sliceBytes } from "../../domain/lines/pacing.ts";
import { orAborted } from "../content/or-aborted.ts";
import type { OpenGrant, StreamGrant } from "../content/stream-grant.ts";
import { createTransfers, type Transfers } from "../content/transfers.ts";
import { createLinePace, type LinePace } from "./line-pace.ts";
import {
  inTurns,
  MEMBER_HEADER,
  MOST_OF_A_MESSAGE,
  PING_MS,
  SERVING_PATH,
  stateMember,
  type FromLeader,
  type FromServer,
  type LineNow,
} from "./messages.ts";

export interface LeaderLineDeps {
  memberId: string;
  /** As `StandbyServerDeps`. */
  clientSecret: Uint8Array;
  /** PEM of the CA of all coordinators of the hierarchy. */
  ca: string;
  log: Log;
  /** The line counts as lost without a ping for this long, ms. */
  silenceMs?: number;
}

/** The line of a coordinator that stands by to the one that leads, which grants what it sends to agents. */
export interface LeaderLine {
  /** Rejects with `STANDING_BY` without a line. */
  openGrant: OpenGrant;
  /** Keeps a line to this coordinator from now on; undefined: none. To be called again and again: a lost line is opened again then. */
  follow(url: URL | undefined): void;
  close(): void;
}

/** ms between two attempts. */
const AGAIN_MS = 2_000;
const SILENCE_MS = 3 * PING_MS;
/** ms between two messages about what was sent, and what agents have received: the one that leads shall have little to do. */
const TELL_MS = 250;
/** Most bytes that are granted at once: a question for each frame would hold up fast networks. */
const AHEAD = 1024 * 1024;

export function createLeaderLine(deps: LeaderLineDeps): LeaderLine {
  let followed: { url: URL; triedAt: number; line: Line } | undefined;

  function leave(): void {
    followed?.line.close();
    followed = undefined;
  }

  return {
    openGrant(...asked) {
      const { line } = followed ?? {};
      return line?.isOpen() ? line.openGrant(...asked) : Promise.reject(noLine());
    },
    follow(url) {
      if (followed && followed.url.href !== url?.href) leave();
      if (!url || (followed && (followed.line.isThere() || performance.now() - followed.triedAt < AGAIN_MS))) return;
      followed = { url, triedAt: performance.now(), line: openLine(url, deps) };
    },
    close: leave,
  };
}

interface Line extends Pick<LeaderLine, "openGrant" | "close"> {
  isOpen(): boolean;
  /** Open, or being opened. */
  isThere(): boolean;
}

/** Streams of one agent: they share their credit. */
interface Session {
  id: number;
  transfers: Transfers;
  streams: number;
}

interface Stream {
  opened: PromiseWithResolvers<FromLeader & { kind: "opened" }>;
  /** Questions that wait for their answer, by number. */
  calls: Map<number, PromiseWithResolvers<FromLeader>>;
  now: LineNow;
  ended: AbortController;
  /** Bytes that were sent and not yet reported. */
  unsaid: number;
}

function openLine(url: URL, { memberId, clientSecret, ca, log, silenceMs = SILENCE_MS }: LeaderLineDeps): Line {
  const target = new URL(SERVING_PATH, url);
  target.protocol = "wss:";
  const socket = new WebSocket(target, {
    ca,
    minVersion: "TLSv1.3",
    maxPayload: MOST_OF_A_MESSAGE,
    perMessageDeflate: false,
    handshakeTimeout: silenceMs,
    headers: { [MEMBER_HEADER]: stateMember(memberId, clientSecret) },
    ...(isIP(url.hostname.replace(/^\[|\]$/g, "")) ? { servername: "" } : {}),
  });
  const streams = new Map<number, Stream>();
  const sessions = new Map<string, Session>();
  const pace = createLinePace();
  let last = 0;
  let silent: NodeJS.Timeout | undefined;
  let reading: NodeJS.Immediate | undefined;
  const stopListening = (): void => {
    clearTimeout(silent);
    clearImmediate(reading);
  };
  const hearPing = (): void => {
    stopListening();
    // What arrived while this process itself stood still is read first.
    silent = setTimeout(() => (reading = setImmediate(() => socket.terminate())), silenceMs);
  };
  const say = inTurns<FromServer>((message) => {
    if (socket.readyState === socket.OPEN) socket.send(message);
  });
  const telling = setInterval(tell, TELL_MS);
  socket.on("open", hearPing).on("ping", hearPing);
  socket.on("message", (data: RawData) => (JSON.parse(String(data as Buffer)) as FromLeader[]).forEach(take));
  socket.on("error", (error) => log.debug({ error: String(error), url: url.href }, "no content can be served for the one that leads"));
  socket.once("close", () => {
    stopListening();
    clearInterval(telling);
    for (const stream of streams.keys()) end(stream, noLine());
  });

  function tell(): void {
    for (const [number, stream] of streams) tellSent(number, stream);
    for (const { id, transfers } of sessions.values()) say({ kind: "uptake", session: id, state: transfers.state() });
  }

  function tellSent(number: number, stream: Stream): void {
    if (stream.unsaid > 0) say({ kind: "sent", stream: number, bytes: stream.unsaid });
    stream.unsaid = 0;
  }

  function take(message: FromLeader): void {
    const stream = streams.get(message.stream);
    if (!stream) return;
    switch (message.kind) {
      case "opened":
        stream.now = message;
        return stream.opened.resolve(message);
      case "granted":
        stream.now = message;
        stream.calls.get(message.call)?.resolve(message);
        return;
      case "allotted":
        stream.calls.get(message.call)?.resolve(message);
        return;
      case "end":
        return end(message.stream, new SitewrightError(message.code, message.message));
    }
  }

  function end(number: number, error: SitewrightError): void {
    const stream = streams.get(number);
    streams.delete(number);
    stream?.opened.reject(error);
    for (const { reject } of stream?.calls.values() ?? []) reject(error);
    stream?.ended.abort(error);
  }

  async function ask<Kind extends FromLeader["kind"]>(
    number: number,
    kind: Kind,
    question: Question,
  ): Promise<FromLeader & { kind: Kind }> {
    const stream = streams.get(number);
    if (!stream) throw noLine();
    const call = ++last;
    const waiting = Promise.withResolvers<FromLeader>();
    stream.calls.set(call, waiting);
    say({ ...question, stream: number, call });
    try {
      const answer = await waiting.promise;
      if (answer.kind !== kind) throw new SitewrightError("FRAME_INVALID", `the coordinator that leads answered with ${answer.kind}`);
      return answer as FromLeader & { kind: Kind };
    } finally {
      stream.calls.delete(call);
    }
  }

  function enter(token: string): Session {
    const session = sessions.get(token) ?? { id: ++last, transfers: createTransfers(), streams: 0 };
    sessions.set(token, session);
    session.streams += 1;
    return session;
  }

  function leave(token: string, session: Session): void {
    session.streams -= 1;
    if (session.streams === 0) sessions.delete(token);
  }

  return {
    isOpen: () => socket.readyState === socket.OPEN,
    isThere: () => socket.readyState === socket.OPEN || socket.readyState === socket.CONNECTING,
    close: () => socket.terminate(),
    async openGrant(token, order, manifest) {
      const [number, session] = [++last, enter(token)];
      const stream: Stream = { opened: Promise.withResolvers(), calls: new Map(), now: {}, ended: new AbortController(), unsaid: 0 };
      streams.set(number, stream);
      say({ kind: "open", stream: number, session: session.id, token, order, manifest });
      const { system, facts } = await stream.opened.promise.catch((error: unknown) => {
        leave(token, session);
        throw error;
      });
      const close = (): void => {
        leave(token, session);
        tellSent(number, stream);
        if (streams.delete(number)) say({ kind: "close", stream: number });
        end(number, noLine());
      };
      return grantOf(stream, {
        system,
        facts,
        transfers: session.transfers,
        sent: (bytes) => void (stream.unsaid += bytes),
        close,
        pace,
        ask: (kind, question) => ask(number, kind, question),
      });
    },
  };
}

type Question = DistributeOmit<Extract<FromServer, { call: number }>, "stream" | "call">;
type DistributeOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never;

interface GrantParts extends Pick<StreamGrant, "system" | "facts" | "transfers" | "sent" | "close"> {
  ask<Kind extends FromLeader["kind"]>(kind: Kind, question: Question): Promise<FromLeader & { kind: Kind }>;
  pace: LinePace;
}

function grantOf(stream: Stream, { ask, close, pace, ...about }: GrantParts): StreamGrant {
  /** Granted bytes that were not used yet. */
  let left = 0;
  return {
    ...about,
    async take(want, signal) {
      if (left === 0) {
        const { bytes } = await orAborted(ask("granted", { kind: "take", want: Math.max(want, AHEAD) }), signal);
        left = bytes;
      }
      const { slowest } = stream.now;
      const bytes = Math.min(want, left, slowest ? sliceBytes(slowest.budget) : Infinity);
      left -= bytes;
      if (slowest) await orAborted(pace.turn(slowest, bytes), signal);
      return bytes;
    },
    async allot(ranges, failed) {
      const { own, redirects } = await ask("allotted", { kind: "allot", ranges, ...(failed === undefined ? {} : { failed }) });
      return { own, redirects: redirects.map((frame) => Buffer.from(frame, "base64")) };
    },
    // The one that leads proves it with each grant.
    prove: () => Promise.resolve(),
    slowest: () => stream.now.slowest,
    roundTripMs: () => stream.now.roundTripMs,
    ended: stream.ended.signal,
    close,
  };
}

function noLine(): SitewrightError {
  return new SitewrightError("STANDING_BY", "this coordinator stands by, and has no line to the one that leads at this moment");
}
