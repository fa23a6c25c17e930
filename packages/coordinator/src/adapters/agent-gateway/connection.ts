import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import {
  compareTenures,
  decodeAgentMessage,
  encodeCoordinatorMessage,
  LIMITS,
  PROTOCOL_VERSIONS,
  SitewrightError,
  type Challenge,
  type CloseReason,
  type Hello,
} from "@sitewright/protocol";
import type { LineSpeeds } from "../../app/addresses/line-speeds.ts";
import type { Log } from "../../app/log.ts";
import type { Refusals } from "../../app/agents/refusals.ts";
import type { CurrentTenure } from "../../app/backup/current-tenure.ts";
import type { AgentEvents, AgentRegistry, ConnectedAgent } from "../../app/ports/agents.ts";
import type { Clock } from "../../app/ports/clock.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Admission } from "../admission.ts";
import type { Pacer } from "../content/pacer.ts";
import { createTransfers, type Transfers } from "../content/transfers.ts";
import type { Neighbours } from "../neighbours/neighbours.ts";
import { closeSocket, Refusal } from "./close.ts";
import { createDelivery } from "./deliver.ts";
import { startHeartbeat, type GatewayTiming } from "./heartbeat.ts";
import { createInbox, type Inbox } from "./inbox.ts";
import { createOutbox } from "./outbox.ts";
import { proveHello } from "./prove-hello.ts";
import type { Reservations } from "./reservations.ts";

export interface ConnectionDeps {
  coordinatorId: string;
  /** Of this coordinator. */
  tenure: CurrentTenure;
  /** Newest number of its succession statements; 0: none. */
  successions: { number(): number };
  hierarchy: () => Hierarchy | undefined;
  registry: AgentRegistry;
  events: AgentEvents;
  lines: Pick<LineSpeeds, "watch">;
  pacer: Pick<Pacer, "charge" | "chargeBeat" | "chargeConnection">;
  /** Callbacks for proved keys and welcomed agents. */
  connections: { replace(connection: Connection): Promise<void>; admit(token: string, session: AgentSession): void };
  neighbours: Pick<Neighbours, "join" | "opened" | "holds">;
  admission: Pick<Admission, "provedAgent">;
  reservations: Pick<Reservations, "issue">;
  refusals: Pick<Refusals, "note">;
  log: Log;
  clock: Clock;
}

/** The state behind a content request: lasts as long as the connection. */
export interface AgentSession {
  system: string;
  transfers: Transfers;
  /** ms of the shortest round trip measured; undefined: none yet. */
  roundTripMs(): number | undefined;
  /** Aborted when the connection ends. */
  ended: AbortSignal;
}

export interface Peer {
  socket: WebSocket;
  /** The stream that the socket reads from. */
  stream: Duplex;
  /** System that it claims to be. */
  name: string;
  /** Remote address, for the log. */
  address: string;
  /** To be called when it has authenticated. @param instance Of its process; undefined: an earlier version. */
  proved(instance: string | undefined): void;
}

export interface Connection {
  readonly system: string;
  /** Set from the Welcome to the end. */
  agent(): ConnectedAgent | undefined;
  /** Only once there is an agent. */
  send(bytes: Uint8Array): Promise<boolean>;
  end(reason: CloseReason, why: string): void;
  /** Resolves when the end was reported. */
  readonly ended: Promise<void>;
}

