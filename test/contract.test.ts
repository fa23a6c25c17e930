import { createHash, sign } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { makeAgentKey, dialOpen } from "@sitewright/testkit/agent-wire";
import {
  OVERVIEW_EVENTS,
  RUN_EVENTS,
  type AgentUpdate,
  type MediaPlan,
  type Overview,
  type Recovery,
  type Run,
  type RunView,
  type SiteBackupStatus,
} from "../packages/protocol/src/api/index.ts";
import { encodeAgentMessage, encodeMediaReceipt, encodeSigned, mediaTranscript } from "../packages/protocol/src/index.ts";
import { stopProgram } from "../scripts/support/programs.ts";
import { createBackedUpSite } from "./support/backed-up-site.ts";
import { contractAsker, faultsOf, readEvents, statedRoutes, type Asker, type EventReader } from "./support/contract.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { hello } from "./support/wire.ts";

/** Bytes of a sparse file. */
const LARGE = 2 ** 30;

/** The coordinator offers it as the package of an agent. */
const agents = { folder: mkdtempSync(join(tmpdir(), "sitewright-agents-")), content: noise(10_000, 9) };

const site = createBackedUpSite();
let fleet: Fleet;
let asker: Asker;
let all: EventReader;
let schemas: Awaited<ReturnType<typeof statedRoutes>>;
const ask: Asker["ask"] = (route, question) => asker.ask(route, question);

beforeAll(async () => {
  writeFileSync(join(agents.folder, "sitewright-agent_0.1.0_amd64.deb"), agents.content);
  schemas = await statedRoutes();
  fleet = await startFleet({
    systems: {
      SRVABC: { roles: ["cap", "logon-point", "dp"] },
      SRVSEC: { site: "SEC", roles: ["dp"] },
      DPSEC: { site: "SEC", roles: ["dp"] },
    },
    absent: ["DPSEC"],
    bandwidth: "12 Mbit/s",
    agents: agents.folder,
    host: site.host,
    packages: {
      ABC00001: { files: { "a.bin": noise(3_000_000, 1), "b.txt": "b" }, version: 2 },
      ABC00002: { files: { "c.txt": "c" }, on: ["SRVABC"] },
      ABC00003: { files: { "large.img": "" }, on: ["DPSEC"] },
    },
  });
  // Takes longer to index than the interval between two events of the live view.
  truncateSync(join(fleet.siteData, "packages/ABC00003/source/large.img"), LARGE);
  asker = contractAsker(fleet, schemas);
  all = await readEvents(fleet);
});
afterAll(async () => {
  await all?.stop();
  await fleet?.[Symbol.asyncDispose]();
  rmSync(agents.folder, { recursive: true });
  site[Symbol.dispose]();
});

async function start(kind: string, options: object = {}): Promise<string> {
  const { status, body } = await ask<Run>("POST /api/v1/runs", { body: { kind, options } });
  expect(status).toBe(202);
  return body.id;
}

/** Requests everything that shows a run, repeatedly, until it has ended. */
async function watchToEnd(id: string): Promise<RunView> {
  return waitFor(`the end of ${id}`, async () => {
    const { body } = await ask<RunView>("GET /api/v1/runs/:id", { params: { id } });
    await ask("GET /api/v1/runs/:id/forecast", { params: { id } });
    for (const page of ["summary", "units", "systems", "lines"]) await ask(`GET /api/v1/runs/:id/${page}`, { params: { id } });
    for (const what of ["overview", "overview/sites", "runs/recent"]) await ask(`GET /api/v1/${what}`);
    await ask("GET /api/v1/overview/systems/:system", { params: { system: "SRVABC" } });
    return body.run.endedAt === undefined ? undefined : body;
  });
}

test("public requests and those of a browser are answered according to the contract", async () => {
  for (const route of ["GET /healthz", "GET /readyz", "GET /api/v1/ca", "GET /api/v1/succession", "GET /favicon.svg"])
    expect((await ask(route)).status).toBe(200);
  const page = await ask<string>("GET /");
  const [, asset = ""] = /"\/assets\/([^"]+)"/.exec(page.body) ?? [];
  expect((await ask("GET /assets/*", { params: { "*": asset } })).status).toBe(200);
  expect((await ask("POST /api/v1/session", { body: { token: operatorToken(fleet.dataDir) } })).status).toBe(204);
  for (const route of ["GET /api/v1/session", "POST /api/v1/sign-in-codes", "DELETE /api/v1/session"]) await ask(route);
});

