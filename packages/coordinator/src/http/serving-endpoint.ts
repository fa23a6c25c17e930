import { SitewrightError } from "@sitewright/protocol";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import type { OpenGrant, StreamGrant } from "../adapters/content/stream-grant.ts";
import type { Transfers, TransfersState } from "../adapters/content/transfers.ts";
import {
  inTurns,
  MEMBER_HEADER,
  MOST_OF_A_MESSAGE,
  PING_MS,
  provenMember,
  SERVING_PATH,
  type FromLeader,
  type FromServer,
  type LineNow,
} from "../adapters/serving/messages.ts";
import type { Log } from "../app/log.ts";
import type { UpgradeEndpoint } from "./upgrade.ts";

export interface ServingDeps {
  openGrant: OpenGrant;
  /** As `StandbyServerDeps`. */
  clientSecret: Uint8Array;
  log: Log;
}

/** Coordinators that stand by and serve content for this one, which leads: every byte that they send is granted here. */
export interface Serving {
  endpoint: UpgradeEndpoint;
  /** Their ids. */
  members(): string[];
  close(): void;
}

export function createServing({ openGrant, clientSecret, log }: ServingDeps): Serving {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_OF_A_MESSAGE, perMessageDeflate: false });
  const lines = new Map<string, WebSocket>();
  return {
    endpoint: {
      path: SERVING_PATH,
      right: "coordinator",
      accept({ request, socket, head }) {
        const member = provenMember(request.headers[MEMBER_HEADER], clientSecret);
        if (member === undefined) throw new SitewrightError("UNAUTHENTICATED", "this is for coordinators of the same hierarchy");
        sockets.handleUpgrade(request, socket, head, (line) => {
          lines.get(member)?.terminate();
          lines.set(member, line);
          log.info({ member }, "a coordinator that stands by serves content for this one");
          answer(line, openGrant);
          line.once("close", () => {
            if (lines.get(member) === line) lines.delete(member);
            log.info({ member }, "that coordinator serves no content any more");
          });
        });
      },
    },
    members: () => [...lines.keys()],
    close() {
      for (const line of lines.values()) line.terminate();
      sockets.close();
    },
  };
}

interface Stream {
  /** Absent while its right is being looked for. */
  grant?: StreamGrant;
  gone: AbortController;
  /** When the right was last looked for, ms of the process's own clock. */
  provenAt: number;
}

/** ms for which a right that was looked for counts. */
const PROOF_MS = 1_000;

/** What the other side counted for one agent, and where its credit is told. */
interface Session {
  transfers: Transfers;
  streams: Set<number>;
}

function answer(line: WebSocket, openGrant: OpenGrant): void {
  const streams = new Map<number, Stream>();
  const sessions = new Map<number, Session>();
  const say = inTurns<FromLeader>((message) => {
    if (line.readyState === line.OPEN) line.send(message);
  });
  let isHeard = true;
  const pings = setInterval(() => {
    if (!isHeard) return line.terminate();
    isHeard = false;
    line.ping();
  }, PING_MS);
  line.on("pong", () => (isHeard = true));
  line.on("message", (data: RawData) => void hearAll(data).catch(() => line.terminate()));
  line.on("error", () => line.terminate());
  line.once("close", () => {
    clearInterval(pings);
    for (const stream of streams.keys()) drop(stream);
  });

  async function hearAll(data: RawData): Promise<void> {
    // Who speaks here has the key of the CA.
    await Promise.all((JSON.parse(String(data as Buffer)) as FromServer[]).map(hear));
  }

  async function hear(message: FromServer): Promise<void> {
    switch (message.kind) {
      case "open":
        return open(message);
      case "take":
        return serve(message.stream, async (grant, stream) => {
          await prove(grant, stream);
          const bytes = await grant.take(message.want, stream.gone.signal, true);
          say({ kind: "granted", stream: message.stream, call: message.call, bytes, ...lineNow(grant) });
        });
      case "allot":
        return serve(message.stream, async (grant) => {
          const { own, redirects } = await grant.allot(message.ranges, message.failed);
          const frames = redirects.map((frame) => Buffer.from(frame).toString("base64"));
          say({ kind: "allotted", stream: message.stream, call: message.call, own, redirects: frames });
        });
      case "sent":
        return streams.get(message.stream)?.grant?.sent(message.bytes);
      case "uptake":
        return tell(sessions.get(message.session), message.state);
      case "close":
        return drop(message.stream);
    }
  }

  /** The right may have ended since; looking for it with each grant would cost as much as the grant. */
  async function prove(grant: StreamGrant, stream: Stream): Promise<void> {
    const now = performance.now();
    if (now - stream.provenAt < PROOF_MS) return;
    stream.provenAt = now;
    await grant.prove();
  }

  async function open({ stream, session, token, order, manifest }: FromServer & { kind: "open" }): Promise<void> {
    const opened: Stream = { gone: new AbortController(), provenAt: performance.now() };
    streams.set(stream, opened);
    try {
      const grant = await openGrant(token, order, manifest);
      if (opened.gone.signal.aborted) return grant.close();
      opened.grant = grant;
      const known = sessions.get(session) ?? { transfers: grant.transfers, streams: new Set() };
      sessions.set(session, known);
      known.streams.add(stream);
      grant.ended.addEventListener("abort", () => end(stream, grant.ended.reason), { once: true });
      say({ kind: "opened", stream, system: grant.system, facts: grant.facts, ...lineNow(grant) });
    } catch (error) {
      end(stream, error);
    }
  }

  async function serve(number: number, work: (grant: StreamGrant, stream: Stream) => Promise<void>): Promise<void> {
    const stream = streams.get(number);
    if (!stream?.grant) return; // it has ended, and the other side was told so
    await work(stream.grant, stream).catch((error: unknown) => end(number, error));
  }

  function end(stream: number, error: unknown): void {
    if (!streams.has(stream)) return;
    drop(stream);
    const { code, message } = SitewrightError.from(error);
    say({ kind: "end", stream, code, message });
  }

  function drop(stream: number): void {
    const dropped = streams.get(stream);
    streams.delete(stream);
    dropped?.gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the stream was closed"));
    dropped?.grant?.close();
    for (const [id, session] of sessions) {
      if (!session.streams.delete(stream) || session.streams.size > 0) continue;
      sessions.delete(id);
      tell(session, undefined);
    }
  }
}

function tell(session: Session | undefined, state: TransfersState | undefined): void {
  session?.transfers.elsewhere(session, state);
}

function lineNow(grant: StreamGrant): LineNow {
  const [slowest, roundTripMs] = [grant.slowest(), grant.roundTripMs()];
  return { ...(slowest && { slowest }), ...(roundTripMs === undefined ? {} : { roundTripMs }) };
}
