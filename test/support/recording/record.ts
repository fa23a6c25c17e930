import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "@sitewright/node-kit/version";
import { startFleet } from "../fleet.ts";
import { everyTask, lineOf, SITE, SYSTEM } from "./conversation.ts";
import { tap } from "./tap.ts";

// Records what coordinator and agent of this version say to each other, for the tests of later versions:
//   node --conditions=@sitewright/source test/support/recording/record.ts
await using fleet = await startFleet({ ...SITE, absent: [SYSTEM] });
const secure = new URL(fleet.url.replace("http:", "https:"));
await using between = await tap(secure, fleet.dataDir);
await fleet.agent(SYSTEM).join(between.url);
await fleet.agent(SYSTEM).start();
await fleet.connected(SYSTEM);
const states = await everyTask(fleet);
await fleet.agent(SYSTEM).stop();
const file = join(import.meta.dirname, "../../fixtures", `conversation-${versionOf(import.meta.url)}.jsonl`);
writeFileSync(file, between.messages.map((message) => `${JSON.stringify(lineOf(message))}\n`).join(""));
process.stdout.write(`${states.join("\n")}\n${between.messages.length} messages: ${file}\n`);
