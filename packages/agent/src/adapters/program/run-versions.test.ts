import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import type { OrderedProgram } from "../../domain/programs.ts";
import { startProgram, type ChildProgram } from "./child-program.ts";
import { openProgramStore, type ProgramStore } from "./program-store.ts";
import { runVersions, type VersionsDeps } from "./run-versions.ts";

/** Programs that stand for versions of the agent; each is a process. */
/** For a shell that becomes Node.js, whose path may have spaces, and for that a comment after an empty statement. */
const NODE = `#!/bin/sh\n":" //; exec "${process.execPath}" "$0"\n`;
const WELCOMED = `${NODE}process.send("welcomed"); process.on("message", () => process.exit(0)); setInterval(() => {}, 1000);`;
const ENDS = "#!/bin/sh\nexit 3\n";
const HANGS = "#!/bin/sh\nexec sleep 600\n";
const NO_PROGRAM = "this is no program";

async function aFolder(): Promise<{ store: ProgramStore; add(text: string, version: string): Promise<OrderedProgram>; folder: string }> {
  const folder = join(temporaryFolder(), "agent");
  mkdirSync(folder);
  const store = openProgramStore(folder, "linux-x64");
  return {
    folder,
    store,
    async add(text, version) {
      const executable = createHash("sha256").update(text).digest("hex");
      writeFileSync((await store.places(executable)).executable, text, { mode: 0o700 });
      return { version, digest: executable, executable, order: `u${version}` };
    },
  };
}

/** Runs until the version before, or the installed one, runs in this process; `became`: what this process would have become. */
async function runIn(store: ProgramStore, other: Partial<VersionsDeps> = {}): Promise<{ here: number; became: string[]; said: string[] }> {
  const [became, said]: [string[], string[]] = [[], []];
  let here = 0;
  const become = (path: string): never => {
    became.push(path);
    throw new Error("became");
  };
  const end = await runVersions({
    store,
    installed: "1.0.0",
    own: undefined,
    runHere: async () => {
      here += 1;
      return "stopped";
    },
    start: (path, digest) => startProgram(path, [], { environment: { SITEWRIGHT_AGENT_PROGRAM: `${digest} 1.0.0` } }),
    become,
    trialMs: 5_000,
    tell: (line) => void said.push(line),
    signal: new AbortController().signal,
    ...other,
  }).catch((error: unknown) => (error as Error).message);
  expect([0, "became"]).toContain(end);
  return { here, became, said };
}

test("a staged version that the coordinator welcomes becomes the current one, and this process becomes it", async () => {
  const { store, add } = await aFolder();
  const two = await add(WELCOMED, "1.2.0");
  await store.write({ failed: [], staged: two });
  const { here, became, said } = await runIn(store);
  expect([here, became]).toEqual([0, [(await store.places(two.digest)).executable]]);
  expect(said).toEqual(["the agent is updated to version 1.2.0"]);
  const { order: _order, ...current } = two;
  expect(await store.read()).toEqual({ failed: [], current });
  // As that version it runs itself, and not another process.
  expect(await runIn(store, { own: two.digest })).toMatchObject({ here: 1, became: [] });
});

test.each([
  ["ends", ENDS, 5_000, /^it ended with 3 before the coordinator welcomed it$/],
  ["is no program of this system", NO_PROGRAM, 5_000, /before the coordinator welcomed it$/],
  ["never reports", HANGS, 300, /^the coordinator did not welcome it within 0\.3 s$/],
])("after a version that %s the one before runs again, and the failed one is gone and not tried again", async (_, text, trialMs, why) => {
  const { store, add, folder } = await aFolder();
  const two = await add(text, "1.2.0");
  await store.write({ failed: [], staged: two });
  const { here, became } = await runIn(store, { trialMs });
  expect([here, became]).toEqual([1, []]);
  expect(await store.read()).toEqual({ failed: [{ order: "u1.2.0", version: "1.2.0", why: expect.stringMatching(why) as string }] });
  expect(readdirSync(join(folder, "program"))).toEqual(["state.json"]);
  expect(await runIn(store)).toMatchObject({ here: 1, said: [] });
});

test("a version whose file was altered after it was verified is not started", async () => {
  const { store, add } = await aFolder();
  const two = await add(WELCOMED, "1.2.0");
  writeFileSync((await store.places(two.digest)).executable, ENDS);
  await store.write({ failed: [], current: two });
  expect(await runIn(store)).toMatchObject({ here: 1, became: [], said: [expect.stringContaining("was altered")] });
  await store.write({ failed: [], staged: two });
  expect(await runIn(store)).toMatchObject({ here: 1, became: [] });
  expect((await store.read()).failed).toMatchObject([{ why: "its file is absent or was altered" }]);
});

test("a trial that was killed with its system counts as failed, one that was stopped with the agent is put off", async () => {
  const { store, add } = await aFolder();
  const two = await add(HANGS, "1.2.0");
  await store.write({ failed: [], trial: two });
  expect(await runIn(store)).toMatchObject({ here: 1 });
  expect((await store.read()).failed).toMatchObject([{ why: expect.stringContaining("interrupted") as string }]);

  const stop = new AbortController();
  const three = await add(`${HANGS}#`, "1.3.0");
  await store.write({ failed: [], staged: three });
  const start: VersionsDeps["start"] = (path) => {
    setTimeout(() => stop.abort(), 10);
    return startProgram(path, []);
  };
  expect(await runIn(store, { start, signal: stop.signal })).toMatchObject({ here: 0, became: [] });
  expect(await store.read()).toEqual({ failed: [], staged: three });
});

test("where no process can become another, the version runs as one of its own, is replaced when it has loaded the next, and gives its exit code", async () => {
  const { store, add } = await aFolder();
  const two = await add("two", "1.2.0");
  await store.write({ failed: [], staged: two });
  const started: string[] = [];
  const child = (trial: Awaited<ReturnType<ChildProgram["trial"]>>, code: number, staged = false): ChildProgram => ({
    trial: async () => trial,
    ended: Promise.resolve({ code, staged }),
    stop: async () => undefined,
  });
  const children: Record<string, ChildProgram> = {
    "1.2.0 first": {
      ...child("welcomed", 0),
      // It loads the next version before it ends.
      get ended() {
        return add("three", "1.3.0")
          .then((three) => store.write({ failed: [], current: two, staged: three }))
          .then(() => ({ code: 0, staged: true }));
      },
    },
    "1.3.0 first": child({ failed: "it ended with 3" }, 3),
    "1.2.0 again": child("welcomed", 5),
  };
  const code = await runVersions({
    store,
    installed: "1.0.0",
    own: undefined,
    runHere: () => Promise.reject(new Error("the installed version must not run")),
    start(_, digest) {
      const version = digest === two.digest ? "1.2.0" : "1.3.0";
      const name = `${version} ${started.some((one) => one.startsWith(version)) ? "again" : "first"}`;
      started.push(name);
      return children[name] as ChildProgram;
    },
    trialMs: 1_000,
    tell: () => undefined,
    signal: new AbortController().signal,
  });
  expect([code, started]).toEqual([5, ["1.2.0 first", "1.3.0 first", "1.2.0 again"]]);
});
