import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCases } from "../bench/run-cases.ts";
import { clearScratch } from "../bench/scratch.ts";
import { drawSharedLine } from "./picture/draw.ts";
import { figuresOf } from "./picture/figures.ts";
import { shareLine } from "./picture/shared-line.ts";
import { ensureInstalled } from "./support/installed.ts";
import { REDIS_SERVER } from "./support/redis-server.ts";
import { run } from "./support/run.ts";

/** Draws four systems that share a line, from an actual rebuild: the picture of docs/links.md. */
const { values: options } = parseArgs({ options: { out: { type: "string", default: "docs/links/shared-line.svg" } } });
const file = resolve(options.out);

run("tsc", ["-b", "packages/coordinator", "packages/agent"]);
ensureInstalled(REDIS_SERVER);
clearScratch();
const ended = await runCases(
  [
    {
      name: "picture",
      about: "four systems share a line of 8 Mbit/s, of 4 Mbit/s after a while",
      goal: "none",
      async run(context) {
        const line = await shareLine(context);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(
          file,
          drawSharedLine(
            line.systems.map(({ name }) => name),
            figuresOf(line),
          ),
        );
        return { measures: [], facts: [] };
      },
    },
  ],
  { rounds: 1, scale: 1 },
);
process.exit(ended.some(({ broken }) => broken) ? 1 : 0);