test("a hierarchy without a rebuild, and the result of a dry run, are reported according to the contract", async () => {
  for (const what of [
    "overview",
    "overview/sites",
    "runs/recent",
    "packages",
    "addresses",
    "agents",
    "coordinators",
    "sources/missing",
    "runs",
  ])
    await ask(`GET /api/v1/${what}`);
  expect((await ask("POST /api/v1/backups")).status).toBe(200);
  expect((await ask("POST /api/v1/agent-updates", { body: { wave: 2 } })).status).toBe(422);
  expect((await ask("GET /api/v1/agent-updates")).body).toEqual({});
  expect((await ask("POST /api/v1/succession", { body: {} })).body).toEqual({ number: 0 });
  await watchToEnd(await start("plan", { systems: ["DPSEC"] }));
  const id = await start("plan", { systems: ["SRVABC", "SRVSEC"] });
  expect((await watchToEnd(id)).run.state).toBe("done");
  const { body } = await ask<{ rows: unknown[] }>("GET /api/v1/plan/:id", { params: { id } });
  expect(body.rows.length).toBeGreaterThan(3);
  const links = { "own-network": "100 Mbit/s" };
  await ask("POST /api/v1/drills", { body: { lose: ["SRVABC", "SRVSEC"], at: "Fri 17:00", links, reserve: ["DPSEC"] } });
});

test("the orders of media, and what comes back on them, are reported according to the contract", async () => {
  const courier = { leaves: Date.now(), arrives: Date.now() + 3_600_000, capacity: 1_000_000_000 };
  const planned = await ask<MediaPlan>("POST /api/v1/media/plan", { body: { options: { systems: ["SRVABC"] }, courier } });
  expect([planned.status, planned.body.orders.length > 0, planned.body.generation]).toEqual([200, true, undefined]);
  const ordered = await ask<MediaPlan>("POST /api/v1/media", { body: { options: { systems: ["SRVABC"] } } });
  expect([ordered.status, ordered.body.generation?.epoch]).toEqual([200, 1]);
  expect((await ask("POST /api/v1/media/receipts", { body: { receipt: "AAAA" } })).status).toBe(422);
});

test("the backup of a site is begun and reported according to the contract, and refused where no backup service runs", async () => {
  const question = { params: { system: "SRVABC" } };
  expect((await ask("POST /api/v1/site-backups/:system", question)).status).toBe(404);
  const service = await site.serve("--no-schedule");
  expect((await ask("POST /api/v1/site-backups/:system", question)).status).toBe(200);
  await waitFor("the backup", async () => {
    const { body } = await ask<SiteBackupStatus>("GET /api/v1/site-backups/:system", question);
    return body.runs[0]?.state === "complete" || undefined;
  });
  await stopProgram(service);
});

test("a rebuild with every kind of control is reported according to the contract, in answers and in events", async () => {
  const id = await start("rebuild", { systems: ["SRVABC", "SRVSEC"] });
  const params = { id };
  const one = await readEvents(fleet, `?run=${id}`);
  await waitFor("some bytes", async () => {
    const { body } = await ask<RunView>("GET /api/v1/runs/:id", { params });
    await ask("GET /api/v1/addresses/:key", { params: { key: "SEC" } });
    return body.totals.fetchedBytes > 300_000 || undefined;
  });
  await ask("POST /api/v1/runs/:id/pause", { params });
  await ask("GET /api/v1/overview");
  await ask("POST /api/v1/runs/:id/resume", { params });
  const { run, phases } = await watchToEnd(id);
  expect([run.state, new Set(phases.map(({ outcome }) => outcome?.kind))]).toEqual(["done", new Set(["staged", "activated"])]);
  await waitFor("the end to be reported", () => one.seen.some(({ data }) => endedIn(data, id)) || undefined);
  await one.stop();
  expect(one.seen.flatMap(({ event, data }) => faultsOf(RUN_EVENTS[event as "change"], data))).toEqual([]);
  expect(new Set(one.seen.map(({ event }) => event))).toEqual(new Set(["snapshot", "change"]));
});

function endedIn(data: Record<string, unknown>, id: string): boolean {
  return ((data["runs"] ?? []) as Run[]).some((run) => run.id === id && run.endedAt !== undefined);
}

