import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { OPERATOR, startEndpoints, type TestEndpoints } from "../../../test-support/endpoints.ts";
import { createSessions } from "../sessions.ts";

const HOUR = 60 * 60 * 1000;

/** Like `call`, but for replies without a body, and with the cookies that a browser would keep. */
async function browse(at: TestEndpoints, method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const reply = await fetch(`${at.url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  const set = reply.headers.get("set-cookie") ?? "";
  return { status: reply.status, body: text === "" ? undefined : (JSON.parse(text) as unknown), set, cookie: set.split(";", 1)[0] ?? "" };
}

async function signIn(at: TestEndpoints): Promise<string> {
  return (await browse(at, "POST", "/api/v1/session", {}, { token: OPERATOR })).cookie;
}

test("the operator token is exchanged for a cookie that no script can read and no other site can use", async () => {
  await using at = await startEndpoints();
  const { status, body, set, cookie } = await browse(at, "POST", "/api/v1/session", {}, { token: OPERATOR });
  expect([status, body]).toEqual([204, undefined]);
  expect(set).toMatch(/^sitewright_session=\d+\.[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(set).not.toContain(OPERATOR);
  expect((await browse(at, "GET", "/api/v1/session", { cookie })).body).toEqual({ signedIn: true });
  expect((await browse(at, "GET", "/api/v1/runs", { cookie })).status).toBe(200);
  expect((await browse(at, "GET", "/api/v1/session")).status).toBe(401);
});

test.each([
  ["a wrong token", { token: "wrong" }, 401],
  ["a wrong code", { code: "wrong" }, 401],
  ["neither", {}, 400],
  ["both", { token: OPERATOR, code: "x" }, 400],
])("a sign-in with %s is refused", async (_, body, status) => {
  await using at = await startEndpoints();
  expect(await browse(at, "POST", "/api/v1/session", {}, body)).toMatchObject({ status, set: "" });
});

test("a sign-in from a page of another origin is refused", async () => {
  await using at = await startEndpoints();
  expect(await browse(at, "POST", "/api/v1/session", { origin: "http://evil.example" }, { token: OPERATOR })).toMatchObject({
    status: 403,
    set: "",
  });
});

test("guessing is slowed down, and does not keep the holder of the token, or of a link, from signing in from the same address", async () => {
  await using at = await startEndpoints();
  const code = async () => (await at.call("POST", "/api/v1/sign-in-codes", { token: OPERATOR })).body["code"];
  const guess = () => browse(at, "POST", "/api/v1/session", {}, { token: "guess" });
  for (let i = 0; i < 30; i++) expect((await guess()).status).toBe(401);
  const began = performance.now();
  expect(await guess()).toMatchObject({ status: 429, body: { error: { code: "TOO_MANY_REQUESTS" } } });
  expect(performance.now() - began).toBeGreaterThan(900);
  expect((await browse(at, "POST", "/api/v1/session", {}, { token: OPERATOR })).status).toBe(204);
  expect((await browse(at, "POST", "/api/v1/session", {}, { code: await code() })).status).toBe(204);
  expect((await guess()).status).toBe(429);
});

test("the body of a sign-in is read only up to the length of a secret", async () => {
  await using at = await startEndpoints();
  expect((await browse(at, "POST", "/api/v1/session", {}, { token: "x".repeat(10_000) })).status).toBe(413);
});

test("a link signs in once", async () => {
  await using at = await startEndpoints();
  const { body } = await at.call("POST", "/api/v1/sign-in-codes", { token: OPERATOR });
  const { code, url, expiresAt } = body as unknown as { code: string; url: string; expiresAt: number };
  expect(url).toBe(`${at.url}/#/sign-in/${code}`);
  expect(expiresAt).toBeGreaterThan(Date.now() + 9 * 60_000);
  const { status, cookie } = await browse(at, "POST", "/api/v1/session", {}, { code });
  expect(status).toBe(204);
  expect((await browse(at, "GET", "/api/v1/session", { cookie })).status).toBe(200);
  expect(await browse(at, "POST", "/api/v1/session", {}, { code })).toMatchObject({ status: 401, set: "" });
  expect(JSON.stringify(at.logged)).not.toContain(code);
});

test("with a cookie, only pages of the user interface can change anything", async () => {
  await using at = await startEndpoints();
  const cookie = await signIn(at);
  const start = (headers: Record<string, string>) => browse(at, "POST", "/api/v1/runs", { cookie, ...headers }, { kind: "plan" });
  expect(await start({})).toMatchObject({ status: 403, body: { error: { code: "FORBIDDEN" } } });
  expect((await start({ origin: "http://evil.example" })).status).toBe(403);
  expect(at.operations.started).toEqual([]);
  expect((await start({ origin: at.url })).status).toBe(202);
});

test("signing out removes the cookie", async () => {
  await using at = await startEndpoints();
  const cookie = await signIn(at);
  const { status, set } = await browse(at, "DELETE", "/api/v1/session", { cookie, origin: at.url });
  expect(status).toBe(204);
  expect(set).toMatch(/^sitewright_session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/);
});

