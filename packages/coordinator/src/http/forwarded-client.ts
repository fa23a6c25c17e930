import type { FastifyInstance, FastifyRequest } from "fastify";
import { proven, state } from "../adapters/stated.ts";

/** Address of the client whose request a coordinator that stands by passes on, as `state` states it. */
export const CLIENT_HEADER = "x-sitewright-client";

export const stateClient = (address: string, secret: Uint8Array): string => state(address, secret);

/** Has `request.ip` be the address of the client where a coordinator that stands by states it; what others state counts for nothing. */
export function believeClients(app: FastifyInstance, secret: Uint8Array): void {
  app.addHook("onRequest", (request: FastifyRequest, _, done) => {
    const address = proven(request.headers[CLIENT_HEADER], secret);
    if (address !== undefined) Object.defineProperty(request, "ip", { value: address });
    done();
  });
}
