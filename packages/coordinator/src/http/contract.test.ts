import { expect, test } from "vitest";
import * as api from "@sitewright/protocol/api";
import { walkableEndpoints } from "../../test-support/walkable-endpoints.ts";

/** Every schema of the contract, by its name there. */
const STATED = new Map<unknown, string>(
  Object.entries(api)
    .filter(([name]) => name.endsWith("_ROUTES"))
    .flatMap(([table, routes]) => Object.entries(routes).map(([route, schema]) => [schema, `${table}.${route}`])),
);

/** Routes whose path holds the whole request. */
const WITHOUT_BODY = [
  "POST /api/v1/sign-in-codes",
  "POST /api/v1/runs/:id/pause",
  "POST /api/v1/runs/:id/resume",
  "POST /api/v1/runs/:id/cancel",
  "POST /api/v1/runs/:id/retry",
  "POST /api/v1/addresses/:key/pause",
  "POST /api/v1/addresses/:key/resume",
  "POST /api/v1/agents/:system/revoke",
  "POST /api/v1/backups",
  "POST /api/v1/site-backups/:system",
  "POST /api/v1/agent-updates/cancel",
  "POST /api/v1/sites/:code/serials/undo",
];

async function walk() {
  const { endpoints, schemas } = await walkableEndpoints();
  await endpoints.app.ready();
  await endpoints.close();
  return schemas;
}

test("every route declares its requests and answers as the protocol's API has them, and the API has no other route", async () => {
  const schemas = await walk();
  expect([...schemas].filter(([, schema]) => !STATED.has(schema))).toEqual([]);
  const used = new Set([...schemas.values()].map((schema) => STATED.get(schema)));
  expect([...STATED.values()].filter((name) => !used.has(name))).toEqual([]);
});

test("every route declares its answers of success, of refusal and of failure", async () => {
  for (const [route, schema] of await walk()) {
    const codes = Object.keys(schema?.response ?? {});
    expect([route, codes]).toEqual([route, expect.arrayContaining([expect.stringMatching(/^20[0-4]$/), "4xx", "5xx"])]);
  }
});

test("every route declares each parameter of its path, and the body of its request unless it takes none", async () => {
  for (const [route, schema] of await walk()) {
    const named = [...route.matchAll(/:(\w+)|(\*)/g)].map(([, name, rest]) => name ?? rest);
    const { required = [] } = (schema?.params ?? {}) as { required?: readonly string[] };
    expect([route, [...required]]).toEqual([route, named]);
    const takesBody = /^(POST|PUT|PATCH) /.test(route) && !WITHOUT_BODY.includes(route);
    expect([route, schema?.body !== undefined]).toEqual([route, takesBody]);
  }
});

test("answers and events consist of objects that name all of their fields, except a log line, which has the fields of its writer", () => {
  const events: [unknown, string][] = [
    [{ response: api.OVERVIEW_EVENTS }, "OVERVIEW_EVENTS"],
    [{ response: api.RUN_EVENTS }, "RUN_EVENTS"],
  ];
  const open = [...STATED, ...events].flatMap(([stated, name]) =>
    openObjects((stated as { response: unknown }).response).map((place) => `${name} ${place}`),
  );
  expect(open).toEqual(["LOG_ROUTES.read 200.lines[]"]);
});

/** Places in a schema where an object may have undeclared fields. */
function openObjects(schema: unknown, place = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { type, properties, additionalProperties, items, anyOf, ...others } = schema as Record<string, unknown>;
  const isOpen = [type].flat().includes("object") && (additionalProperties === undefined || additionalProperties === true);
  const parts = [
    ...Object.entries(properties ?? {}).map(([name, part]) => [part, `${place}.${name}`] as const),
    ...[anyOf ?? []].flat().map((part) => [part, place] as const),
    ...[items ?? []].flat().map((part) => [part, `${place}[]`] as const),
    [additionalProperties, `${place}.*`] as const,
    ...(type === undefined ? Object.entries(others).map(([key, part]) => [part, place === "" ? key : `${place}.${key}`] as const) : []),
  ];
  return [...(isOpen ? [place] : []), ...parts.flatMap(([part, at]) => openObjects(part, at))];
}

test("the server cannot be built with a route that declares no schemas of its answers", async () => {
  const { endpoints } = await walkableEndpoints();
  expect(() => endpoints.app.get("/forgotten", { config: { right: "public" } }, () => "x")).toThrow("GET /forgotten states no schemas");
});
