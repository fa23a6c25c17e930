import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeAgentFolders, makeSample } from "./sample/make-sample.ts";
import { terminalText } from "../packages/protocol/src/terminal-text.ts";

/** Creates the sample: site data in `--out`, and the folders of five site systems in `--agents`. */
const { values } = parseArgs({
  options: {
    out: { type: "string", default: ".sitewright/sample" },
    agents: { type: "string", default: ".sitewright/sample-agents" },
    seed: { type: "string", default: "1" },
  },
});

const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) fail(`--seed ${values.seed} is not a whole number`);
const siteData = resolve(values.out);
const agents = resolve(values.agents);
try {
  await makeSample(siteData, { seed });
  await makeAgentFolders(agents, { seed, siteData });
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
console.log(terminalText(`Site data:     ${siteData}\nAgent folders: ${agents}`));

function fail(message: string): never {
  console.error(terminalText(`sample: ${message}`));
  process.exit(1);
}
