import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isRoot, NOBODY } from "@sitewright/testkit/account";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { storeJoin } from "../adapters/join/agent-file.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

test.runIf(isRoot)(
  "What root changes of an agent that runs as another account stays that account's, and is tried with its rights",
  async () => {
    const folder = temporaryFolder();
    const dataDir = join(folder, "agent");
    for (const name of ["agent", "cap"]) mkdirSync(join(folder, name));
    const roots = [{ role: "cap" as const, path: join(folder, "cap") }];
    await storeJoin(dataDir, () => ({ url: "https://a/", name: "A", coordinator: "c", ca: TEST_CERTIFICATES.caPem, roots }));
    execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
    mkdirSync(join(folder, "of-root"));
    const agent = (...words: string[]) =>
      execFileSync(process.execPath, ["--conditions=@sitewright/source", MAIN, ...words, "--data-dir", dataDir], { stdio: "pipe" });
    agent("url", "add", "https://b");
    agent("root", "add", `dp=${folder}/dp`);
    agent("root", "accept", `${folder}/cap`);
    agent("fence");
    const files = [join(folder, "dp"), ...readdirSync(dataDir).map((name) => join(dataDir, name))];
    expect(files).toContain(join(dataDir, "agent.db"));
    expect(files.filter((path) => statSync(path).uid !== NOBODY)).toEqual([]);
    expect(() => agent("root", "add", `dp=${folder}/of-root`)).toThrow(/ACCESS_DENIED/);
  },
);
