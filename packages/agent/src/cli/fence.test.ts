import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { storeJoin } from "../adapters/join/agent-file.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { createUnitStore } from "../adapters/memory/unit-store.ts";
import { fence } from "./fence.ts";

test("the fence of a stopped agent can be shown and deleted, so that a new coordinator's orders are accepted", async () => {
  const dataDir = temporaryFolder();
  await storeJoin(dataDir, () => ({
    url: "http://localhost",
    name: "A",
    coordinator: "c",
    ca: TEST_CERTIFICATES.caPem,
    roots: [{ role: "dp", path: dataDir }],
  }));
  const database = openDatabase(dataDir);
  const unit = { role: "dp", name: "ABC00001" } as const;
  createUnitStore(database).write({ unit, highest: { epoch: 7, counter: 4_000_000_000_000_000 }, leftovers: [], retained: [] });
  await expect(fence({ dataDir })).rejects.toMatchObject({ code: "AGENT_DATA_IN_USE" });
  database.close();
  const shown = "dp/ABC00001 7.4000000000000000 (2096-10-02T07:06:40.000Z)";
  expect(await fence({ dataDir })).toEqual([shown]);
  expect(await fence({ dataDir, forget: true })).toEqual([`${shown} forgotten`]);
  expect(await fence({ dataDir })).toEqual(["no unit has a fence: any order is accepted"]);
});
