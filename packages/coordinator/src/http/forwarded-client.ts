import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** Address of the client whose request a coordinator that stands by passes on, and a code that only holders of the CA's key can make. */
export const CLIENT_HEADER = "x-sitewright-client";

/** @param secret 32 bytes, the same for all coordinators of the hierarchy. */
export function stateClient(address: string, secret: Uint8Array): string {
  return `${address} ${codeOf(address, secret).toString("base64url")}`;
}

/** Has `request.ip` be the address of the client where a coordinator that stands by states it; what others state counts for nothing. */
export function believeClients(app: FastifyInstance, secret: Uint8Array): void {
  app.addHook("onRequest", (request: FastifyRequest, _, done) => {
    const stated = request.headers[CLIENT_HEADER];
    const [address = "", code = ""] = typeof stated === "string" ? stated.split(" ") : [];
    const [given, right] = [Buffer.from(code, "base64url"), codeOf(address, secret)];
    if (given.length === right.length && timingSafeEqual(given, right)) Object.defineProperty(request, "ip", { value: address });
    done();
  });
}

function codeOf(address: string, secret: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(address).digest();
}
