import { createHash } from "node:crypto";
import { encodeCoordinatorMessage } from "@sitewright/protocol";
import type { AgentLinks } from "../../app/ports/agents.ts";
import { createTopic, type Topic } from "../../app/topic.ts";
import type { AgentSession, Connection } from "./connection.ts";
import { NOT_ACCEPTED } from "./prove-hello.ts";

/** The agents' connections. Created before anything listens, so that the core can send from its start. */
export interface Connections extends AgentLinks {
  /** A system lost its rights: everything that depends on them ends too. */
  readonly shutOut: Topic<string>;
  /** Keeps a connection until its end was reported. */
  add(connection: Connection): void;
  /** Its agent has authenticated: ends an earlier connection of the system, and resolves when that end was reported. */
  replace(connection: Connection): Promise<void>;
  admit(token: string, session: AgentSession): void;
  /** How many were admitted since the start. */
  admitted(): number;
  /** The open connection that was welcomed with this content token. */
  session(token: string): AgentSession | undefined;
  endAll(why: string): Promise<void>;
}

export function createConnections(): Connections {
  /** Every connection whose end was not reported yet. */
  const open = new Set<Connection>();
  /** The current one, by system. */
  const current = new Map<string, Connection>();
  const sessions = new Map<string, AgentSession>();
  const shutOut = createTopic<string>();
  let admitted = 0;

  function forget(connection: Connection): void {
    open.delete(connection);
    if (current.get(connection.system) === connection) current.delete(connection.system);
  }

  return {
    shutOut,
    connected: () => [...current.values()].flatMap((connection) => connection.agent() ?? []),
    agent: (system) => current.get(system)?.agent(),
    isConnected: (system) => current.get(system)?.agent() !== undefined,
    async send(system, message) {
      const connection = current.get(system);
      return connection?.agent() ? connection.send(encodeCoordinatorMessage(message)) : false;
    },
    async end(system, why) {
      // Includes connections that are proving a key: it may have been read before it was replaced.
      const all = [...open].filter((connection) => connection.system === system);
      for (const connection of all) connection.end("UNAUTHENTICATED", connection.agent() ? why : NOT_ACCEPTED);
      shutOut.publish(system);
      await Promise.all(all.map(({ ended }) => ended));
    },
    add(connection) {
      open.add(connection);
      void connection.ended.then(() => forget(connection));
    },
    async replace(connection) {
      const earlier = current.get(connection.system);
      current.set(connection.system, connection);
      earlier?.end("REPLACED", "the same agent connected again");
      await earlier?.ended;
    },
    admit(token, session) {
      admitted += 1;
      const key = hashOf(token);
      sessions.set(key, session);
      session.ended.addEventListener("abort", () => sessions.delete(key), { once: true });
    },
    admitted: () => admitted,
    session: (token) => sessions.get(hashOf(token)),
    async endAll(why) {
      const all = [...open];
      for (const connection of all) connection.end("GOING_AWAY", why);
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

/** Looking up a hash leaks nothing about the tokens through its time. */
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
