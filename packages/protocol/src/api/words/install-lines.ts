import { SitewrightError } from "../../errors.ts";
import { ROLES, type Role } from "../../unit-kinds.ts";
import type { Installation } from "../agents/agents.ts";

export interface RoleRoot {
  role: Role;
  path: string;
}

export interface InstallFacts {
  /** Where agents reach the coordinator; the first is the one that the agent is loaded from. */
  urls: readonly string[];
  system: string;
  /** That need a role root: those that the hierarchy gives it, or none for an agent that has joined before and keeps its own. */
  roles: readonly Role[];
  /** Instead of the usual folders of their roles, on the operating system that their form belongs to. */
  roots: readonly RoleRoot[];
  token: string;
  installation: Installation | undefined;
}

export const PLATFORMS = ["linux", "windows"] as const;
export type InstallPlatform = (typeof PLATFORMS)[number];

/** Folders of the documentation's examples. */
const USUAL_ROOTS: Record<InstallPlatform, Record<Role, string>> = {
  linux: { cap: "/srv/cap", "logon-point": "/srv/logon", dp: "/srv/dp" },
  windows: { cap: "C:\\Sitewright\\cap", "logon-point": "C:\\Sitewright\\logon", dp: "C:\\Sitewright\\dp" },
};

/** Followed by the digest of a package. */
const DOWNLOAD = "/content/v1/agents/";

/** Tries of a download that breaks off; each resumes where the one before ended. */
const TRIES = 120;
/** Seconds between two of them. */
const PAUSE = 5;

/**
 * The line to paste on a system, which installs its agent, joins it and starts its service; undefined: the coordinator has no package for
 * that operating system. Programs get the token from variables and pipes, because other accounts can see arguments; and no server gets it
 * that has not proved to be this coordinator. Throws as `checkInstallWords` does.
 */
export function installLine(platform: InstallPlatform, facts: InstallFacts): string | undefined {
  checkInstallWords(facts);
  const { installation } = facts;
  if (!installation) return undefined;
  const urls = facts.urls.map(secured);
  const roots = rootsOn(platform, facts);
  const { "win-x64": forWindows, ...forLinux } = installation.packages;
  const parts = { ...facts, urls, roots, authority: installation.authority };
  if (platform === "windows") return forWindows && windowsLine({ ...parts, digest: forWindows });
  return Object.keys(forLinux).length > 0 ? linuxLine({ ...parts, packages: forLinux }) : undefined;
}

/** Throws `BAD_REQUEST` for a root that is no absolute path, and for an address that is none. */
export function checkInstallWords({ roots, urls }: Pick<InstallFacts, "roots" | "urls">): void {
  for (const { role, path } of roots) checkRoot(role, path);
  for (const url of urls) secured(url);
}

type LineParts = Pick<InstallFacts, "urls" | "system" | "roots" | "token"> & Pick<Installation, "authority">;

