import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { storeJoin } from "../adapters/join/agent-file.ts";
import { addRoots, listRoots, removeRoots } from "./root.ts";

async function anAgent(): Promise<{ folder: string; dataDir: string }> {
  const folder = temporaryFolder();
  const dataDir = join(folder, "agent");
  for (const name of ["agent", "cap"]) mkdirSync(join(folder, name));
  const roots = [{ role: "cap" as const, path: join(folder, "cap") }];
  await storeJoin(dataDir, () => ({
    url: "http://localhost",
    name: "A",
    coordinator: "c",
    ca: TEST_CERTIFICATES.caPem,
    roots,
  }));
  return { folder, dataDir };
}

test("roots are added beside the existing ones, and removed one by one with their content left alone", async () => {
  const { folder, dataDir } = await anAgent();
  const [cap, dp] = [`cap=${folder}/cap`, `dp=${folder}/drives/d`];
  expect(await addRoots([dp], dataDir)).toEqual([cap, dp, expect.stringContaining("sitewright-agent run")]);
  expect(await listRoots(dataDir)).toEqual([cap, dp]);
  await removeRoots([cap], dataDir);
  expect(await listRoots(dataDir)).toEqual([dp]);
  expect(existsSync(join(folder, "cap"))).toBe(true);
});

test("an invalid root, a missing one and the last one are refused, and nothing changes", async () => {
  const { folder, dataDir } = await anAgent();
  await expect(addRoots([`dp=${folder}/cap/inside`], dataDir)).rejects.toMatchObject({ code: "ROLE_ROOT_UNSAFE" });
  expect(existsSync(join(folder, "cap/inside"))).toBe(false);
  await expect(addRoots(["printer=/srv"], dataDir)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(removeRoots([`dp=${folder}/d`], dataDir)).rejects.toThrow(`it has cap=${folder}/cap`);
  await expect(removeRoots([`cap=${folder}/cap`], dataDir)).rejects.toThrow(/keep one/);
  expect(await listRoots(dataDir)).toEqual([`cap=${folder}/cap`]);
});
