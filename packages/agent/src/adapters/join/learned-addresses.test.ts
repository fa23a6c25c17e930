import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { createContentAddress } from "../../domain/content-address.ts";
import { createAddresses } from "../../domain/coordinator-addresses.ts";
import { readAgentFile, storeJoin } from "./agent-file.ts";
import { learnAddresses } from "./learned-addresses.ts";

const ONE = "https://one:7400/";
const TWO = "https://two:7400/";

/** An agent that starts, with what it is told, and the addresses that it tries one after the other. */
async function started(dataDir: string) {
  const file = await readAgentFile(dataDir);
  const addresses = createAddresses([new URL(file.url), ...(file.others ?? []).map((url) => new URL(url))]);
  const content = createContentAddress();
  const learnAll = learnAddresses({ addresses, content }, { file, dataDir, log: () => undefined });
  const learn = (urls: string[], server = "") => learnAll({ urls, content: server });
  const tried = () => Array.from({ length: 3 }, () => (addresses.failed(), addresses.url.href));
  return { learn, tried, content: () => content.at(0)?.href };
}

async function anAgent(others: string[] = []): Promise<string> {
  const dataDir = join(temporaryFolder(), "agent");
  mkdirSync(dataDir);
  const roots = [{ role: "cap" as const, path: dataDir }];
  await storeJoin(dataDir, () => ({ url: ONE, others, name: "A", coordinator: "c", ca: TEST_CERTIFICATES.caPem, roots }));
  return dataDir;
}

test("an agent tries the coordinators that it was told of, also after its next start, and leaves out what it cannot use", async () => {
  const dataDir = await anAgent();
  const agent = await started(dataDir);
  agent.learn(["http://elsewhere:7400", "nothing", TWO]);
  expect(agent.tried()).toEqual([TWO, ONE, TWO]);
  await expect.poll(async () => (await readAgentFile(dataDir)).learned).toContain(TWO);
  expect((await started(dataDir)).tried()).toEqual([TWO, ONE, TWO]);
});

test("an agent that was given several addresses keeps to them", async () => {
  const dataDir = await anAgent(["https://other:7400/"]);
  const agent = await started(dataDir);
  agent.learn([TWO], TWO);
  expect(agent.tried()).toEqual(["https://other:7400/", ONE, "https://other:7400/"]);
  expect(agent.content()).toBeUndefined();
});

test("an agent fetches content where the coordinator says, until it says otherwise", async () => {
  const agent = await started(await anAgent());
  agent.learn([ONE, TWO], TWO);
  expect(agent.content()).toBe(TWO);
  agent.learn([ONE, TWO]);
  expect(agent.content()).toBeUndefined();
});
