import { Socket } from "node:net";

/**
 * Loaded into an agent before its own code: what it opens to a coordinator goes over the line of its system, as through a router in front of
 * it. The addresses that coordinators name lead past it otherwise.
 */
const ports = JSON.parse(process.env.TORTURE_LINE ?? "{}") as Record<string, number>;
const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // `net.connect` has made a list of its own arguments.
  const [options] = (Array.isArray(args[0]) ? args[0] : args) as unknown[];
  if (isTarget(options)) options.port = ports[String(options.port)] ?? options.port;
  return connect.apply(this, args);
} as Socket["connect"];

function isTarget(options: unknown): options is { port: number | string } {
  return typeof options === "object" && options !== null && "port" in options;
}
