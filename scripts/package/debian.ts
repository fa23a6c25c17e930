import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "../support/build.ts";
import { lockedPackage } from "../support/locked-packages.ts";
import { ensureExecutable } from "./executable.ts";
import { fileOf, TARGETS } from "./targets.ts";

/** How Debian calls the processors. */
const ARCHITECTURES = { "linux-x64": "amd64", "linux-arm64": "arm64" } as const;

export type DebianTarget = keyof typeof ARCHITECTURES;

/** Settings that administrators edit, each in /etc/sitewright, whether it can back up a site, and what else a package holds: path to the file or folder it is a copy of. */
const PACKAGES = {
  sitewright: { settings: "coordinator.yaml", content: coordinatorContent, siteBackup: false },
  "sitewright-agent": { settings: "agent.yaml", content: agentContent, siteBackup: true },
} as const;

export type DebianPackage = keyof typeof PACKAGES;

/** Makes a package with dpkg-deb and returns its path. */
export async function makeDebianPackage(name: DebianPackage, target: DebianTarget): Promise<string> {
  const from = resolve("packaging/debian", name);
  const { settings, content, siteBackup } = PACKAGES[name];
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const tree = resolve("dist/debian", target, name);
  rmSync(tree, { recursive: true, force: true });
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
    chmodSync(join(tree, path), mode);
  };
  const template = (file: string): string => readFileSync(join(from, file), "utf8");
  put("DEBIAN/control", template("control").replace("@VERSION@", version).replace("@ARCHITECTURE@", ARCHITECTURES[target]));
  const edited = [settings, ...(siteBackup ? ["site-backup.env"] : [])];
  put("DEBIAN/conffiles", edited.map((file) => `/etc/sitewright/${file}\n`).join(""));
  for (const script of ["postinst", "prerm"]) put(`DEBIAN/${script}`, template(script), 0o755);
  for (const file of edited) put(`etc/sitewright/${file}`, template(file));
  // Without the hardening: it does what the control file says.
  if (siteBackup) put("usr/lib/systemd/system/sitewright-site-backup.service", template("sitewright-site-backup.service"));
  const hardening = readFileSync(resolve("packaging/debian/hardening.conf"), "utf8").trimEnd();
  put(`usr/lib/systemd/system/${name}.service`, template(`${name}.service`).replace("@HARDENING@", hardening));
  put(`usr/share/doc/${name}/copyright`, readFileSync("LICENSE", "utf8"));
  for (const [path, original] of Object.entries(await content(target))) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(original, join(tree, path), { recursive: true, dereference: true });
  }
  // The coordinator's own Node.js and bundle, whatever the system has.
  if (name === "sitewright")
    put("usr/bin/sitewright", '#!/bin/sh\nexec /usr/lib/sitewright/node /usr/lib/sitewright/dist/bundle/main.js "$@"\n', 0o755);
  const file = resolve("dist/release", `${name}_${version}_${ARCHITECTURES[target]}.deb`);
  mkdirSync(dirname(file), { recursive: true });
  const made = spawnSync("dpkg-deb", ["--root-owner-group", "-Zzstd", "-z9", "--build", tree, file], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`dpkg-deb could not make ${file}: ${made.error?.message ?? made.stderr}`);
  return file;
}

function coordinatorContent(target: DebianTarget): Record<string, string> {
  build();
  const { node, blakeHash } = TARGETS[target];
  const home = "usr/lib/sitewright";
  return {
    [`${home}/node`]: fileOf(node),
    [`${home}/package.json`]: "packages/coordinator/package.json",
    [`${home}/dist/bundle`]: "packages/coordinator/dist/bundle",
    [`${home}/dist/ui`]: "packages/coordinator/dist/ui",
    ...Object.fromEntries(["@napi-rs/blake-hash", blakeHash[0]].map((name) => [`${home}/node_modules/${name}`, lockedPackage(name)])),
  };
}

async function agentContent(target: DebianTarget): Promise<Record<string, string>> {
  return { "usr/bin/sitewright-agent": await ensureExecutable("sitewright-agent", target) };
}