/** A coordinator on loopback answers TLS at the same port. */
function secured(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new SitewrightError(
      "BAD_REQUEST",
      `${JSON.stringify(text)} is not an address of a coordinator: write it like https://siteserver:7400`,
    );
  return `https://${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

function checkRoot(role: Role, path: string): void {
  if (platformOf(path) !== undefined && !/[\p{C}"]/u.test(path)) return;
  const advice = "write an absolute path such as /srv/dp or D:\\SMSPKGD$";
  throw new SitewrightError("BAD_REQUEST", `the folder ${JSON.stringify(path)} of the role ${role} is not understood: ${advice}`);
}

function platformOf(path: string): InstallPlatform | undefined {
  if (path.startsWith("/")) return "linux";
  return /^(?:[A-Za-z]:\\|\\\\)./.test(path) ? "windows" : undefined;
}

/** Given ones replace the usual one of their role. */
function rootsOn(platform: InstallPlatform, { roles, roots }: InstallFacts): RoleRoot[] {
  const given = roots.filter(({ path }) => platformOf(path) === platform);
  const others = roles.filter((role) => !given.some((root) => root.role === role));
  const all = [...given, ...others.map((role) => ({ role, path: USUAL_ROOTS[platform][role] }))];
  return all.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

/** For any POSIX shell, as root on Debian and Ubuntu. A subshell: nothing of it stays in the shell that it is pasted into. */
function linuxLine(parts: LineParts & Pick<Installation, "packages">): string {
  const { urls, authority, token, system, roots, packages } = parts;
  const folders = roots.map(({ path }) => shellWord(path)).join(" ");
  const dataDir = "/var/lib/sitewright-agent";
  const processors = [
    ...(packages["linux-x64"] ? [`amd64) h=${packages["linux-x64"]};;`] : []),
    ...(packages["linux-arm64"] ? [`arm64) h=${packages["linux-arm64"]};;`] : []),
    `*) no "the coordinator has no package for this system";;`,
  ];
  const steps = [
    "set -eu",
    `no() { echo "sitewright: $1" >&2; exit 1; }`,
    `[ "$(id -u)" = 0 ] || no "paste this as root"`,
    `command -v curl >/dev/null || no "install curl first"`,
    `u=${shellWord(urls[0] ?? "")}`,
    `t=${shellWord(token)}`,
    "d=$(mktemp -d)",
    `trap 'rm -rf "$d"' EXIT`,
    `curl -fsSk -o "$d/ca.pem" "$u/api/v1/ca"`,
    `echo "${authority}  $d/ca.pem" | sha256sum -c --status || no "the server at $u is not the coordinator that made this line"`,
    `case "$(dpkg --print-architecture)" in ${processors.join(" ")} esac`,
    "n=0",
    // 22: the coordinator refused.
    `until printf 'Authorization: Bearer %s\\n' "$t" | curl -fS --cacert "$d/ca.pem" -H @- -C - -o "$d/agent.deb" "$u${DOWNLOAD}$h?system=${encodeURIComponent(system)}"; ` +
      `do [ $? != 22 ] && [ $((n=n+1)) -lt ${TRIES} ] || no "the agent cannot be loaded: make another line"; sleep ${PAUSE}; done`,
    `echo "$h  $d/agent.deb" | sha256sum -c --status || no "what was loaded is not the agent of this line"`,
    `apt-get install -y -qq "$d/agent.deb" >/dev/null`,
    ...(roots.length > 0 ? [`mkdir -p ${folders}`, `chown -R sitewright-agent: ${folders}`] : []),
    "cd /",
    `printf '%s\\n' "$t" | runuser -u sitewright-agent -- sitewright-agent join ${urls.map(shellWord).join(" ")} --name ${shellWord(system)} --data-dir ${dataDir} ` +
      roots.map(({ role, path }) => `--root ${shellWord(`${role}=${path}`)}`).join(" "),
    "sitewright-agent service install",
  ];
  return `(${steps.join("; ")})`;
}

/** For PowerShell 5.1 and later, as an administrator, with the curl.exe of Windows. */
function windowsLine(parts: LineParts & { digest: string }): string {
  const { urls, authority, token, system, digest } = parts;
  const roots = parts.roots.map(({ role, path }) => `--root ${powerShellWord(`${role}=${path}`)}`);
  // A certificate authority of one's own has no list of revocations.
  const curl = "curl.exe --ssl-no-revoke";
  const steps = [
    "$ErrorActionPreference = 'Stop'",
    "$ProgressPreference = 'SilentlyContinue'",
    "function no($why) { throw ('sitewright: ' + $why) }",
    `$u = ${powerShellWord(urls[0] ?? "")}`,
    `$t = ${powerShellWord(token)}`,
    "$p = Join-Path $env:ProgramFiles 'Sitewright'",
    "$d = Join-Path $env:ProgramData 'Sitewright'",
    "$w = Join-Path $env:TEMP ('sitewright-' + [guid]::NewGuid())",
    "New-Item -ItemType Directory $w, $p -Force | Out-Null",
  ];
  const inFolder = [
    `${curl} -fsSk -o "$w\\ca.pem" ($u + '/api/v1/ca')`,
    "if ($LASTEXITCODE) { no ($u + ' does not answer') }",
    `if ((Get-FileHash "$w\\ca.pem").Hash -ne '${authority}') { no ('the server at ' + $u + ' is not the coordinator that made this line') }`,
    "$n = 0",
    `do { ('Authorization: Bearer ' + $t) | ${curl} -fS --cacert "$w\\ca.pem" -H '@-' -C '-' -o "$w\\agent.zip" ` +
      `($u + ${powerShellWord(`${DOWNLOAD}${digest}?system=${encodeURIComponent(system)}`)}); $r = $LASTEXITCODE; ` +
      `if ($r -eq 22 -or ($r -and ($n += 1) -ge ${TRIES})) { no 'the agent cannot be loaded: make another line' }; if ($r) { Start-Sleep ${PAUSE} } } while ($r)`,
    `if ((Get-FileHash "$w\\agent.zip").Hash -ne '${digest}') { no 'what was loaded is not the agent of this line' }`,
    `Expand-Archive "$w\\agent.zip" "$w\\agent"`,
    `Copy-Item (Get-ChildItem "$w\\agent" -Recurse -Filter sitewright-agent.exe).FullName $p -Force`,
    `$t | & "$p\\sitewright-agent.exe" join ${urls.map(powerShellWord).join(" ")} --name ${powerShellWord(system)} --data-dir $d ${roots.join(" ")}`,
    "if ($LASTEXITCODE) { no 'the agent did not join' }",
    `& "$p\\sitewright-agent.exe" service install --data-dir $d`,
    "if ($LASTEXITCODE) { no 'its service did not start' }",
  ];
  return `& { ${steps.join("; ")}; try { ${inFolder.join("; ")} } finally { Remove-Item $w -Recurse -Force } }`;
}

function shellWord(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** PowerShell reads typographic quotation marks as plain ones. */
function powerShellWord(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201B]/g, "$&$&")}'`;
}