test("what agents find, repair, undo and remove is reported according to the contract", async () => {
  appendFileSync(join(fleet.agent("SRVABC").root("dp"), "ABC00001/b.txt"), "damage");
  const verified = await watchToEnd(await start("verify", { systems: ["SRVABC"], full: true }));
  expect(verified.phases.flatMap(({ outcome }) => (outcome?.kind === "verified" && !outcome.right ? outcome.deviations : []))).toEqual([
    { kind: "damaged", path: "ABC00001/b.txt" },
  ]);
  const kinds = new Set<string>();
  for (const [kind, options] of [
    ["repair", { systems: ["SRVABC"], full: true }],
    ["undo", { systems: ["SRVABC"], packages: ["ABC00001"] }],
    ["remove", { systems: ["SRVABC"], packages: ["ABC00002"] }],
  ] as const) {
    const { run, phases } = await watchToEnd(await start(kind, options));
    expect([kind, run.state]).toEqual([kind, "done"]);
    for (const { outcome } of phases) kinds.add(outcome?.kind ?? "none");
  }
  expect([...kinds]).toEqual(expect.arrayContaining(["verified", "activated", "undone", "removed"]));
});

test("setting, pausing and resetting addresses, and the logs, are reported according to the contract", async () => {
  const params = { key: "SEC" };
  const rateLimit = { "08-18": "50%" };
  await ask("PATCH /api/v1/addresses/:key", { params, body: { bandwidth: "20 Mbit/s", rateLimit, schedule: { "Mon-Fri 08-18": "high" } } });
  await ask("POST /api/v1/addresses/:key/pause", { params });
  for (const route of ["GET /api/v1/addresses", "GET /api/v1/overview", "GET /metrics"]) await ask(route);
  await ask("POST /api/v1/addresses/:key/resume", { params });
  await ask("DELETE /api/v1/addresses/:key/override", { params });
  const { body } = await ask<{ changes: unknown[] }>("GET /api/v1/addresses/:key", { params });
  expect(body.changes).toHaveLength(4);
  for (const route of ["GET /api/v1/ledger", "GET /api/v1/ledger/verify"]) await ask(route);
  for (const format of ["jsonl", "csv"]) await ask("GET /api/v1/ledger/export", { query: { format } });
  const logged = await ask<{ lines: unknown[]; agent: string }>("GET /api/v1/logs", { query: { system: "SRVABC" } });
  expect([logged.body.lines.length > 0, logged.body.agent]).toEqual([true, "asked"]);
});

test("an agent that joins, gets an order, fetches its manifest and is revoked is answered according to the contract", async () => {
  const { body: token } = await ask<{ token: string }>("POST /api/v1/join-tokens", { body: { system: "DPSEC" } });
  const agent = await ask("GET /content/v1/agents/:digest", {
    params: { digest: createHash("sha256").update(agents.content).digest("hex") },
    query: { system: "DPSEC" },
    headers: { authorization: `Bearer ${token.token}` },
  });
  expect(agent.status).toBe(200);
  const key = makeAgentKey();
  await ask("POST /api/v1/join", {
    body: { token: token.token.split(".", 1)[0], name: "DPSEC", publicKey: key.publicKey, platform: "linux", roles: ["dp"] },
  });
  const { coordinator } = (await ask<MediaPlan>("POST /api/v1/media/plan", { body: { options: { systems: ["DPSEC"] } } })).body;
  const held = encodeAgentMessage({ kind: "inventory", digest: "11".repeat(32), units: [], last: true });
  const body = encodeMediaReceipt({
    coordinator,
    system: "DPSEC",
    madeAt: Date.now(),
    lastResult: 0,
    units: [],
    messages: [held],
    log: [],
  });
  const signed = encodeSigned({ body, signature: sign(null, mediaTranscript("receipt", body), key.privateKey) });
  const receipt = Buffer.from(signed).toString("base64");
  expect((await ask("POST /api/v1/media/receipts", { body: { receipt } })).status).toBe(200);
  const wire = await dialOpen(fleet.url, "DPSEC");
  await hello(wire, "DPSEC", key.privateKey, { agentVersion: "0.0.9", program: "linux-x64" });
  const welcome = await wire.next();
  if (welcome.kind !== "welcome") throw new Error(`a ${welcome.kind} came instead of the welcome`);
  expect((await ask("POST /api/v1/agent-updates", { body: { systems: ["DPSEC"] } })).status).toBe(200);
  let update = await wire.next();
  while (update.kind !== "update") update = await wire.next();
  wire.say({ kind: "update-failed", id: update.id, message: "it ended with 1" });
  const failed = () => ask<{ update: AgentUpdate }>("GET /api/v1/agent-updates");
  await waitFor("the failure", async () => (await failed()).body.update.systems.some(({ why }) => why === "it ended with 1") || undefined);
  await ask("POST /api/v1/agent-updates/cancel");
  wire.say({ kind: "inventory", digest: "00".repeat(32), units: [], last: true });
  const id = await start("rebuild", { systems: ["DPSEC"], packages: ["ABC00001"] });
  let order = await wire.next();
  while (order.kind !== "order") order = await wire.next();
  if (order.task.kind !== "stage") throw new Error(`${order.task.kind} was ordered first`);
  const manifest = await ask("GET /content/v1/manifests/:digest", {
    params: { digest: order.task.manifest },
    query: { order: order.id },
    headers: { authorization: `Bearer ${welcome.contentToken}` },
  });
  expect(manifest.status).toBe(200);
  const about = { orderId: order.id, epoch: order.epoch, unit: order.unit, generation: order.generation };
  wire.say({ kind: "accepted", orderId: order.id, epoch: order.epoch });
  const outcome = { kind: "failed", code: "IO_ERROR", message: "the disk is broken", retryable: false, path: "a.bin" } as const;
  wire.say({ kind: "result", number: 1, ...about, outcome });
  const ended = await watchToEnd(id);
  expect([ended.run.state, ended.phases[0]?.outcome]).toEqual(["failed", outcome]);
  await ask("POST /api/v1/runs/:id/retry", { params: { id } });
  await ask("POST /api/v1/runs/:id/cancel", { params: { id } });
  expect((await watchToEnd(id)).run.state).toBe("cancelled");
  await ask("POST /api/v1/agents/:system/revoke", { params: { system: "DPSEC" } });
  await wire.closed;
  await ask("GET /api/v1/agents");
});

