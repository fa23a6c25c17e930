import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS, type Target } from "./targets.ts";

interface Locked {
  version?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
}

/** The software bill of materials of a program for one target in CycloneDX 1.6: what the lock file names that it is made of. */
export function sbomOf(program: string, folder: string, target: Target): string {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  const found = new Map<string, string[]>();
  const isAgent = program === "sitewright-agent";
  const { node, koffi, blakeHash } = TARGETS[target];
  // The lock file names native packages for all platforms as optional; inside is only that of this one.
  const native = [node, ...(isAgent ? [koffi, blakeHash] : [])].map(([name]) => `node_modules/${name}`);
  for (const path of [folder, ...native]) collect(path);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const root = { type: "application", "bom-ref": program, name: program, version, licenses: [{ license: { id: "MIT" } }] };
  const refs = [...found.keys()].filter((path) => path !== folder);
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...root, properties: [{ name: "sitewright:target", value: target }] } },
    components: refs.map(component).toSorted((a, b) => a["bom-ref"].localeCompare(b["bom-ref"], "en")),
    dependencies: [...found].map(([path, needs]) => ({
      ref: path === folder ? program : refOf(path),
      dependsOn: [...needs, ...(path === folder ? native : [])].map(refOf),
    })),
  };
  return `${JSON.stringify(bom, null, 2)}\n`;

  function collect(path: string): void {
    if (found.has(path)) return;
    const needs = Object.keys(packages[path]?.dependencies ?? {}).map((name) => resolved(path, name));
    found.set(path, needs);
    for (const need of needs) collect(need);
  }

  /** Where Node.js finds a package from another one; of a workspace, its folder. */
  function resolved(from: string, name: string): string {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      const path = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
      const locked = packages[path];
      if (locked) return locked.link && locked.resolved ? locked.resolved : path;
      if (at === "") throw new Error(`the lock file names no ${name}, which ${from} needs`);
    }
  }

  function refOf(path: string): string {
    const name = path.split("node_modules/").at(-1) ?? path;
    const own = packages[path] as Locked & { name?: string };
    return `pkg:npm/${(own.name ?? name).replace("@", "%40")}@${own.version}`;
  }

  function component(path: string) {
    const { version: at = "", integrity, license } = packages[path] as Locked;
    const name = decodeURIComponent(refOf(path).slice("pkg:npm/".length, -at.length - 1));
    const hash = integrity?.startsWith("sha512-") ? Buffer.from(integrity.slice(7), "base64").toString("hex") : undefined;
    return {
      type: "library",
      "bom-ref": refOf(path),
      name,
      version: at,
      purl: refOf(path),
      ...(hash === undefined ? {} : { hashes: [{ alg: "SHA-512", content: hash }] }),
      ...(license === undefined ? {} : { licenses: [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }] }),
    };
  }
}
