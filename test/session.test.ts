import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Run } from "../packages/coordinator/src/domain/runs/run.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVABC: { roles: ["dp"] } }, packages: { ABC00001: { files: { "a.txt": "a" } } } });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** As a browser would: no token, its cookie, its origin. */
function browse(path: string, { cookie = "", ...init }: RequestInit & { cookie?: string } = {}): Promise<Response> {
  const headers = { cookie, origin: fleet.url, "content-type": "application/json" };
  return fetch(new URL(path, fleet.url), { ...init, headers });
}

async function signIn(body: object): Promise<{ status: number; cookie: string }> {
  const reply = await browse("/api/v1/session", { method: "POST", body: JSON.stringify(body) });
  return { status: reply.status, cookie: (reply.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "" };
}

test("the link of 'sitewright link' signs in once, and the session has the rights of an operator", async () => {
  const { stdout, code } = await fleet.sitewright("link");
  expect(code).toBe(0);
  const [base, secret = ""] = stdout.trim().split("/#/sign-in/");
  expect(base).toBe(fleet.url);
  const { status, cookie } = await signIn({ code: secret });
  expect(status).toBe(204);
  expect((await signIn({ code: secret })).status).toBe(401);
  const started = await browse("/api/v1/runs", { method: "POST", cookie, body: JSON.stringify({ kind: "rebuild" }) });
  expect(started.status).toBe(202);
  const { id } = (await started.json()) as Run;
  expect((await fleet.json("watch", id)).run.state).toBe("done");
});

test("a cookie that a browser sent to a program on the port of a stopped coordinator opens nothing afterwards", async () => {
  expect((await fleet.api("/api/v1/session")).status).toBe(200);
  const { stdout } = await fleet.sitewright("link");
  const { cookie } = await signIn({ code: stdout.trim().split("/sign-in/")[1] });
  expect((await browse("/api/v1/session", { cookie })).status).toBe(200);
  await fleet.coordinator.kill();
  const stolen: (string | undefined)[] = [];
  const squatter = createServer((request, reply) => {
    stolen.push(request.headers.cookie);
    reply.end();
  }).listen(Number(new URL(fleet.url).port), "127.0.0.1");
  await once(squatter, "listening");
  await browse("/api/v1/session", { cookie });
  squatter.closeAllConnections();
  await new Promise((resolve) => squatter.close(resolve));
  await fleet.coordinator.start();
  expect(stolen).toEqual([cookie]);
  expect((await browse("/api/v1/session", { cookie: stolen[0] ?? "" })).status).toBe(401);
});

test("only the page is served without a sign-in", async () => {
  const page = await browse("/");
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("<title>");
  for (const path of ["/api/v1/overview", "/api/v1/events", "/api/v1/logs?system=SRVABC", "/metrics"]) {
    expect([path, (await browse(path)).status]).toEqual([path, 401]);
  }
});
