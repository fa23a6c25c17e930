import { expect, test } from "vitest";
import { OPERATOR } from "../../test-support/endpoints.ts";
import { walkableEndpoints } from "../../test-support/walkable-endpoints.ts";

/** Routes with which an operator changes something, and a valid request for each. */
const CHANGES: Record<string, object | undefined> = {
  "POST /api/v1/runs": { kind: "rebuild" },
  "POST /api/v1/runs/:id/pause": undefined,
  "POST /api/v1/runs/:id/resume": undefined,
  "POST /api/v1/runs/:id/cancel": undefined,
  "POST /api/v1/runs/:id/retry": undefined,
  "PATCH /api/v1/addresses/:key": { bandwidth: "2 Mbit/s" },
  "POST /api/v1/addresses/:key/pause": undefined,
  "POST /api/v1/addresses/:key/resume": undefined,
  "DELETE /api/v1/addresses/:key/override": undefined,
  "POST /api/v1/sources/accept": { all: true },
  "POST /api/v1/agents/:system/revoke": undefined,
  "POST /api/v1/agent-updates": {},
  "POST /api/v1/agent-updates/cancel": undefined,
  "POST /api/v1/backups": undefined,
  "POST /api/v1/site-backups/:system": undefined,
  "POST /api/v1/media": { options: {} },
  "POST /api/v1/media/receipts": { receipt: "" },
  "POST /api/v1/succession": {},
  "POST /api/v1/join-tokens": { system: "SRV1" },
  "POST /api/v1/hierarchy/accept": { child: "XYZ", parent: "ABC", reason: "a test" },
  "POST /api/v1/deletions": { site: "SEC", confirm: "SEC", reason: "a test" },
  "POST /api/v1/deletions/undo": { site: "SEC" },
  "POST /api/v1/recoveries": { site: "ABC", answers: {} },
  "POST /api/v1/recoveries/:recovery/tasks/:task": { state: "done" },
  "POST /api/v1/recoveries/:recovery/tasks/:task/perform": {},
  "POST /api/v1/recoveries/:recovery/answers": { answers: {} },
  "POST /api/v1/recoveries/:recovery/finish": { outcome: "failed" },
  "POST /api/v1/recoveries/:recovery/abandon": { reason: "a test" },
  "POST /api/v1/sites/:code/accept": { reason: "a test" },
  "POST /api/v1/sites/:code/objects/decide": { object: "package/ABC00001", decision: "keep" },
  "POST /api/v1/sites/:code/objects/undo": { object: "package/ABC00001" },
  "POST /api/v1/sites/:code/serials/raise": { setAside: [] },
  "POST /api/v1/sites/:code/serials/undo": undefined,
};

/** Routes for signing in and out: the client is not known yet, or only ends its own session. */
const ENTRANCES = ["POST /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/sign-in-codes", "POST /api/v1/join"];

/** Their arguments do not fit into a URL; they change nothing. */
const READING = ["POST /api/v1/sites/:code/serials/plan", "POST /api/v1/drills", "POST /api/v1/media/plan"];

test("every route that changes something is listed in these tests", async () => {
  const { endpoints, routes } = await walkableEndpoints();
  await endpoints.app.ready();
  await endpoints.close();
  const changing = routes.filter((route) => !/^(GET|HEAD) /.test(route));
  expect(changing.toSorted()).toEqual([...Object.keys(CHANGES), ...ENTRANCES, ...READING].toSorted());
});

test.each(Object.entries(CHANGES))(
  "%s hands its use case the principal, how it was authenticated, and the client's address",
  async (route, payload) => {
    const { endpoints, asked } = await walkableEndpoints();
    const [method, path = ""] = route.split(" ");
    await endpoints.app.inject({
      method: method as "POST",
      url: path.replaceAll(/:\w+/g, "x"),
      headers: { authorization: `Bearer ${OPERATOR}`, "x-sitewright-user": "anna" },
      ...(payload ? { payload } : {}),
    });
    await endpoints.close();
    expect(asked.map(([by]) => by)).toEqual([{ name: "anna", proof: "operator-token", address: "127.0.0.1" }]);
  },
);

test("a drill is handed an identity that may only listen", async () => {
  const { endpoints, asked } = await walkableEndpoints();
  await endpoints.app.inject({
    method: "POST",
    url: "/api/v1/drills",
    headers: { authorization: `Bearer ${OPERATOR}`, "x-sitewright-user": "anna" },
    payload: { lose: ["SRV1"], at: "Fri 17:00", links: {}, reserve: [] },
  });
  await endpoints.close();
  expect(asked.map(([by]) => by)).toEqual([{ name: "anna", proof: "operator-token", address: "127.0.0.1", mayOnlyListen: true }]);
});
