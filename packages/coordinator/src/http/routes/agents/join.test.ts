import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { CLOSE_CODES } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { startEndpoints, type TestEndpoints } from "../../../../test-support/endpoints.ts";
import { hashOf } from "../../../../test-support/fakes.ts";

const SECRET = "a-join-secret";

function joinBody(overrides: Record<string, unknown> = {}) {
  return {
    token: SECRET,
    name: "SRV1",
    publicKey: Buffer.from(makeAgentKey().der).toString("base64"),
    platform: "linux",
    roles: ["dp"],
    ...overrides,
  };
}

async function withToken(at: TestEndpoints, system = "SRV1", expiresAt = Date.now() + 60_000) {
  await at.registry.addJoinToken(hashOf(SECRET), { system, expiresAt });
}

test("a join token stores the agent's key and returns the roles of its system, and the agent connects with it", async () => {
  await using at = await startEndpoints();
  await withToken(at);
  const keys = makeAgentKey();
  const { status, body } = await at.call("POST", "/api/v1/join", {
    body: joinBody({ publicKey: Buffer.from(keys.der).toString("base64") }),
  });
  expect([status, body]).toEqual([200, { coordinator: "coordinator-1", roles: ["dp"] }]);
  const agent = dial(at.url, "SRV1");
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
  expect(await agent.next()).toMatchObject({ kind: "welcome" });
});

test("a join token works once", async () => {
  await using at = await startEndpoints();
  await withToken(at);
  expect((await at.call("POST", "/api/v1/join", { body: joinBody() })).status).toBe(200);
  const again = await at.call("POST", "/api/v1/join", { body: joinBody() });
  expect([again.status, again.body.error?.code]).toEqual([401, "JOIN_TOKEN_USED"]);
});

test.each([
  ["a wrong token", { token: "guessed" }, [401, "JOIN_TOKEN_INVALID"]],
  ["a token of another system", { name: "SRV2" }, [401, "JOIN_TOKEN_INVALID"]],
  ["no token", { token: undefined }, [401, "UNAUTHENTICATED"]],
  ["an unknown system", { name: "NOBODY" }, [401, "JOIN_TOKEN_INVALID"]],
  ["a key that is not a key", { publicKey: "AAAA" }, [400, "BAD_REQUEST"]],
  [
    "a key of another kind",
    { publicKey: generateKeyPairSync("x25519").publicKey.export({ format: "der", type: "spki" }).toString("base64") },
    [400, "BAD_REQUEST"],
  ],
  ["an unknown role", { roles: ["king"] }, [400, "BAD_REQUEST"]],
  ["an unknown field", { admin: true }, [400, "BAD_REQUEST"]],
])("a join with %s is refused, and does not use up the token", async (_, spoilt, expected) => {
  await using at = await startEndpoints();
  await withToken(at);
  const { status, body } = await at.call("POST", "/api/v1/join", { body: joinBody(spoilt) });
  expect([status, body.error?.code]).toEqual(expected);
  expect(await at.registry.key("SRV1")).toBeUndefined();
  expect((await at.call("POST", "/api/v1/join", { body: joinBody() })).status).toBe(200);
});

test("a join token that has expired is refused, and the refusal is logged", async () => {
  await using at = await startEndpoints();
  await withToken(at, "SRV1", Date.now() - 1);
  const { status, body } = await at.call("POST", "/api/v1/join", { body: joinBody() });
  expect([status, body.error?.code]).toEqual([401, "JOIN_TOKEN_EXPIRED"]);
  expect(at.logged).toContainEqual(expect.objectContaining({ level: "warn", code: "JOIN_TOKEN_EXPIRED", address: "127.0.0.1" }));
});

test("only the holder of a token for a system learns whether the system exists", async () => {
  await using at = await startEndpoints();
  await withToken(at, "GONE");
  const refusal = async (spoilt: Record<string, unknown>) => {
    const { status, body } = await at.call("POST", "/api/v1/join", { body: joinBody(spoilt) });
    return [status, body.error?.code];
  };
  expect(await refusal({ name: "SRV1", token: "guess" })).toEqual(await refusal({ name: "NOBODY", token: "guess" }));
  expect(await refusal({ name: "GONE" })).toEqual([404, "SYSTEM_UNKNOWN"]);
});

test("of several joins with one token at the same time exactly one succeeds, and its key is the one that connects", async () => {
  await using at = await startEndpoints();
  await withToken(at);
  const keys = Array.from({ length: 5 }, makeAgentKey);
  const join = ({ der }: ReturnType<typeof makeAgentKey>) =>
    at.call("POST", "/api/v1/join", { body: joinBody({ publicKey: Buffer.from(der).toString("base64") }) });
  const statuses = (await Promise.all(keys.map(join))).map(({ status }) => status);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401, 401]);
  expect(await at.registry.key("SRV1")).toEqual(keys[statuses.indexOf(200)]?.der);
});

test("joining again ends the connection that holds the old key", async () => {
  await using at = await startEndpoints();
  const old = await at.connect("SRV1");
  await withToken(at);
  expect((await at.call("POST", "/api/v1/join", { body: joinBody() })).status).toBe(200);
  expect((await old.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
});

test("guessing tokens is slowed down, and does not keep the holder of a token from joining from the same address", async () => {
  await using at = await startEndpoints();
  const statuses: number[] = [];
  for (let i = 0; i < 61; i++) statuses.push((await at.call("POST", "/api/v1/join", { body: joinBody({ token: `guess-${i}` }) })).status);
  expect(new Set(statuses.slice(0, 60))).toEqual(new Set([401]));
  expect(statuses[60]).toBe(429);
  await withToken(at);
  expect((await at.call("POST", "/api/v1/join", { body: joinBody() })).status).toBe(200);
});
