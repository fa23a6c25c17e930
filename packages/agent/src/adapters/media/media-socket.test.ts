import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { agentSocket } from "../disk/platform/service.ts";
import { connectAgent, serveMedia, type MediaWork } from "./media-socket.ts";

test("an agent whose place for questions is taken by something else says so and goes on, and a command finds no agent there", async () => {
  const dataDir = temporaryFolder();
  const said: string[] = [];
  // Where it stands for a pipe of Windows.
  writeFileSync(agentSocket(dataDir), "");
  await using _ = await serveMedia(dataDir, {} as MediaWork, (_level, message) => void said.push(message));
  expect([said, await connectAgent(dataDir)]).toEqual([
    [expect.stringContaining(`another process has ${agentSocket(dataDir)}`)],
    undefined,
  ]);
});
