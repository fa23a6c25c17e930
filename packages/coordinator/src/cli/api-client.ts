import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { userInfo } from "node:os";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";

/** Where the coordinator is and how to sign in there. */
export interface Connection {
  url: URL;
  /** Operator token. */
  token: string;
  /** PEM of the coordinator's own CA; needed for https. */
  ca?: string;
}

/** Asks the coordinator; throws its own error, or `COORDINATOR_UNREACHABLE`. */
export async function call<T>(
  connection: Connection,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  const reply = await open(connection, method, path, body);
  const text = await readAll(reply);
  if ((reply.statusCode ?? 500) >= 400) throw refusal(reply, text);
  return JSON.parse(text) as T;
}

/** A stream of server-sent events as `{event, data}`; ends when the connection does. */
export async function* events(connection: Connection, path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const reply = await open(connection, "GET", path, undefined, signal);
  if (reply.statusCode !== 200) throw refusal(reply, await readAll(reply));
  reply.setEncoding("utf8");
  let rest = "";
  for await (const text of reply as AsyncIterable<string>) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event && data) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}

function open(
  { url, token, ca }: Connection,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    "x-sitewright-user": userName(),
    ...(payload === undefined ? {} : { "content-type": "application/json" }),
  };
  const target = new URL(path, url);
  return new Promise((resolve, reject) => {
    const options = { method, headers, ...(signal ? { signal } : {}) };
    const request = url.protocol === "https:" ? httpsRequest(target, { ...options, ...(ca ? { ca } : {}) }) : httpRequest(target, options);
    request.once("response", resolve);
    request.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new SitewrightError(
          "COORDINATOR_UNREACHABLE",
          `no coordinator answers at ${url.origin} (${cause.code ?? cause.message}): start one, or name another with --url or SITEWRIGHT_URL`,
          { cause },
        ),
      );
    });
    request.end(payload);
  });
}

/** For the record of who changed what; accounts without a name exist in containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

async function readAll(reply: IncomingMessage): Promise<string> {
  let text = "";
  reply.setEncoding("utf8");
  for await (const part of reply as AsyncIterable<string>) text += part;
  return text;
}

function refusal(reply: IncomingMessage, text: string): SitewrightError {
  const { code, message } = parseError(text);
  return new SitewrightError(isErrorCode(code) ? code : "INTERNAL", message || `the coordinator answered ${reply.statusCode}`);
}

function parseError(text: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    return { code: error?.code ?? "", message: error?.message ?? "" };
  } catch {
    return { code: "", message: text.slice(0, 200) };
  }
}
