import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { joinEndpoints } from "../test-support/join-server.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ["--conditions=@sitewright/source", MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  return { child, ended: once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr })) };
}

test("--version prints the version alone", async () => {
  expect(await start(["--version"]).ended).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
});

test("control sequences in an argument have no effect when the fault is shown", async () => {
  const { stderr } = await start(["join", "http://localhost", "--root", "\u001b[2J\u202ecap\n=/x"]).ended;
  expect(stderr).toMatch(/^sitewright-agent: BAD_REQUEST: [^\n]*\\u001b\[2J\\u202ecap[^\n]* is not understood: [^\n]*\n$/);
});

test("a fault is one line with its code, and exit code 1", async () => {
  const folder = temporaryFolder();
  const join = ["join", "http://localhost", "--name", "A", "--data-dir", folder];
  const [wrong, rootless, notJoined] = await Promise.all([
    start([...join, "--root", "caps=/x"]).ended,
    start(join).ended,
    start(["run", "--data-dir", folder]).ended,
  ]);
  expect(rootless).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^sitewright-agent: BAD_REQUEST: required option '--root [^\n]+\n$/),
  });
  expect(wrong).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^sitewright-agent: BAD_REQUEST: the role root "caps=\/x" is not understood: [^\n]+\n$/),
  });
  expect(notJoined).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^sitewright-agent: NOT_JOINED: [^\n]+sitewright-agent join[^\n]+\n$/),
  });
});

test("an agent joins with the token from standard input, runs, refuses a second one beside it, and stops on SIGTERM", async () => {
  const coordinator = await startFakeCoordinator(joinEndpoints(TEST_CERTIFICATES));
  const folder = temporaryFolder();
  const dataDir = join(folder, "data");
  const root = join(folder, "packages");

  const joining = start(["join", coordinator.url.origin, "--name", "SRVABC", "--data-dir", dataDir, "--root", `dp=${root}`, "--json"]);
  joining.child.stdin?.write(`secret.${TEST_CERTIFICATES.caHash}\n`);
  expect(await joining.ended).toEqual({
    code: 0,
    stdout: `${JSON.stringify({ name: "SRVABC", url: coordinator.url.origin, roots: [{ role: "dp", path: root }], missing: ["cap", "logon-point"], warnings: [] })}\n`,
    stderr: "",
  });

  const running = start(["run", "--data-dir", dataDir]);
  const connection = await coordinator.welcomed({ sendInventory: true });
  expect(await connection.hear("inventory")).toMatchObject({ units: [], last: true });
  const second = await start(["run", "--data-dir", dataDir]).ended;
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("sitewright-agent: AGENT_DATA_IN_USE: ") });
  running.child.kill("SIGTERM");
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string });
  expect(lines.at(-1)?.msg).toBe("the agent has stopped");
  expect(stdout).not.toContain("content-token");

  rmSync(root, { recursive: true });
  writeFileSync(root, "a file now");
  expect(await start(["run", "--data-dir", dataDir]).ended).toMatchObject({ code: 1, stderr: expect.stringContaining("ROLE_ROOT_UNSAFE") });
});
