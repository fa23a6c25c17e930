import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { WebSocket } from "ws";
import { CLIENT_SECRET, OPERATOR, startEndpoints, type TestEndpoints } from "../../test-support/endpoints.ts";
import { noContent } from "../../test-support/fakes.ts";
import { makeCa, makeServerCertificate } from "../adapters/certificates.ts";
import { CLIENT_HEADER } from "./forwarded-client.ts";
import { createStandbyServer, type StandbyServer } from "./standby-server.ts";

const ca = await makeCa(Date.now());
const tls = await makeServerCertificate(ca, ["localhost", "127.0.0.1"], Date.now());
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const authorization = `Bearer ${OPERATOR}`;

let leader: TestEndpoints;
let standby: StandbyServer;
let url: string;
let leaderUrl: URL | undefined;
beforeEach(async () => {
  leader = await startEndpoints({ tls, plain: true });
  leaderUrl = new URL(leader.url.replace("http:", "https:"));
  standby = createStandbyServer({
    tls,
    plain: true,
    hosts: () => [],
    ca: ca.cert,
    admission: { watch: () => undefined, proved: () => undefined },
    content: { openGrant: () => Promise.reject(new SitewrightError("STANDING_BY", "no line")), index: noContent, log: silent },
    refusals: { note: () => undefined },
    leader: () => leaderUrl,
    clientSecret: CLIENT_SECRET,
  });
  url = await standby.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await standby.close();
  await leader[Symbol.asyncDispose]();
});

const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { error: { code: string } }).error.code;

test("a request gets the answer of the coordinator that leads, which checks the right to it", async () => {
  const [own, passed] = await Promise.all(
    [leader.url, url].map(async (base) => (await fetch(`${base}/api/v1/overview`, { headers: { authorization } })).text()),
  );
  expect(passed).toBe(own);
  const refused = await fetch(`${url}/api/v1/overview`);
  expect([refused.status, await codeOf(refused)]).toEqual([401, "UNAUTHENTICATED"]);
});

test.each([
  ["passed on, is that of the client, whatever the client states", "127.0.0.9", () => url, {}],
  [
    "sent straight to the one that leads, is that of the connection, whatever it states",
    "127.0.0.9",
    () => leader.url,
    { [CLIENT_HEADER]: "10.0.0.1 x" },
  ],
])("the address in the ledger of a request that is %s", async (_, localAddress, to, headers) => {
  const { hostname, port } = new URL(to());
  const body = JSON.stringify({ kind: "rebuild" });
  const sent = request({ host: hostname, port, localAddress, method: "POST", path: "/api/v1/runs" });
  for (const [name, value] of Object.entries({ authorization, "content-type": "application/json", ...headers }))
    sent.setHeader(name, value);
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(202);
  expect(leader.operations.started).toMatchObject([{ by: { address: localAddress } }]);
});

test("a body is passed on, and the origin of a page is accepted as that of the coordinator that leads", async () => {
  const signedIn = await fetch(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ token: OPERATOR }),
  });
  expect(signedIn.ok).toBe(true);
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const started = await fetch(`${url}/api/v1/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url, cookie },
    body: JSON.stringify({ kind: "rebuild" }),
  });
  expect(started.ok).toBe(true);
  expect(leader.operations.started).toMatchObject([expect.objectContaining({ kind: "rebuild" })]);
});

test("events arrive while the connection is open", async () => {
  const answer = await fetch(`${url}/api/v1/events`, { headers: { authorization } });
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  await reader?.cancel();
});

test("agents are refused, so that they try the next address", async () => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/agent/v1?name=SRVABC`, "sitewright.v1");
  socket.on("error", () => undefined);
  const [, answer] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  expect(answer.statusCode).toBe(503);
  socket.terminate();
});

test("a request under a name that is not its own, or from the page of another origin, is not passed on", async () => {
  const foreign = await fetch(`${url}/api/v1/overview`, { headers: { authorization, origin: "http://evil.example" } });
  expect([foreign.status, await codeOf(foreign)]).toEqual([403, "FORBIDDEN"]);
});

test("while nobody leads, or the one that leads does not answer, requests are told so, and the process counts as healthy", async () => {
  leaderUrl = undefined;
  const nobody = await fetch(`${url}/api/v1/overview`, { headers: { authorization } });
  expect([nobody.status, await codeOf(nobody)]).toEqual([503, "STANDING_BY"]);
  leaderUrl = new URL("https://127.0.0.1:1");
  const gone = await fetch(`${url}/api/v1/overview`, { headers: { authorization } });
  expect([gone.status, await codeOf(gone)]).toEqual([503, "STANDING_BY"]);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
});

test("a server that another authority vouches for is not taken for the coordinator that leads", async () => {
  const stranger = await startEndpoints({ plain: true });
  leaderUrl = new URL(stranger.url.replace("http:", "https:"));
  const answer = await fetch(`${url}/api/v1/overview`, { headers: { authorization } });
  expect([answer.status, await codeOf(answer)]).toEqual([503, "STANDING_BY"]);
  await stranger[Symbol.asyncDispose]();
});
