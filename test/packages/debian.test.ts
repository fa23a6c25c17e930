import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { noise } from "@sitewright/testkit/noise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDebian, type DebianSystem } from "../support/debian-system.ts";
import { waitFor } from "../support/fleet.ts";
import { freePort } from "@sitewright/testkit/free-port";
import { CAP_SOURCES, writeSite } from "../support/site.ts";
import { readTree } from "../support/trees/trees.ts";

const SITE_DATA = "srv/site-data";
const DATA_DIR = ["--data-dir", "/var/lib/sitewright"];
const packages = globSync("dist/release/*_amd64.deb").toSorted();

let debian: DebianSystem;
let url: string;
beforeAll(async () => {
  debian = await startDebian(mkdtempSync(join(tmpdir(), "sitewright-test-")), (files) => {
    mkdirSync(join(files, "packages"));
    for (const file of packages) copyFileSync(file, join(files, "packages", basename(file)));
    writeSite(join(files, SITE_DATA), {
      systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] } },
      packages: { ABC00001: { files: { "setup.exe": noise(300_000, 1), "readme.txt": "Office" } } },
    });
  });
  url = `http://127.0.0.1:${await freePort()}`;
});
afterAll(() => debian?.[Symbol.asyncDispose]());

async function succeed(command: readonly string[], options: { as?: string; input?: string } = {}): Promise<string> {
  const { code, stdout, stderr } = await debian.run(command, options);
  expect(code, `${command.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

/** What systemd does with the unit of a package, which a folder has none to do: its command, as its account. */
function startService(name: string): void {
  const unit = readFileSync(join(debian.folder, `usr/lib/systemd/system/${name}.service`), "utf8");
  const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const environment = settingOf("EnvironmentFile");
  const options = environment === "" ? "" : /^OPTIONS=(.*)$/m.exec(readFileSync(join(debian.folder, environment), "utf8"))?.[1];
  debian.start(
    settingOf("ExecStart")
      .replace("$OPTIONS", options ?? "")
      .split(" "),
    settingOf("User") || "root",
  );
}

test("a package to download has at most 45 MB", () => {
  expect(packages.map((file) => basename(file).replace(/_.*/, ""))).toEqual(["sitewright-agent", "sitewright"]);
  expect(Math.max(...packages.map((file) => statSync(file).size))).toBeLessThan(45_000_000);
});

test("a fresh Debian has neither Node.js nor npm, and installs both packages without them", async () => {
  expect((await debian.run(["which", "node", "npm"])).stdout).toBe("");
  await succeed(["sh", "-c", "dpkg --install /packages/*.deb"]);
  expect(await succeed(["sitewright", "--version"])).toBe(await succeed(["sitewright-agent", "--version"]));
  expect(await succeed(["stat", "--format=%U %a", "/var/lib/sitewright", "/var/lib/sitewright-agent"])).toBe(
    "sitewright 700\nsitewright-agent 700\n",
  );
});

test("each package depends on what has the libraries that its programs load", async () => {
  for (const [name, program] of [
    ["sitewright", "/usr/lib/sitewright/node"],
    ["sitewright-agent", "/usr/bin/sitewright-agent"],
  ] as const) {
    const loaded = (await succeed(["ldd", program])).matchAll(/=> (\/\S+)/g).map(([, path = ""]) => path);
    const owners = await Promise.all(
      Array.from(loaded, async (path) => (await succeed(["sh", "-c", `dpkg -S "$(readlink -f ${path})"`])).split(":")[0]),
    );
    const stated = (await succeed(["dpkg-query", "--show", "--showformat=${Depends}", name])).split(", ");
    expect(new Set(stated.filter((one) => one.startsWith("lib"))), name).toEqual(new Set(owners));
  }
});

test("its services run by their settings in /etc/sitewright under accounts of their own, and rebuild every unit", async () => {
  const settings = join(debian.folder, "etc/sitewright/coordinator.yaml");
  writeFileSync(settings, readFileSync(settings, "utf8").replace(/^listen: .*$/m, `listen: ${new URL(url).host}`));
  startService("sitewright");
  const operate = (...args: string[]) => succeed(["sitewright", ...args, ...DATA_DIR], { as: "sitewright" });
  await waitFor("the coordinator to answer", async () => {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  const token = await operate("token", "create", "--system", "SRVABC");

  await succeed(["install", "-d", "-o", "sitewright-agent", "/srv/cap", "/srv/logon", "/srv/dp"]);
  const roots = ["--root", "cap=/srv/cap", "--root", "logon-point=/srv/logon", "--root", "dp=/srv/dp"];
  const joining = ["sitewright-agent", "join", url, "--name", "SRVABC", "--data-dir", "/var/lib/sitewright-agent", ...roots];
  await succeed(joining, { as: "sitewright-agent", input: token });
  startService("sitewright-agent");
  await operate("rebuild");

  expect(readTree(join(debian.folder, "srv/dp/ABC00001"))).toEqual(readTree(join(debian.folder, SITE_DATA, "packages/ABC00001/source")));
  for (const [box, source] of Object.entries(CAP_SOURCES))
    expect(readTree(join(debian.folder, "srv/cap/CAP_ABC", box)), box).toEqual(
      readTree(join(debian.folder, SITE_DATA, "ABC/inboxes", source)),
    );
});

test("an operator has the site of a site server backed up by the service in the agent's package", async () => {
  const lines = [
    "[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=/var/backups/ABC",
    "[Stop]\ncmd /bin/true",
    "[Tasks]\ndb BACKUP_DESTINATION/site.dump /bin/cp /etc/hostname BACKUP_DESTINATION/site.dump\nreg /etc/sitewright BACKUP_DESTINATION/settings",
    `file /${SITE_DATA} BACKUP_DESTINATION/site\nmachinfo BACKUP_DESTINATION/machine.json`,
    "[Start]\ncmd /bin/true\n",
  ];
  await succeed(["sh", "-c", "echo name > /etc/hostname; umask 077; cat > /etc/sitewright/site.ctl"], { input: lines.join("\n") });
  startService("sitewright-site-backup");
  await waitFor(
    "the service",
    async () => (await debian.run(["test", "-S", "/run/sitewright-site-backup/socket"])).code === 0 || undefined,
  );
  const run = ["sitewright", "site-backup", "run", "--system", "SRVABC", ...DATA_DIR];
  expect(await succeed(run, { as: "sitewright" })).toContain("complete");
  expect(await succeed(["sitewright-agent", "site-backup", "verify", "/etc/sitewright/site.ctl"])).toContain(" 0 bad, 0 not tested");
});

test("a package that is removed leaves data and settings behind", async () => {
  await succeed(["dpkg", "--remove", "sitewright-agent", "sitewright"]);
  expect((await debian.run(["which", "sitewright", "sitewright-agent"])).stdout).toBe("");
  await succeed(["test", "-e", "/var/lib/sitewright-agent/agent.json", "-a", "-e", "/etc/sitewright/agent.yaml"]);
});
