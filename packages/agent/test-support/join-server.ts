import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { TestCertificates } from "@sitewright/testkit/certificates";

export interface JoinServer {
  port: number;
  /** Bodies of the join requests. */
  joins: Record<string, unknown>[];
}

/** A coordinator's answer to a join; `joins` collects the requests. */
export function joinEndpoints(
  certificates: TestCertificates,
  joins: JoinServer["joins"] = [],
  refuse?: { status: number; error: object },
): RequestListener {
  return (request, reply) => {
    if (request.method === "GET" && request.url === "/api/v1/ca")
      return reply.setHeader("content-type", "application/x-pem-file").end(certificates.caPem);
    if (request.method !== "POST" || request.url !== "/api/v1/join") return reply.writeHead(404).end();
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((parts) => {
      joins.push(JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>);
      if (refuse) reply.writeHead(refuse.status).end(JSON.stringify({ error: refuse.error }));
      else reply.end(JSON.stringify({ coordinator: "coordinator-1", roles: ["cap", "logon-point", "dp"] }));
    });
  };
}

/** The coordinator's endpoints for a join; `refuse` makes it refuse the join. */
export async function startJoinServer(
  certificates: TestCertificates,
  options: { refuse?: { status: number; error: object } } = {},
): Promise<JoinServer> {
  const joins: JoinServer["joins"] = [];
  const answer = joinEndpoints(certificates, joins, options.refuse);
  const server = createServer({ key: certificates.serverKey, cert: certificates.serverCert }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, joins };
}
