import { expect, test } from "vitest";
import { OPERATOR as token, startEndpoints } from "../../../test-support/endpoints.ts";

test("operators start, watch and control runs", async () => {
  await using at = await startEndpoints();
  const started = await at.call("POST", "/api/v1/runs", {
    token,
    body: { kind: "rebuild", options: { systems: ["SRV1"], full: true, rehash: true } },
  });
  expect([started.status, started.body]).toMatchObject([202, { id: "run-1", kind: "rebuild" }]);
  expect(at.operations.started).toMatchObject([{ kind: "rebuild", options: { systems: ["SRV1"], full: true, rehash: true } }]);
  expect((await at.call("GET", "/api/v1/runs/run-1", { token })).body).toMatchObject({ run: { id: "run-1" }, phases: [{ id: "order-1" }] });
  expect((await at.call("GET", "/api/v1/runs?limit=1", { token })).body).toMatchObject([{ id: "run-1" }]);
  expect((await at.call("POST", "/api/v1/runs/run-1/pause", { token })).body).toMatchObject({ state: "paused" });
  expect((await at.call("POST", "/api/v1/runs/run-1/resume", { token })).body).toMatchObject({ state: "running" });
  expect((await at.call("POST", "/api/v1/runs/run-1/cancel", { token })).body).toMatchObject({ state: "cancelled" });
  expect((await at.call("GET", "/api/v1/overview", { token })).body).toEqual({ sequence: 100 });
  expect((await at.call("POST", "/api/v1/join-tokens", { token, body: { system: "SRV1" } })).body).toEqual({
    system: "SRV1",
    roles: ["dp"],
    token: "secret.hash",
    expiresAt: 9,
  });
});

