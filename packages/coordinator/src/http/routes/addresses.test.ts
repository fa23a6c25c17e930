import { expect, test } from "vitest";
import { OPERATOR as token, startEndpoints } from "../../../test-support/endpoints.ts";

const headers = { "x-sitewright-user": "anna" };

test("operators list addresses, set, pause, resume and reset them, under the user name that their program sends", async () => {
  await using at = await startEndpoints();
  const body = { bandwidth: "1 Mbit/s", rateLimit: { "08-18": "25%" }, schedule: null };
  expect((await at.call("GET", "/api/v1/addresses", { token })).body).toMatchObject([{ key: "SEC", budget: 2_000_000 }]);
  expect((await at.call("GET", "/api/v1/addresses/SEC", { token })).body).toMatchObject({ key: "SEC", changes: [] });
  expect((await at.call("PATCH", "/api/v1/addresses/SEC", { token, headers, body })).status).toBe(200);
  expect((await at.call("POST", "/api/v1/addresses/SEC/pause", { token, headers })).status).toBe(200);
  expect((await at.call("POST", "/api/v1/addresses/SEC/resume", { token })).status).toBe(200);
  expect((await at.call("DELETE", "/api/v1/addresses/SEC/override", { token, headers: { "x-sitewright-user": "<b>" } })).status).toBe(200);
  expect(at.addresses.asked).toEqual([["show"], ["set", body, "anna"], ["pause", "anna"], ["resume", "operator"], ["reset", "operator"]]);
});

test.each([
  [{}, "the body must NOT have fewer than 1 properties"],
  [{ paused: true }, 'the body has an unknown field "paused"'],
  [{ bandwidth: 5 }, "bandwidth must be string,null"],
  [{ rateLimit: { "08-18": 25 } }, "rateLimit.08-18 must be string"],
  [{ schedule: ["high"] }, "schedule must be object,null"],
])("the change %o is refused with a message that names the fault", async (body, message) => {
  await using at = await startEndpoints();
  expect(await at.call("PATCH", "/api/v1/addresses/SEC", { token, body })).toEqual({
    status: 400,
    body: { error: { code: "BAD_REQUEST", message } },
  });
  expect(at.addresses.asked).toEqual([]);
});

test("for an unknown address the error names it and the known ones", async () => {
  await using at = await startEndpoints();
  expect(await at.call("POST", "/api/v1/addresses/SEX/pause", { token })).toEqual({
    status: 404,
    body: { error: { code: "NOT_FOUND", message: "hierarchy.yaml states no address SEX; it states: SEC" } },
  });
});
