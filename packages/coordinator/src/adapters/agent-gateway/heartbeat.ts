import type { WebSocket } from "ws";

/** All in ms. */
export interface GatewayTiming {
  /** Between two pings. */
  ping: number;
  /** Without any frame for this long, the connection is dead. */
  silence: number;
  /** Time limit for the Hello. */
  hello: number;
}

export const GATEWAY_TIMING: GatewayTiming = { ping: 5_000, silence: 15_000, hello: 10_000 };

interface Heartbeat {
  /** ms of the shortest round trip measured; undefined: none yet. */
  roundTripMs(): number | undefined;
}

/** Bytes of a ping, and of a pong, which a client masks. */
const [PING_BYTES, PONG_BYTES] = [2, 6];

/**
 * Pings an agent and disconnects it when it stays silent. Ends with the socket.
 * @param crossed Called with the bytes of each ping and pong.
 */
export function startHeartbeat(socket: WebSocket, timing: GatewayTiming, crossed: (bytes: number) => void): Heartbeat {
  let pinged = performance.now();
  let shortest: number | undefined;
  let heard = performance.now();
  const alive = (): void => {
    heard = performance.now();
  };
  const measure = (): void => {
    shortest = Math.min(shortest ?? Infinity, performance.now() - pinged);
    crossed(PONG_BYTES);
  };
  const isSilent = (): boolean => performance.now() - heard > timing.silence;
  socket.on("message", alive).on("ping", alive).on("pong", alive).on("pong", measure);
  const timer = setInterval(() => {
    // While the coordinator does not read, it cannot see a sign of life.
    if (socket.isPaused) alive();
    // What arrived while this process itself stood still is read first.
    else if (isSilent()) setImmediate(() => isSilent() && socket.terminate());
    else {
      pinged = performance.now();
      socket.ping();
      crossed(PING_BYTES);
    }
  }, timing.ping);
  socket.once("close", () => clearInterval(timer));
  socket.ping();
  return { roundTripMs: () => shortest };
}
