import { expect, test } from "vitest";
import * as api from "@sitewright/protocol/api";
import { walkableEndpoints } from "../../test-support/walkable-endpoints.ts";

/** Every statement of the contract, by its name there. */
const STATED = new Map<unknown, string>(
  Object.entries(api)
    .filter(([name]) => name.endsWith("_ROUTES"))
    .flatMap(([table, routes]) => Object.entries(routes).map(([route, schema]) => [schema, `${table}.${route}`])),
);

/** What these ask for is all in their path. */
const WITHOUT_BODY = [
  "POST /api/v1/sign-in-codes",
  "POST /api/v1/runs/:id/pause",
  "POST /api/v1/runs/:id/resume",
  "POST /api/v1/runs/:id/cancel",
  "POST /api/v1/runs/:id/retry",
  "POST /api/v1/addresses/:key/pause",
  "POST /api/v1/addresses/:key/resume",
  "POST /api/v1/agents/:system/revoke",
];

async function walk() {
  const { endpoints, schemas } = await walkableEndpoints();
  await endpoints.app.ready();
  await endpoints.close();
  return schemas;
}

test("every route states its requests and answers as the protocol's API has them, and the API has no route besides", async () => {
  const schemas = await walk();
  expect([...schemas].filter(([, schema]) => !STATED.has(schema))).toEqual([]);
  const used = new Set([...schemas.values()].map((schema) => STATED.get(schema)));
  expect([...STATED.values()].filter((name) => !used.has(name))).toEqual([]);
});

test("every route states what it answers when all goes well, when it refuses and when it fails", async () => {
  for (const [route, schema] of await walk()) {
    const codes = Object.keys(schema?.response ?? {});
    expect([route, codes]).toEqual([route, expect.arrayContaining([expect.stringMatching(/^20[0-4]$/), "4xx", "5xx"])]);
  }
});

test("every route states each parameter of its path, and the body of its request unless it takes none", async () => {
  for (const [route, schema] of await walk()) {
    const named = [...route.matchAll(/:(\w+)|(\*)/g)].map(([, name, rest]) => name ?? rest);
    const { required = [] } = (schema?.params ?? {}) as { required?: readonly string[] };
    expect([route, [...required]]).toEqual([route, named]);
    const takesBody = /^(POST|PUT|PATCH) /.test(route) && !WITHOUT_BODY.includes(route);
    expect([route, schema?.body !== undefined]).toEqual([route, takesBody]);
  }
});

test("a route that states no schemas of its answers keeps the server from being built", async () => {
  const { endpoints } = await walkableEndpoints();
  expect(() => endpoints.app.get("/forgotten", { config: { right: "public" } }, () => "x")).toThrow("GET /forgotten states no schemas");
});
