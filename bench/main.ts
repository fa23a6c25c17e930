import { parseArgs } from "node:util";
import { BACKUP_CASES } from "./backup/cases.ts";
import { CONTENT_CASES } from "./content/cases.ts";
import { LINK_CASES } from "./links/cases.ts";
import { MEDIA_CASES } from "./media/cases.ts";
import { SCALE_CASES } from "./scale/cases.ts";
import { clearScratch } from "./scratch.ts";
import { start } from "./machine/processes.ts";
import { renderJson } from "./report/json.ts";
import { renderTable } from "./report/table.ts";
import { runCases } from "./run-cases.ts";
import { ensureInstalled } from "../scripts/support/installed.ts";
import { peer, type Peer } from "../scripts/support/peers.ts";
import { REDIS_SERVER } from "../scripts/support/redis-server.ts";
import { build } from "../scripts/support/build.ts";

/** Compares this product with what an administrator would otherwise use; docs/benchmarks.md says how. */
const GROUPS = { content: CONTENT_CASES, links: LINK_CASES, media: MEDIA_CASES, scale: SCALE_CASES, backup: BACKUP_CASES };
/** What each is compared with. */
const PEERS: Record<keyof typeof GROUPS, readonly Peer[]> = {
  content: ["rsync", "casync"],
  links: ["rsync", "casync"],
  media: ["rsync"],
  scale: [],
  backup: ["restic"],
};
const ROUNDS = 5;
const QUICK = 20;

const { group, only, rounds, quick, busy, json } = readArguments();
if (process.platform !== "linux") fail("the benchmarks need Linux: they read /proc and work in /dev/shm");
ensureInstalled(REDIS_SERVER, ...PEERS[group].map(peer));
build();
clearScratch();

const cases = GROUPS[group].filter(({ name }) => only.length === 0 || only.includes(name));
if (quick) console.error(`--quick: all data are ${QUICK} times smaller; these figures say nothing about the goals`);
if (busy) keepBusy();
const ended = await runCases(cases, { rounds, scale: quick ? QUICK : 1 });
console.log(json ? renderJson(ended) : renderTable(ended));
process.exit(ended.some(({ broken }) => broken) ? 1 : 0);

function readArguments() {
  const { values, positionals } = parse();
  const [name = "", ...rest] = positionals;
  if (!isGroup(name) || rest.length > 0)
    fail(`usage: npm run bench -- ${Object.keys(GROUPS).join("|")} [--json] [--only CASE,...] [--rounds N] [--quick] [--busy]`);
  const names = GROUPS[name].map((known) => known.name);
  const wanted = values.only?.split(",") ?? [];
  for (const one of wanted) if (!names.includes(one)) fail(`there is no case "${one}": the cases are ${names.join(", ")}`);
  const count = values.rounds === undefined ? (values.quick ? 1 : ROUNDS) : Number(values.rounds);
  if (!Number.isSafeInteger(count) || count < 1) fail(`--rounds ${values.rounds}: give a whole number from 1`);
  return { group: name, only: wanted, rounds: count, quick: values.quick, busy: values.busy, json: values.json };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        only: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        busy: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** Keeps one core busy until the bench ends: as where other work is done on the machine. */
function keepBusy(): void {
  start("bash", ["-c", "while :; do :; done"]);
}

function isGroup(name: string): name is keyof typeof GROUPS {
  return Object.hasOwn(GROUPS, name);
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(1);
}
