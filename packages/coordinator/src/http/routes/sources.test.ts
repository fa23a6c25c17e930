import { expect, test } from "vitest";
import { OPERATOR as token, startEndpoints } from "../../../test-support/endpoints.ts";

test("either places or everything may be accepted, and one of both is required", async () => {
  await using at = await startEndpoints();
  const ask = async (body: object) => (await at.call("POST", "/api/v1/sources/accept", { token, body })).status;
  for (const body of [{ places: ["packages/ABC00001"] }, { all: true }]) expect(await ask(body)).toBe(200);
  for (const body of [{}, { places: [] }, { all: false }, { places: ["packages"], all: true }, { places: [""] }])
    expect(await ask(body)).toBe(400);
});