test("absent agents, agents with warnings, missing sources, and site data with faults are reported according to the contract", async () => {
  const agent = fleet.agent("SRVSEC");
  const [root, file] = [agent.root("dp"), join(fleet.siteData, "hierarchy.yaml")];
  await agent.stop();
  renameSync(root, `${root}-away`);
  mkdirSync(root);
  await agent.start();
  const warned = async (): Promise<true | undefined> => {
    const { body } = await ask<Overview>("GET /api/v1/overview");
    return body.systems.some(({ warnings }) => warnings !== undefined) || undefined;
  };
  await waitFor("the warning", warned);
  rmdirSync(root);
  renameSync(`${root}-away`, root);

  const gone = join(fleet.siteData, "packages/ABC00002");
  renameSync(gone, join(fleet.folder, "gone"));
  await waitFor("the missing source", async () => {
    const { body } = await ask<{ place: string }[]>("GET /api/v1/sources/missing");
    return body.length > 0 || undefined;
  });
  const accepted = await ask("POST /api/v1/sources/accept", { body: { all: true } });
  expect(accepted).toMatchObject({ status: 200, body: [{ place: "packages/ABC00002" }] });

  const good = readFileSync(file, "utf8");
  writeFileSync(file, good.replace("type: primary", "type: main"));
  await waitFor("the fault", async () => (await ask("GET /readyz")).status === 503 || undefined);
  await ask("GET /api/v1/overview");
  writeFileSync(file, good);
  await waitFor("no fault", async () => (await ask("GET /readyz")).status === 200 || undefined);
});

test("a site with lowered numbers, its raised numbers, and its acceptance are reported according to the contract", async () => {
  const file = join(fleet.siteData, "ABC/site.yaml");
  const params = { code: "ABC" };
  writeFileSync(file, "serials: { packages: 40 }\n");
  await ask("GET /api/v1/sites");
  writeFileSync(file, "serials: { packages: 31 }\n");
  const { body } = await ask<{ signs: string[] }[]>("GET /api/v1/sites");
  expect(body.flatMap(({ signs }) => signs)).toHaveLength(1);
  await ask("GET /api/v1/overview");
  await ask("GET /api/v1/sites/:code/objects/returning", { params });
  const description = join(fleet.siteData, "packages/ABC00001/package.yaml");
  for (const version of ["9", "3"]) {
    writeFileSync(description, readFileSync(description, "utf8").replace(/^sourceVersion: .*$/m, `sourceVersion: ${version}`));
    await ask("GET /api/v1/sites");
  }
  const found = await ask<{ findings: { id: string }[] }>("GET /api/v1/sites/:code/objects", { params });
  expect(found.body.findings).toMatchObject([{ id: "ABC00001", finding: "changed" }]);
  const object = "package/ABC00001";
  await ask("POST /api/v1/sites/:code/objects/decide", { params, body: { object, decision: "keep" } });
  await ask("POST /api/v1/sites/:code/objects/undo", { params, body: { object } });
  for (const what of ["plan", "raise"]) await ask(`POST /api/v1/sites/:code/serials/${what}`, { params, body: { setAside: [] } });
  await ask("POST /api/v1/sites/:code/serials/undo", { params });
  const pair = { child: "SEC", parent: "ABC" };
  const checked = await ask<{ blocks: unknown[] }>("GET /api/v1/hierarchy/check", { query: pair });
  expect(checked.body.blocks).toHaveLength(1);
  await ask("POST /api/v1/hierarchy/accept", { body: { ...pair, reason: "a test" } });
  await ask("POST /api/v1/sites/:code/accept", { params, body: { reason: "a test" } });
});

