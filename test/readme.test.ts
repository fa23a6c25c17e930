import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../scripts/support/programs.ts";
import { freePort } from "@sitewright/testkit/free-port";
import { writePackage, writeSite } from "./support/site.ts";

const root = dirname(import.meta.dirname);
const SYSTEM = { SRVSEC: { roles: ["cap", "logon-point", "dp"] } };
/** Commands that stay in the foreground. */
const STAYS = /sitewright coordinator|sitewright-agent run/;

let folder: string;
let commands: string[];
const background: { child: ChildProcess; said: () => string }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-readme-"));
  writeSite(join(folder, "srv/site-data"), { systems: SYSTEM, packages: { ABC00012: { files: { "setup.exe": "one" } } } });
  for (const name of ["cap", "logon", "dp"]) mkdirSync(join(folder, "srv", name));
  mkdirSync(join(folder, "var/lib"), { recursive: true });
  const port = await freePort();
  commands = shellLines(readFileSync(join(root, "README.md"), "utf8")).map((line) =>
    line
      .replaceAll(" /srv/", ` ${folder}/srv/`)
      .replaceAll("=/srv/", `=${folder}/srv/`)
      .replaceAll("/var/lib/", `${folder}/var/lib/`)
      .replaceAll("srvsec.token", `${folder}/srvsec.token`)
      .replaceAll("siteserver:7400", `localhost:${port}`)
      .replaceAll(":7400", `:${port}`),
  );
});
afterAll(async () => {
  await Promise.all(
    background.reverse().map(async ({ child }) => {
      if (child.exitCode !== null) return;
      const ended = once(child, "close");
      // As Ctrl+C in its terminal does: npx, the launcher and the program.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      await ended;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

/** The commands of the section about a real hierarchy, one each; lines that end in a backslash are joined. */
function shellLines(readme: string): string[] {
  const section = readme.slice(readme.indexOf("## A real hierarchy"), readme.indexOf("## How it works"));
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  return blocks
    .join("")
    .replaceAll(/\\\n */g, "")
    .trimEnd()
    .split("\n");
}

/** A command as printed, in the shell, with the variables exported before. */
async function type(line: string, exported: string[]): Promise<void> {
  const child = spawn("bash", ["-c", `${[...exported, ""].join("\n")}exec ${line}`], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    detached: STAYS.test(line),
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  if (STAYS.test(line)) {
    background.push({ child, said: () => said });
    await waitFor(`${line}\n${said}`, () => {
      if (child.exitCode !== null) throw new Error(`${line} ended:\n${said}`);
      return /listens|connected/.test(said) || undefined;
    });
    return;
  }
  await once(child, "close");
  expect(child.exitCode, `${line}\n${said}`).toBe(0);
}

test("a real hierarchy is set up, rebuilt, verified, repaired and undone by exactly the commands of the README", async () => {
  const exported: string[] = [];
  expect(commands.length).toBeGreaterThan(9);
  // Installing and building was done before the tests.
  const [install, ...others] = commands;
  expect(install).toBe("npm ci && npm run build");
  const served = () => readFileSync(join(folder, "srv/dp/ABC00012/setup.exe"), "utf8");
  const undo = others.pop() ?? "";
  expect(undo).toContain("undo --package ABC00012");
  for (const line of others) {
    if (line.startsWith("export ")) exported.push(line);
    else await type(line, exported);
  }
  expect(served()).toBe("one");
  writePackage(join(folder, "srv/site-data"), "ABC00012", { files: { "setup.exe": "two" }, on: ["SRVSEC"] });
  await type("npx sitewright rebuild", exported);
  expect(served()).toBe("two");
  await type(undo, exported);
  expect(served()).toBe("one");
});
