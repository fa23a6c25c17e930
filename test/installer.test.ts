import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "./support/fleet.ts";

const PACKAGE = noise(400_000, 1);

let folder: string;
let fleet: Fleet;
let line: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-installer-"));
  writeFileSync(join(folder, "sitewright-agent_0.1.0_amd64.deb"), PACKAGE);
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    absent: ["SRVABC"],
    agents: folder,
    packages: { ABC00001: { files: { "setup.exe": noise(100_000, 2) } } },
  });
  const root = `dp=${fleet.agent("SRVABC").root("dp")}`;
  const { stdout } = await fleet.sitewright("token", "create", "--system", "SRVABC", "--line", "linux", "--root", root);
  line = stdout;
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Commands that stand for those of a system, because this one shall not be changed; each writes down how it was called. */
const COMMANDS: Record<string, string> = {
  id: "echo 0",
  dpkg: "echo amd64",
  "apt-get": 'cp "$4" "$OUT/installed.deb"',
  chown: "",
  runuser: 'shift 3; exec "$@"',
  curl: 'exec /usr/bin/curl "$@"',
  "sitewright-agent": `
    [ "$1" = join ] || exit 0
    for word; do [ "$word" != /var/lib/sitewright-agent ] || word="$OUT/agent-data"; set -- "$@" "$word"; shift; done
    exec "$NODE" "$AGENT" "$@"`,
};

/** Pastes a line into a shell. */
async function paste(text: string): Promise<{ code: number | null; stderr: string; commands: string; out: string }> {
  const out = fleet.agent("SRVABC").place.folder;
  const bin = join(folder, "bin");
  for (const place of [out, bin]) mkdirSync(place, { recursive: true });
  rmSync(join(out, "commands"), { force: true });
  for (const [name, script] of Object.entries(COMMANDS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "$OUT/commands"\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = { PATH: `${bin}:/usr/bin:/bin`, OUT: out, NODE: process.execPath, AGENT: resolve("packages/agent/bin/sitewright-agent.mjs") };
  const child = spawn("sh", [], { env, stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  child.stdin.end(text);
  await once(child, "close");
  return { code: child.exitCode, stderr, commands: readFileSync(join(out, "commands"), "utf8"), out };
}

test("a line pasted where another server answers sends it nothing but the question for its authority", async () => {
  const sum = /echo "([0-9a-f]{64})  /.exec(line)?.[1] ?? "";
  const { code, stderr, commands, out } = await paste(line.replace(sum, "0".repeat(64)));
  expect([code, stderr]).toEqual([1, expect.stringContaining("is not the coordinator that made this line")]);
  expect(commands.match(/^curl .*/gm)).toEqual([expect.stringMatching(/\/api\/v1\/ca$/)]);
  expect(existsSync(join(out, "installed.deb"))).toBe(false);
});

test("the line that the coordinator prints loads the agent, installs and joins it, and starts its service", async () => {
  const { code, stderr, commands, out } = await paste(line);
  expect(code, stderr).toBe(0);
  expect(readFileSync(join(out, "installed.deb")).equals(PACKAGE)).toBe(true);
  expect(commands.trimEnd().split("\n").at(-1)).toBe("sitewright-agent service install");
  await fleet.agent("SRVABC").start();
  await fleet.connected("SRVABC");
});

test("no program that the line starts shows the token in its arguments, and the line is of no use a second time", async () => {
  const { code, stderr, commands } = await paste(line);
  const [secret = ""] = / t=([^.]+)\./.exec(line)?.slice(1) ?? [];
  expect([secret.length > 20, commands.includes(secret)]).toEqual([true, false]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("make another line")]);
  expect(commands).not.toContain("apt-get");
});
