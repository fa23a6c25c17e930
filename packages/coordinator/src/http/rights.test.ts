import { request } from "node:http";
import { expect, test } from "vitest";
import { CLOSE_CODES } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { OPERATOR, startEndpoints } from "../../test-support/endpoints.ts";
import { walkableEndpoints } from "../../test-support/walkable-endpoints.ts";
import { createSessions } from "./sessions.ts";

const PUBLIC = [
  "GET /healthz",
  "GET /readyz",
  "GET /api/v1/ca",
  "GET /api/v1/succession",
  "GET /",
  "GET /favicon.svg",
  "GET /assets/*",
  "POST /api/v1/session",
];

const WRONG_COOKIES = [
  "sitewright_session=",
  `sitewright_session=${OPERATOR}`,
  `sitewright_session=${createSessions("another token", Date.now, false).open()}`,
  `sitewright_session=${createSessions(OPERATOR, () => 0, false).open()}`,
];

test("the public routes are exactly the expected ones", async () => {
  const { endpoints, routes } = await walkableEndpoints();
  await endpoints.app.ready();
  expect(routes).toEqual(
    expect.arrayContaining([...PUBLIC, "GET /api/v1/session", "POST /api/v1/sign-in-codes", "POST /api/v1/runs/:id/retry"]),
  );
  await endpoints.close();
});

test("every route but the public ones refuses a client without a right, or with the wrong one", async () => {
  const { endpoints, routes } = await walkableEndpoints();
  await endpoints.app.ready();
  expect(routes.length).toBeGreaterThan(12);
  expect(routes).toEqual(
    expect.arrayContaining([
      ...PUBLIC,
      "PATCH /api/v1/addresses/:key",
      "POST /api/v1/agents/:system/revoke",
      "DELETE /api/v1/addresses/:key/override",
      "POST /api/v1/join",
      "GET /api/v1/events",
      "GET /content/v1/manifests/:digest",
    ]),
  );
  for (const route of routes.filter((candidate) => !PUBLIC.includes(candidate))) {
    const [method, path = ""] = route.split(" ");
    const attempts = [undefined, "Bearer wrong", "Basic b3BlcmF0b3I6", "Bearer "].map((authorization): Record<string, string> =>
      authorization === undefined ? {} : { authorization },
    );
    for (const headers of [...attempts, ...WRONG_COOKIES.map((cookie) => ({ cookie, origin: "http://localhost" }))]) {
      const reply = await endpoints.app.inject({
        method: method as "GET",
        url: path.replaceAll(/:\w+/g, "x"),
        headers,
        ...(method === "POST" ? { payload: {} } : {}),
      });
      expect([route, reply.statusCode]).toEqual([route, 401]);
      expect(reply.json()).toMatchObject({ error: { code: "UNAUTHENTICATED" } });
    }
  }
  await endpoints.close();
});

test("every connection that can be upgraded refuses a client without a right, or with the wrong one", async () => {
  await using at = await startEndpoints();
  expect(at.endpoints.upgrades.map(({ path, right }) => `${right} ${path}`)).toEqual([
    "hello /agent/v1",
    "agent /content/v1/stream",
    "coordinator /coordinator/v3/content",
    "hello /content/v1/backup-line",
    "agent /content/v1/backup-line/answer",
  ]);
  for (const { path } of at.endpoints.upgrades.filter(({ right }) => right !== "hello")) {
    for (const authorization of [undefined, "Bearer wrong", `Bearer ${OPERATOR}`, "Basic b3BlcmF0b3I6", "Bearer "]) {
      const headers = { connection: "Upgrade", upgrade: "sitewright-content.1", ...(authorization ? { authorization } : {}) };
      expect([path, await rawStatus(at.url, `${path}?order=x&manifest=x`, headers)]).toEqual([path, 401]);
    }
  }
});

test("the operator token gives no right to agents' routes, and a content token none to operators' routes", async () => {
  await using at = await startEndpoints();
  const { token } = await at.connect("SRV1");
  expect((await at.call("GET", "/api/v1/overview", { token })).status).toBe(401);
  expect((await at.call("GET", `/content/v1/manifests/${"ab".repeat(32)}?order=order-1`, { token: OPERATOR })).status).toBe(401);
});

test("the agents' WebSocket sends an unauthenticated client only its challenge", async () => {
  await using at = await startEndpoints();
  const stranger = dial(at.url, "SRV1");
  stranger.say(helloTo(await stranger.challenge(), "SRV1", makeAgentKey().privateKey));
  expect((await stranger.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
});

test("the server cannot be built with a route that states no right", async () => {
  const { endpoints } = await walkableEndpoints();
  expect(() => endpoints.app.get("/forgotten", () => "secret")).toThrow("GET /forgotten states no right");
  await endpoints.close();
});

test.each([
  ["an unknown host name", { host: "evil.example" }],
  ["the host name as a part of another", { host: "sitewright.example.evil.example" }],
  ["a page of another origin", { host: "127.0.0.1", origin: "http://evil.example" }],
  ["a page without an origin of its own", { host: "127.0.0.1", origin: "null" }],
  ["a page on another port of this machine", { host: "127.0.0.1:7400", origin: "http://127.0.0.1:7401" }],
])("a request with %s is refused on every route", async (_, headers) => {
  await using at = await startEndpoints();
  for (const path of ["/healthz", "/api/v1/ca", "/api/v1/overview", "/content/v1/stream", "/nowhere"]) {
    expect([path, await rawStatus(at.url, path, headers)]).toEqual([path, 403]);
  }
  const upgrade = { connection: "Upgrade", upgrade: "sitewright-content.1", ...headers };
  expect(await rawStatus(at.url, "/content/v1/stream", upgrade)).toBe(403);
  const agent = dial(at.url, "SRV1", { headers });
  const refused = await new Promise((resolve) =>
    agent.socket.once("unexpected-response", (_request, response) => resolve(response.statusCode)),
  );
  expect(refused).toBe(403);
});

test.each([
  [{ host: "sitewright.example" }],
  [{ host: "SITEWRIGHT.example:7400" }],
  [{ host: "[::1]:7400" }],
  [{ host: "localhost:1", origin: "http://localhost:1" }],
])("a request with %o is accepted", async (headers) => {
  await using at = await startEndpoints();
  expect(await rawStatus(at.url, "/healthz", headers)).toBe(200);
});

test("an upgrade at another path, without a name, or without the subprotocol is refused with an error of the API", async () => {
  await using at = await startEndpoints();
  const refusals = [dial(at.url, ""), dial(at.url, "SRV1", { subprotocol: "other.v1" }), dial(`${at.url}/elsewhere`, "SRV1")].map(
    (agent) => new Promise((resolve) => agent.socket.once("unexpected-response", (_request, response) => resolve(response.statusCode))),
  );
  expect(await Promise.all(refusals)).toEqual([400, 400, 404]);
});

test("plain HTTP is not offered beyond loopback", async () => {
  const { endpoints } = await walkableEndpoints();
  await expect(endpoints.listen({ host: "0.0.0.0", port: 0 })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await endpoints.close();
});

/** `fetch` does not let a test set the Host header. */
function rawStatus(url: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers, agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    })
      .once("error", reject)
      .end();
  });
}
