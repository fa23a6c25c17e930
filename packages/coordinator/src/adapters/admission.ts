import { readFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { addressGroup, createStrangers, type StrangerLimits } from "@sitewright/protocol";

/**
 * Which connections are accepted. Limits the unauthenticated ones, in total and per address, from the first packet on: during the TLS
 * handshake, during a request, and until an agent's Hello was verified.
 */
export interface Admission {
  /** Applies to everything a server accepts from now on. */
  watch(server: Server): void;
  /** The other side authenticated as an operator. */
  proved(socket: Peer): void;
  /** The other side authenticated as this system's agent: connections from its address are the last to make room for others. */
  provedAgent(socket: Peer, system: string): void;
  /** The other side shows that it was welcomed as this system before: it has places that strangers cannot take. */
  reserve(socket: Peer, system: string): void;
}

/** A socket, or the TLS socket on it. */
type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

export interface AdmissionLimits extends StrangerLimits {
  /** Connections of any kind. */
  connections: number;
}

/** Connections of one system before its Hello; the oldest ends for the newest. */
const RESERVED = 2;
/** Addresses of agents that are remembered. */
const MOST_KNOWN = 4096;

/** @param onDrop Called with the address of a connection that was refused immediately. */
export function createAdmission(onDrop: (address: string) => void, limits: AdmissionLimits = admissionLimits(openFileLimit())): Admission {
  const open = new Map<string, Socket>();
  /** Groups of addresses from which an agent authenticated, the latest last. */
  const known = new Set<string>();
  /** Connections that showed a reservation and are not authenticated yet, by system, in the order of arrival. */
  const reserved = new Map<string, Set<Socket>>();
  const strangers = createStrangers<Socket>(
    limits,
    (socket) => socket.destroy(),
    (group) => known.has(group),
  );

  function accept(socket: Socket): void {
    if (socket.remoteAddress === undefined) return void socket.destroy(); // closed already
    const key = keyOf(socket);
    open.set(key, socket);
    socket.once("close", () => {
      if (open.get(key) === socket) open.delete(key);
      strangers.remove(socket);
    });
    strangers.add(socket, socket.remoteAddress);
  }

  function release(socket: Socket, system: string): void {
    const places = reserved.get(system);
    places?.delete(socket);
    if (places?.size === 0) reserved.delete(system);
  }

  return {
    watch(server) {
      server.maxConnections = limits.connections;
      server.on("connection", accept);
      server.on("drop", (peer) => onDrop(peer?.remoteAddress ?? "unknown"));
    },
    proved(peer) {
      const socket = open.get(keyOf(peer));
      if (socket) strangers.remove(socket);
    },
    provedAgent(peer, system) {
      const socket = open.get(keyOf(peer));
      if (!socket) return;
      strangers.remove(socket);
      release(socket, system);
      const group = addressGroup(peer.remoteAddress ?? "");
      known.delete(group);
      known.add(group);
      for (const oldest of known) if (known.size > MOST_KNOWN) known.delete(oldest);
    },
    reserve(peer, system) {
      const socket = open.get(keyOf(peer));
      if (!socket || !strangers.remove(socket)) return;
      const places = reserved.get(system) ?? new Set();
      reserved.set(system, places.add(socket));
      socket.once("close", () => release(socket, system));
      for (const oldest of places) {
        if (places.size <= RESERVED) break;
        release(oldest, system);
        oldest.destroy();
      }
    },
  };
}

/** A TLS socket and the socket below it have the same address. */
function keyOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

/**
 * Limits that follow from the number of open files: a quarter for strangers, the same again for files that they are sent; the rest is for
 * authenticated clients.
 */
export function admissionLimits(openFiles: number): AdmissionLimits {
  const all = Math.max(16, Math.min(1024, Math.floor(openFiles / 4)));
  return { all, perAddress: Math.ceil(all / 3), connections: Math.max(2 * all, openFiles - all - KEPT_FILES) };
}

/** Files of the coordinator itself: stores, sources, pipes. */
const KEPT_FILES = 128;
/** If the operating system does not report its limit. */
const USUAL_LIMIT = 1024;

/** How many files this process may open. */
function openFileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return Number(soft ?? USUAL_LIMIT);
  } catch {
    return USUAL_LIMIT;
  }
}