test("a session is renewed by its use and lasts 12 hours without", async () => {
  let now = Date.now();
  await using at = await startEndpoints({ clock: () => now });
  const look = (cookie: string) => browse(at, "GET", "/api/v1/session", { cookie });
  const cookie = await signIn(at);
  expect(await look(cookie)).toMatchObject({ status: 200, set: "" });
  now += 11 * HOUR;
  const older = await look(cookie);
  expect([older.status, older.set]).toEqual([200, expect.stringMatching(/Max-Age=43200/)]);
  now += HOUR;
  expect((await look(cookie)).status).toBe(401);
  now += 10 * HOUR;
  expect((await look(older.cookie)).status).toBe(200);
  now += HOUR;
  expect((await look(older.cookie)).status).toBe(401);
});

test("under TLS a session outlives a restart of the coordinator, and ends when the operator token is replaced", () => {
  const sessionsOf = (token: string) => createSessions(token, Date.now, false);
  expect(sessionsOf(OPERATOR).check(sessionsOf(OPERATOR).open())).toBeDefined();
  expect(sessionsOf("the token after").check(sessionsOf(OPERATOR).open())).toBeUndefined();
});

test("a session of an earlier process ends where the clock of the machine was set back since: it would last longer by that", () => {
  let now = Date.now();
  const before = createSessions(OPERATOR, () => now, false).open();
  now -= 60_000;
  expect(createSessions(OPERATOR, () => now, false).check(before)).toBeDefined();
  now -= 24 * HOUR;
  const after = createSessions(OPERATOR, () => now, false);
  expect(after.check(before)).toBeUndefined();
  expect(after.check(after.open())).toBeDefined();
});

test("setting the machine's clock neither prolongs a session nor ends it", async () => {
  let now = Date.now();
  let set = Date.now();
  await using at = await startEndpoints({ clock: () => set, steady: () => now });
  const cookie = await signIn(at);
  const look = async () => (await browse(at, "GET", "/api/v1/session", { cookie })).status;
  set += 24 * HOUR;
  expect(await look()).toBe(200);
  set -= 72 * HOUR;
  now += 12 * HOUR;
  expect(await look()).toBe(401);
});

test("where plain HTTP is answered a session ends with the process, because another program on the port could have received its cookie", () => {
  const sessions = createSessions(OPERATOR, Date.now, true);
  expect(sessions.check(sessions.open())).toBeDefined();
  expect(createSessions(OPERATOR, Date.now, true).check(sessions.open())).toBeUndefined();
  expect(createSessions(OPERATOR, Date.now, false).check(sessions.open())).toBeUndefined();
});

/** What a page does with its stored proof, after a restart. */
function answerTo(challenge: string, kept: string): string {
  const [ends, secret = ""] = kept.split(".");
  return `${ends}.${createHmac("sha256", Buffer.from(secret, "base64url")).update(challenge).digest("base64url")}`;
}

async function resumption(at: TestEndpoints, cookie: string): Promise<{ kept: string; challenge: string }> {
  const open = await fetch(`${at.url}/api/v1/session`, { headers: { cookie } });
  const refused = await fetch(`${at.url}/api/v1/overview`, { headers: { cookie: "sitewright_session=of-an-earlier-process" } });
  return { kept: open.headers.get("x-sitewright-resume") ?? "", challenge: refused.headers.get("x-sitewright-challenge") ?? "" };
}

test("a page that was signed in continues after a restart by the secret in its memory, which its answer does not reveal", async () => {
  let now = Date.now();
  const clock = () => now;
  await using before = await startEndpoints({ clock });
  const cookie = await signIn(before);
  const { kept, challenge: earlier } = await resumption(before, cookie);
  await using after = await startEndpoints({ clock });
  const { challenge } = await resumption(after, cookie);
  expect([kept, earlier, challenge]).toEqual([
    expect.stringMatching(/^\d+\.[\w-]{43}$/),
    expect.stringMatching(/^[\w-]{43}$/),
    expect.stringMatching(/^[\w-]{43}$/),
  ]);
  expect(challenge).not.toBe(earlier);
  const resume = (answer: string) => browse(after, "POST", "/api/v1/session", { origin: after.url }, { resume: answer });
  for (const wrong of [kept, answerTo(earlier, kept), `${Number(kept.split(".")[0]) + 1}.${answerTo(challenge, kept).split(".")[1]}`, "x"])
    expect((await resume(wrong)).status).toBe(401);
  const again = await resume(answerTo(challenge, kept));
  expect(again.status).toBe(204);
  expect((await browse(after, "GET", "/api/v1/session", { cookie: again.cookie })).status).toBe(200);
  expect(answerTo(challenge, kept)).not.toContain(kept.split(".")[1]);
  now += 12 * HOUR;
  expect((await resume(answerTo(challenge, kept))).status).toBe(401);
});

test("a client that sends no cookie is not offered to continue its session: a removed cookie ends the session", async () => {
  await using at = await startEndpoints();
  const refused = await fetch(`${at.url}/api/v1/overview`);
  expect([refused.status, refused.headers.get("x-sitewright-challenge")]).toEqual([401, null]);
});

test("where only TLS is spoken pages get no secret: their session outlives a restart anyway", () => {
  expect(createSessions(OPERATOR, Date.now, false).resumption).toBeUndefined();
});

test("a session value with a changed expiry is refused", async () => {
  await using at = await startEndpoints();
  const [name, value = ""] = (await signIn(at)).split("=");
  const [expiry, proof] = value.split(".");
  expect((await browse(at, "GET", "/api/v1/session", { cookie: `${name}=${Number(expiry) + 1}.${proof}` })).status).toBe(401);
});
