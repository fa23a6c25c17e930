import type { FastifyRequest } from "fastify";

/** What programs of ours say about who uses them; a name for the record, no proof. */
const USER_HEADER = "x-sitewright-user";

/** All operators share one token: of a browser no more is known than that an operator sits before it. */
export function userOf(request: FastifyRequest): string {
  const named = request.headers[USER_HEADER];
  return typeof named === "string" && /^[\w.@\\-]{1,64}$/.test(named) ? named : "operator";
}