test("a deletion, its preview and its undo are reported according to the contract", async () => {
  const target = { site: "SEC" };
  const { body: plan } = await ask<{ steps: unknown[] }>("GET /api/v1/deletions/plan", { query: target });
  expect(plan.steps.length).toBeGreaterThan(3);
  expect((await ask("POST /api/v1/deletions", { body: { ...target, confirm: "ABC", reason: "a test" } })).status).toBe(409);
  await ask("POST /api/v1/deletions", { body: { ...target, confirm: "SEC", reason: "a test" } });
  expect((await ask("GET /api/v1/deletions")).body).toMatchObject([{ site: "SEC", reason: "a test" }]);
  await ask("POST /api/v1/deletions/undo", { body: target });
});

test("a recovery with every kind of record, from its answers to its report, is reported according to the contract", async () => {
  const answers = { trigger: "hardware", siteType: "primary", lost: ["dp"], link: "fast", secured: "no" };
  const started = await ask<Recovery>("POST /api/v1/recoveries", { body: { site: "SEC", answers, abortWhen: ["no backup"] } });
  expect(started.status).toBe(200);
  const { id: recovery, tasks } = started.body;
  const [first, second] = tasks.map(({ id }) => id);
  await ask("POST /api/v1/recoveries/:recovery/tasks/:task/perform", { params: { recovery, task: first ?? "" }, body: {} });
  const told = { doneBy: "carl", doneAt: 1, evidence: "form 12", undo: "none", plannedMinutes: 5 };
  for (const [task = "", body] of [
    [first, { state: "running" }],
    [first, { state: "done", ...told }],
    [second, { state: "skipped", reason: "a test" }],
  ] as const)
    await ask("POST /api/v1/recoveries/:recovery/tasks/:task", { params: { recovery, task }, body });
  await ask("POST /api/v1/recoveries/:recovery/answers", { params: { recovery: "SEC" }, body: { answers: { ...answers, lost: ["cap"] } } });
  const params = { recovery };
  await ask("POST /api/v1/recoveries/:recovery/finish", { params, body: { outcome: "failed", signedBy: "dora", losses: ["a week"] } });
  for (const route of ["GET /api/v1/recoveries/:recovery", "GET /api/v1/recoveries/:recovery/report"]) await ask(route, { params });
  await ask("POST /api/v1/recoveries", { body: { site: "SEC", answers } });
  await ask("POST /api/v1/recoveries/:recovery/abandon", { params: { recovery: "SEC" }, body: { reason: "a test" } });
  const { body } = await ask<unknown[]>("GET /api/v1/recoveries");
  expect(body).toHaveLength(2);
});

test("refusals are reported according to the contract", async () => {
  const id = await start("plan", { systems: ["SRVABC"] });
  await watchToEnd(id);
  const refused: [string, number, Parameters<typeof ask>[1]][] = [
    ["GET /api/v1/overview", 401, { headers: { authorization: "Bearer wrong" } }],
    ["GET /api/v1/runs/:id", 404, { params: { id: "none" } }],
    ["POST /api/v1/runs", 400, { body: { kind: "rebuild", unknown: true } }],
    ["POST /api/v1/runs/:id/pause", 409, { params: { id } }],
    ["POST /api/v1/join", 401, { body: {} }],
    ["POST /api/v1/recoveries", 422, { body: { site: "ABC", answers: { trigger: "hardware" } } }],
  ];
  for (const [route, status, question] of refused) expect([route, (await ask(route, question)).status]).toEqual([route, status]);
});

test("every route was requested, and gave its successful answer", () => {
  expect([...schemas.keys()].filter((route) => !asker.answered.has(route))).toEqual(["GET /api/v1/events"]);
});

test("every event of the live view follows the contract, and there was one of each kind", () => {
  expect(all.seen.flatMap(({ event, data }) => faultsOf(OVERVIEW_EVENTS[event as "change"], data))).toEqual([]);
  const told = new Set<string>();
  for (const { event, data } of all.seen)
    for (const [field, value] of event === "change" ? Object.entries(data) : [])
      if (typeof value === "number" || Object.keys(value as object).length > 0) told.add(field);
  expect([...told].toSorted()).toEqual(Object.keys(OVERVIEW_EVENTS.change.properties).toSorted());
});
