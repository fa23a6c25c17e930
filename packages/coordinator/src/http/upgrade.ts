import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { SitewrightError } from "@sitewright/protocol";
import { AGENT_PATH, AGENT_SUBPROTOCOL, type Gateway } from "../adapters/agent-gateway/gateway.ts";
import type { Log } from "../app/log.ts";
import { errorBody, statusOf } from "./errors.ts";
import type { HostGuard } from "./host-guard.ts";

/** Lets through what the agents' gateway may see; everything else gets an answer in the shape of the API's errors. */
export function upgradeHandler(
  guardHost: HostGuard,
  gateway: Pick<Gateway, "accept">,
  log: Log,
): (request: IncomingMessage, stream: Duplex, head: Buffer) => void {
  return (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    try {
      guardHost(request.headers);
      gateway.accept(request, stream, head, agentName(request));
    } catch (error) {
      const known = SitewrightError.from(error);
      log.warn(
        { code: known.code, address: request.socket.remoteAddress, path: request.url?.split("?", 1)[0] },
        `upgrade refused: ${known.message}`,
      );
      refuse(stream, known);
    }
  };
}

function agentName(request: IncomingMessage): string {
  const url = URL.parse(request.url ?? "", "http://localhost");
  if (url?.pathname !== AGENT_PATH) throw new SitewrightError("NOT_FOUND", `there is no WebSocket at ${url?.pathname ?? ""}`);
  const name = url.searchParams.get("name");
  if (!name) throw new SitewrightError("BAD_REQUEST", `say which system connects: ${AGENT_PATH}?name=SYSTEM`);
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim());
  if (!offered.includes(AGENT_SUBPROTOCOL)) throw new SitewrightError("BAD_REQUEST", `the subprotocol must be ${AGENT_SUBPROTOCOL}`);
  return name;
}

function refuse(stream: Duplex, error: SitewrightError): void {
  const status = statusOf(error.code);
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
}
