import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { endWith } from "@sitewright/node-kit/last-words";
import { SitewrightError } from "@sitewright/protocol";
import type { Admission } from "../adapters/admission.ts";
import { AGENT_PATH, AGENT_SUBPROTOCOL, type Gateway } from "../adapters/agent-gateway/gateway.ts";
import { RESERVATION_HEADER, type Reservations } from "../adapters/agent-gateway/reservations.ts";
import type { Refusals } from "../app/agents/refusals.ts";
import { errorBody, shortPath, statusOf } from "./errors.ts";
import { isSystemName } from "../domain/sites/site-data-rules.ts";
import type { HostGuard } from "./host-guard.ts";

/** Handles connections that request an upgrade at one path. */
export interface UpgradeEndpoint {
  path: string;
  /** The right, as for routes; `hello`: the client proves its key afterwards; `coordinator`: it has the key of the CA. */
  right: "agent" | "hello" | "coordinator";
  /** Throws or rejects with the refusal of the request; nothing may have been written then. */
  accept(upgrade: Upgrade): void | Promise<void>;
}

export interface Upgrade {
  request: IncomingMessage;
  /** Of the request. */
  query: URLSearchParams;
  socket: Duplex;
  /** Bytes that arrived after the request. */
  head: Buffer;
}

/** Passes on what an endpoint may handle; everything else is answered with an error of the API. */
export function upgradeHandler(
  guardHost: HostGuard,
  endpoints: readonly UpgradeEndpoint[],
  refusals: Pick<Refusals, "note">,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const pass = async (): Promise<void> => {
      guardHost(request);
      const url = URL.parse(request.url ?? "", "http://localhost");
      const endpoint = endpoints.find(({ path }) => path === url?.pathname);
      if (!endpoint || !url) throw new SitewrightError("NOT_FOUND", `no upgrade is offered at ${shortPath(request.url)}`);
      await endpoint.accept({ request, query: url.searchParams, socket, head });
    };
    pass().catch((error: unknown) => {
      const known = SitewrightError.from(error);
      refusals.note({
        code: known.code,
        address: request.socket.remoteAddress ?? "unknown",
        message: `upgrade refused: ${known.message}`,
        facts: { path: shortPath(request.url) },
      });
      refuse(socket, known);
    });
  };
}

/** The agents' WebSocket. */
export function agentEndpoint(
  gateway: Pick<Gateway, "accept">,
  reservations: Pick<Reservations, "isRight">,
  admission: Pick<Admission, "reserve">,
): UpgradeEndpoint {
  return {
    path: AGENT_PATH,
    right: "hello",
    accept({ request, query, socket, head }) {
      const name = query.get("name");
      if (!name || !isSystemName(name)) throw new SitewrightError("BAD_REQUEST", `say which system connects: ${AGENT_PATH}?name=SYSTEM`);
      const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim());
      if (!offered.includes(AGENT_SUBPROTOCOL)) throw new SitewrightError("BAD_REQUEST", `the subprotocol must be ${AGENT_SUBPROTOCOL}`);
      const shown = request.headers[RESERVATION_HEADER];
      if (typeof shown === "string" && reservations.isRight(name, shown)) admission.reserve(request.socket, name);
      gateway.accept(request, socket, head, name);
    },
  };
}

function refuse(socket: Duplex, error: SitewrightError): void {
  const status = statusOf(error.code);
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ["www-authenticate: Bearer"] : []),
    "connection: close",
  ];
  endWith(socket, `${head.join("\r\n")}\r\n\r\n${body}`);
}
