import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { readPowerShell } from "@sitewright/testkit/powershell";
import { installLine, PLATFORMS, type InstallFacts, type InstallPlatform } from "./install-lines.ts";

const DIGESTS = { "linux-x64": "1".repeat(64), "linux-arm64": "2".repeat(64), "win-x64": "3".repeat(64) };

const FACTS: InstallFacts = {
  urls: ["https://sitesrv:7400", "https://standby:7400"],
  token: `secret.${"d".repeat(64)}`,
  system: "SRVABC",
  roles: ["cap", "dp"],
  roots: [],
  installation: { authority: "c".repeat(64), packages: DIGESTS },
};

function lineFor(platform: InstallPlatform, facts: Partial<InstallFacts> = {}): string {
  return installLine(platform, { ...FACTS, ...facts }) ?? "";
}

test("there is a line for each operating system that the coordinator has a package for", () => {
  const platforms = (installation: InstallFacts["installation"]) =>
    PLATFORMS.filter((platform) => installLine(platform, { ...FACTS, installation }) !== undefined);
  expect(platforms(FACTS.installation)).toEqual(["linux", "windows"]);
  expect(platforms({ authority: "c", packages: { "linux-arm64": "2" } })).toEqual(["linux"]);
  expect(platforms({ authority: "c", packages: { "win-x64": "3" } })).toEqual(["windows"]);
  expect(platforms(undefined)).toEqual([]);
});

test.each(PLATFORMS)(
  "the line for %s is one line that names the coordinator's addresses, its authority, system and packages",
  (platform) => {
    const line = lineFor(platform);
    expect(line).not.toMatch(/[\r\n]/);
    const digests = platform === "linux" ? [DIGESTS["linux-x64"], DIGESTS["linux-arm64"]] : [DIGESTS["win-x64"]];
    for (const part of [...FACTS.urls, "c".repeat(64), FACTS.token, "--name", "SRVABC", "service install", ...digests])
      expect(line).toContain(part);
  },
);

test("the address of a coordinator on loopback is named with TLS, and what is no address is refused", () => {
  expect(lineFor("linux", { urls: ["http://127.0.0.1:7400/"] })).toContain("; u=https://127.0.0.1:7400;");
  for (const url of ["siteserver:7400", "ftp://siteserver", ""])
    expect(() => lineFor("linux", { urls: [url] })).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});

test.each(PLATFORMS)("the token is written once in the line for %s, as the value of a variable", (platform) => {
  const line = lineFor(platform);
  expect(line.split(FACTS.token)).toHaveLength(2);
  expect(line).toMatch(platform === "linux" ? /; t=secret\.d+;/ : /; \$t = 'secret\.d+';/);
});

test("each role of the system has its usual folder, and given folders replace that of their role on their operating system", () => {
  expect(lineFor("linux")).toContain("--root cap=/srv/cap --root dp=/srv/dp;");
  expect(lineFor("windows")).toContain(`--root 'cap=C:\\Sitewright\\cap' --root 'dp=C:\\Sitewright\\dp';`);
  const roots = [
    { role: "dp", path: "/srv/a b" },
    { role: "dp", path: "/srv/c" },
    { role: "cap", path: "D:\\CAP" },
  ] as const;
  expect(lineFor("linux", { roots })).toContain("--root cap=/srv/cap --root 'dp=/srv/a b' --root dp=/srv/c;");
  expect(lineFor("linux", { roots })).toContain("chown -R sitewright-agent: /srv/cap '/srv/a b' /srv/c;");
  expect(lineFor("windows", { roots })).toContain(`--root 'cap=D:\\CAP' --root 'dp=C:\\Sitewright\\dp';`);
});

test.each(["srv/dp", "dp", "C:dp", "/srv/a\nb", "/srv/a\u001bb", '/srv/"dp'])("a folder such as %j is refused", (path) => {
  expect(() => lineFor("linux", { roots: [{ role: "dp", path }] })).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});

test("the line of an agent that joined before names no roots", () => {
  for (const platform of PLATFORMS) expect(lineFor(platform, { roles: [] })).not.toMatch(/--root|chown/);
});

test("names and folders are quoted so that a shell reads them as they are", () => {
  const odd = 'it\'s $(touch x) `y` "z" & more';
  const line = lineFor("linux", { system: odd, roots: [{ role: "dp", path: "/srv/it's $HOME" }] });
  const quoted = /--name (.*?) --data-dir/.exec(line)?.[1] ?? "";
  expect(spawnSync("sh", ["-c", `printf %s ${quoted}`], { encoding: "utf8" }).stdout).toBe(odd);
  expect(line).toContain(`system=${encodeURIComponent(odd)}`);
  expect(lineFor("windows", { system: "it's ‘so’" })).toContain("--name 'it''s ‘‘so’’'");
});

test("the line for Linux is one that a POSIX shell understands", () => {
  const { status, stderr } = spawnSync("sh", ["-n"], { input: lineFor("linux"), encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});

test("the line for Windows is PowerShell by its grammar, and each name, folder and address in it is exactly what was given", async () => {
  const { literalsOf } = await readPowerShell();
  const odd = [
    "it's",
    "'; Stop-Computer; '",
    "\u2019; Stop-Computer; \u2018",
    "\u201a\u201b $(x) `n $env:x \u2013d",
    "--%",
    "{0} #no <# #>",
  ];
  const urls = ["https://sitesrv:7400", "https://standby:7400/it's"];
  for (const name of odd) {
    const roots = [{ role: "dp", path: `D:\\${name}\\` }] as const;
    const literals = literalsOf(lineFor("windows", { system: name, urls, roots })) ?? [];
    expect([literals.slice(3, 5), literals.slice(-7, -2)]).toEqual([
      [urls[0], FACTS.token],
      [...urls, name, "cap=C:\\Sitewright\\cap", `dp=${roots[0].path}`],
    ]);
  }
  expect(literalsOf(lineFor("windows", { system: "it's" }).replace("it''s", "it's"))).toBeUndefined();
});