test("operators retry a run, read a plan, the logs and the metrics", async () => {
  await using at = await startEndpoints();
  expect((await at.call("POST", "/api/v1/runs/run-1/retry", { token })).body).toMatchObject({ id: "run-1", state: "preparing" });
  expect((await at.call("GET", "/api/v1/plan/run-1", { token })).body).toMatchObject({ run: { id: "run-1" }, rows: [] });
  expect((await at.call("GET", "/api/v1/plan/run-1?limit=7&after=14&text=abc", { token })).body).toMatchObject({ next: "7 14 abc" });
  expect(await at.call("GET", "/api/v1/plan/run-1?limit=all", { token })).toMatchObject({ status: 400 });
  expect((await at.call("GET", "/api/v1/runs/run-1/forecast", { token })).body).toMatchObject({ first: { madeAt: 1 } });
  expect(await at.call("GET", "/api/v1/runs/none/forecast", { token })).toMatchObject({ status: 404 });
  expect((await at.call("GET", "/api/v1/logs?order=order-1&limit=9", { token })).body).toEqual({ lines: [], agent: "asked" });
  expect(await at.call("GET", "/api/v1/logs?order=order-1&limit=many", { token })).toMatchObject({ status: 400 });
  const figures = await fetch(`${at.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(await figures.text()).toBe("sitewright_redis_up 1\n");
});

test("operators read a run in numbers, and its units, systems and lines page by page", async () => {
  await using at = await startEndpoints();
  const read = async (path: string) => {
    const { status, body } = await at.call("GET", `/api/v1/runs/run-1/${path}`, { token });
    return [status, body];
  };
  expect(await read("summary")).toMatchObject([200, { run: { id: "run-1" }, totals: { phases: 1 }, rows: { working: 1 }, systemCount: 1 }]);
  expect(await read("units?state=working&system=SRV1&text=abc&limit=1&after=0")).toMatchObject([
    200,
    { rows: [{ system: "SRV1", state: "working", phases: [{ id: "order-1", condition: "running" }] }], found: 1 },
  ]);
  expect(await read("units?after=1")).toMatchObject([200, { rows: [], found: 1 }]);
  expect(await read("systems?text=srv")).toMatchObject([200, { groups: [{ key: "SRV1", now: { id: "order-1" } }], found: 1 }]);
  expect(await read("lines")).toMatchObject([200, { groups: [{ key: "", totals: { phases: 1 } }], found: 1 }]);
  for (const query of ["limit=1001", "limit=0", "after=-1", "state=odd", "condition=odd", `text=${"x".repeat(201)}`])
    expect([query, (await read(`units?${query}`))[0]]).toEqual([query, 400]);
  expect(await at.call("GET", "/api/v1/runs/none/summary", { token })).toMatchObject({ status: 404 });
  expect(await at.call("GET", "/api/v1/runs/none/units", { token })).toMatchObject({ status: 404 });
});

test("without authentication, a client can ask whether the coordinator runs, and for its CA", async () => {
  await using at = await startEndpoints();
  expect((await at.call("GET", "/healthz")).body).toEqual({ ok: true });
  const ca = await fetch(`${at.url}/api/v1/ca`);
  expect([ca.headers.get("content-type"), await ca.text()]).toEqual(["application/x-pem-file", "PEM"]);
});

test.each([
  [{ kind: "destroy" }, "kind must be one of plan, rebuild, verify, repair, redistribute, refresh, update, undo, remove"],
  [{}, "the body must have required property 'kind'"],
  [{ kind: "plan", options: { fast: true } }, 'options has an unknown field "fast"'],
  [{ kind: "plan", options: { roles: ["king"] } }, "options.roles.0 must be one of cap, logon-point, dp"],
  [{ kind: "plan", options: { maxUnavailable: "2" } }, "options.maxUnavailable must be integer"],
])("the body %o is refused with a message that names the fault", async (body, message) => {
  await using at = await startEndpoints();
  expect(await at.call("POST", "/api/v1/runs", { token, body })).toEqual({
    status: 400,
    body: { error: { code: "BAD_REQUEST", message } },
  });
  expect(at.operations.started).toEqual([]);
});

test("an unknown resource, a body that is not JSON, and one that is too large are refused in the same shape", async () => {
  await using at = await startEndpoints();
  expect(await at.call("GET", "/api/v1/nothing?secret=1")).toEqual({
    status: 404,
    body: { error: { code: "NOT_FOUND", message: "there is no GET /api/v1/nothing" } },
  });
  expect(await at.call("GET", "/api/v1/runs/none", { token })).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
  expect(await at.call("GET", "/api/v1/runs?limit=many", { token })).toMatchObject({
    status: 400,
    body: { error: { code: "BAD_REQUEST" } },
  });
  expect(await at.call("POST", "/api/v1/runs", { token, headers: { "content-type": "text/plain" } })).toMatchObject({
    body: { error: { code: "BAD_REQUEST" } },
  });
  const large = await at.call("POST", "/api/v1/runs", { token, body: { kind: "plan", padding: "x".repeat(1024 * 1024) } });
  expect(large).toMatchObject({ status: 413, body: { error: { code: "BAD_REQUEST" } } });
});

test("an internal error is logged in full and answered without details", async () => {
  await using at = await startEndpoints();
  at.operations.overview = () => Promise.reject(new Error("the password is hunter2"));
  const { status, body } = await at.call("GET", "/api/v1/overview", { token });
  expect([status, body]).toEqual([
    500,
    { error: { code: "INTERNAL", message: "the coordinator failed on this request: its log says why" } },
  ]);
  expect(at.logged).toContainEqual(
    expect.objectContaining({ level: "error", code: "INTERNAL", err: new Error("the password is hunter2") }),
  );
});

test.each(["/api/v1/runs/%", "/api/v1/runs/%ff", `/api/v1/runs/${"x".repeat(5_000)}`])(
  "an invalid path is refused in the shape of every error",
  async (path) => {
    await using at = await startEndpoints();
    const { status, body } = await at.call("GET", path, { token });
    expect([status, body.error?.code]).toEqual([400, "BAD_REQUEST"]);
    expect(body.error?.message.length).toBeLessThan(300);
  },
);