/** Handles a connection from the Challenge to its end. */
export function openConnection(peer: Peer, deps: ConnectionDeps, timing: GatewayTiming): Connection {
  const { socket, stream, name, address } = peer;
  const { events, log, clock } = deps;
  const tenure = deps.tenure.now();
  const challenge: Challenge = {
    kind: "challenge",
    nonce: randomBytes(32),
    versionMin: PROTOCOL_VERSIONS.min,
    versionMax: PROTOCOL_VERSIONS.max,
    coordinator: deps.coordinatorId,
    tenure,
    succession: deps.successions.number(),
  };
  const gone = new AbortController();
  // Only authenticated connections count: no other can load the line of a system.
  const outbox = createOutbox(socket, timing.silence, (bytes) => agent && deps.pacer.charge(name, bytes));
  const done = Promise.withResolvers<void>();
  let state: "challenged" | "proving" | "open" | "ended" = "challenged";
  let helloBytes = 0;
  let agent: ConnectedAgent | undefined;
  let proof: Promise<void> | undefined;
  let inbox: Inbox | undefined;

  const connection: Connection = {
    system: name,
    agent: () => (state === "open" ? agent : undefined),
    send: (bytes) => outbox.send(bytes),
    end,
    ended: done.promise,
  };
  // All handlers are attached before anything is awaited: early messages must not be lost.
  const helloTimer = setTimeout(() => refuse(new Refusal("HELLO_TIMEOUT", "no Hello arrived in time")), timing.hello);
  stream.on("data", limitHello);
  socket.on("message", receive);
  socket.on("error", (error: Error & { code?: string }) => {
    refuse(new Refusal(error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? "FRAME_TOO_LARGE" : "FRAME_INVALID", error.message));
  });
  socket.once("close", () => finish("the connection was closed"));
  const { roundTripMs } = startHeartbeat(socket, timing, (bytes) => agent && deps.pacer.chargeBeat(name, bytes));
  void outbox.send(encodeCoordinatorMessage(challenge));
  return connection;

  function receive(data: RawData, isBinary: boolean): void {
    if (state === "ended") return;
    if (!isBinary) return refuse(new Refusal("FRAME_INVALID", "a text message"));
    const bytes = data as Buffer;
    if (state === "open") {
      deps.pacer.charge(name, bytes.length);
      inbox?.push(bytes);
    } else if (state === "challenged") {
      state = "proving";
      clearTimeout(helloTimer);
      proof = prove(bytes).catch(refuse);
    } else refuse(new Refusal("FRAME_INVALID", "a message before the Welcome"));
  }

  /** A stranger must not make the coordinator store a large message. */
  function limitHello(data: Buffer): void {
    helloBytes += data.length;
    if (helloBytes > LIMITS.helloFrame) refuse(new Refusal("FRAME_TOO_LARGE", `more than ${LIMITS.helloFrame} bytes before the Welcome`));
  }

  async function prove(bytes: Uint8Array): Promise<void> {
    const hello = decodeAgentMessage(bytes, LIMITS.helloFrame);
    if (hello.kind !== "hello") throw new Refusal("FRAME_INVALID", "the first message is not a Hello");
    const { version, key } = await proveHello(hello, { name, challenge, hierarchy: deps.hierarchy(), registry: deps.registry });
    refuseIfSuperseded(hello);
    if (ended()) return;
    peer.proved(hello.instance);
    await deps.connections.replace(connection);
    if (ended()) return;
    await welcome(hello, version, key);
  }

  /** Only a proved agent counts; it speaks for itself alone, so this coordinator continues for the others. */
  function refuseIfSuperseded({ seen }: Hello): void {
    if (!seen || compareTenures(seen, tenure) <= 0) return;
    if (deps.tenure.exceed(seen)) throw new Refusal("GOING_AWAY", "another coordinator led meanwhile: connect again, and follow this one");
    const text = "this agent follows a coordinator with the same keys that was restored or started later: stop one of the two";
    events.cloned(name, `COORDINATOR_SUPERSEDED: ${text}`);
    throw new Refusal("COORDINATOR_SUPERSEDED", text);
  }

  async function welcome(hello: Hello, version: number, key: Uint8Array): Promise<void> {
    agent = {
      system: name,
      roles: hello.roles,
      platform: hello.platform,
      version: hello.agentVersion,
      since: clock(),
      answersQueries: hello.answersQueries === true,
      ...(hello.switching === undefined ? {} : { switching: hello.switching }),
      ...(hello.program === undefined ? {} : { program: hello.program }),
    };
    const { acked, sendInventory } = await events.connected(agent, {
      inventoryDigest: hello.inventoryDigest,
      lastResult: hello.lastResult,
    });
    if (ended()) return;
    const contentToken = randomBytes(32).toString("base64url");
    const transfers = createTransfers();
    deps.connections.admit(contentToken, { system: name, transfers, roundTripMs, ended: gone.signal });
    deps.lines.watch(name, { state: transfers.state, roundTripMs }, gone.signal);
    deps.pacer.chargeConnection(name);
    inbox = createInbox(socket, createDelivery(name, deps, sendInventory), refuse);
    stream.off("data", limitHello);
    state = "open";
    log.info({ system: name, address, version: hello.agentVersion }, "agent connected");
    const reservation = deps.reservations.issue(name, key);
    void outbox.send(
      encodeCoordinatorMessage({ kind: "welcome", version, contentToken, acked, sendInventory, reservation, takesWarnings: true }),
    );
    deps.neighbours.join(name, address, (access) => void outbox.send(encodeCoordinatorMessage(access)), gone.signal);
  }

  function refuse(error: unknown): void {
    if (state === "ended") return;
    const refusal = asRefusal(error);
    const facts = refusal.cause ? { err: refusal.cause } : {};
    deps.refusals.note({ name, code: refusal.reason, address, message: `agent refused: ${refusal.inside ?? refusal.message}`, facts });
    end(refusal.reason, refusal.message);
  }

  function end(reason: CloseReason, why: string): void {
    closeSocket(socket, reason, why);
    finish(`${reason}: ${why}`);
  }

  function finish(why: string): void {
    if (state === "ended") return;
    state = "ended";
    clearTimeout(helloTimer);
    stream.off("data", limitHello);
    gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", `the connection of ${name} has ended`));
    void report(why).finally(done.resolve);
  }

  async function report(why: string): Promise<void> {
    await proof;
    await inbox?.stop();
    if (!agent) return;
    log.info({ system: name, address }, `agent disconnected: ${why}`);
    await events
      .disconnected(name)
      .catch((error: unknown) => log.error({ system: name, err: error }, "a disconnect could not be reported"));
  }

  function ended(): boolean {
    return state === "ended";
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SitewrightError && error.code === "FRAME_INVALID") return new Refusal("FRAME_INVALID", error.message);
  // A fault of the coordinator: the agent keeps its unacknowledged results and sends them again when it reconnects.
  return new Refusal("GOING_AWAY", "the coordinator could not process a message", { cause: error });
}
