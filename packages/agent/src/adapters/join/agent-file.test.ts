import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { addRoots } from "../../cli/root.ts";
import { addUrls } from "../../cli/url.ts";
import { changeAgentFile, readAgentFile, storeJoin } from "./agent-file.ts";
import { lockAgentFile } from "./agent-file-lock.ts";

async function anAgent(): Promise<{ folder: string; dataDir: string }> {
  const folder = temporaryFolder();
  const dataDir = join(folder, "agent");
  for (const name of ["agent", "cap"]) mkdirSync(join(folder, name));
  const roots = [{ role: "cap" as const, path: join(folder, "cap") }];
  await storeJoin(dataDir, () => ({ url: "https://a/", name: "A", coordinator: "c", ca: TEST_CERTIFICATES.caPem, roots }));
  return { folder, dataDir };
}

test("of a renewed authority, added roots and added addresses none is lost when all are stored at the same time", async () => {
  const { folder, dataDir } = await anAgent();
  const renewed = TEST_CERTIFICATES.earlierCaPem;
  await Promise.all([
    addRoots([`dp=${folder}/d`], dataDir),
    changeAgentFile(dataDir, (file) => ({ ...file, ca: renewed })),
    addUrls(["https://b"], dataDir),
    addRoots([`dp=${folder}/e`], dataDir),
    addUrls(["https://c"], dataDir),
  ]);
  const { ca, url, others, roots } = await readAgentFile(dataDir);
  expect(ca).toBe(renewed);
  expect([url, ...(others ?? [])].toSorted()).toEqual(["https://a/", "https://b/", "https://c/"]);
  expect(roots.map(({ path }) => path).toSorted()).toEqual([`${folder}/cap`, `${folder}/d`, `${folder}/e`]);
});

test("a change waits for that of another process, and is refused with the reason when that does not end", async () => {
  const { dataDir } = await anAgent();
  const path = join(dataDir, "agent.json.lock");
  const script = `const { DatabaseSync } = require("node:sqlite");
    const lock = new DatabaseSync(${JSON.stringify(path)});
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    console.log("locked");
    process.stdin.resume().on("end", () => process.exit());`;
  const other = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void other.kill("SIGKILL"));
  await once(other.stdout, "data");
  await expect(lockAgentFile(dataDir, 50)).rejects.toMatchObject({ code: "AGENT_DATA_IN_USE", path });
  const changed = addUrls(["https://b"], dataDir);
  other.kill("SIGKILL");
  expect(await changed).toContain("https://b/");
});

test("a change that is refused leaves the file as it was, and the next one can be made", async () => {
  const { dataDir } = await anAgent();
  const before = await readAgentFile(dataDir);
  const refuse = (): never => {
    throw new Error("refused");
  };
  await expect(changeAgentFile(dataDir, refuse)).rejects.toThrow("refused");
  expect(await readAgentFile(dataDir)).toEqual(before);
  expect((await changeAgentFile(dataDir, (file) => ({ ...file, url: "https://b/" }))).url).toBe("https://b/");
});
