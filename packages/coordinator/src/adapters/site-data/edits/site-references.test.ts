import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nativeSiteReferences } from "./site-references.ts";

const references = nativeSiteReferences();
const SEC = { site: "SEC", systems: ["SRVSEC", "DPSEC"] };
let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "sitewright-references-"))));
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const found = async (gone: Parameters<typeof references.find>[1]): Promise<string[]> =>
  (await references.find(root, gone)).map(({ path, names, handling }) => `${path} ${names.join(",")} ${handling}`);

test("packages, neighbours and evidence that name a deleted site are found, and similar names are not", async () => {
  put("packages/ABC00001/package.yaml", "distributionPoints: [SRVABC, SRVSEC]\n");
  put("packages/ABC00002/package.yaml", "name: for SRVSEC\ndistributionPoints: [SRVSEC2]\n");
  put("packages/lost+found/package.yaml", "distributionPoints: [SRVSEC]\n");
  put("ABC/site.yaml", "neighbours: [SEC, POR]\n");
  put("POR/site.yaml", "neighbours: [ABC]\n");
  put("SEC/site.yaml", "neighbours: [SEC]\n");
  put("ABC/witnessed/SEC.yaml", "serials: { packages: 4 }\n");
  put("ABC/witnessed/POR.yaml", "serials: { packages: 4 }\n");
  expect(await found(SEC)).toEqual([
    "packages/ABC00001/package.yaml SRVSEC edit",
    "ABC/site.yaml SEC edit",
    "ABC/witnessed/SEC.yaml SEC kept",
  ]);
  expect(await found({ systems: ["SRVSEC"] })).toEqual(["packages/ABC00001/package.yaml SRVSEC edit"]);
});

test("only the names are taken out of a list: comments, other fields and the style of the list stay", async () => {
  const before = "# office\nname: Quill   # long\ndistributionPoints: [SRVABC, SRVSEC, DPSEC]\nclients: 3\n";
  put("packages/ABC00001/package.yaml", before);
  put("packages/ABC00002/package.yaml", "distributionPoints:\n  - SRVSEC # far away\n  - SRVABC\n");
  const changes = (await references.find(root, SEC)).map(({ change }) => change?.after);
  expect(changes).toEqual([
    "# office\nname: Quill   # long\ndistributionPoints: [SRVABC]\nclients: 3\n".replace("Quill   #", "Quill #"),
    "distributionPoints:\n  - SRVABC\n",
  ]);
});

test("what cannot be changed safely is left to a person", async () => {
  put("packages/ABC00001/package.yaml", "distributionPoints: &points [SRVSEC]\n");
  put("packages/ABC00002/package.yaml", "distributionPoints: [SRVSEC\n");
  put("packages/ABC00003/package.yaml", `# ${"x".repeat(70_000)}\ndistributionPoints: [SRVSEC]\n`);
  put("other.yaml", "distributionPoints: [SRVSEC]\n");
  mkdirSync(join(root, "packages/ABC00004"));
  symlinkSync("../../other.yaml", join(root, "packages/ABC00004/package.yaml"));
  expect(await found(SEC)).toEqual([1, 2, 3, 4].map((i) => `packages/ABC0000${i}/package.yaml SRVSEC by-hand`));
});

test("a file is replaced with its permissions only while it has the expected text, and once", async () => {
  const path = "packages/ABC00001/package.yaml";
  put(path, "a");
  chmodSync(join(root, path), 0o640);
  expect(await references.replace(root, { path, from: "a", to: "b" })).toBe(true);
  expect(await references.replace(root, { path, from: "a", to: "b" })).toBe(true);
  expect(readFileSync(join(root, path), "utf8")).toBe("b");
  expect(statSync(join(root, path)).mode & 0o777).toBe(0o640);
  expect(await references.replace(root, { path, from: "a", to: "c" })).toBe(false);
  rmSync(join(root, path));
  expect(await references.replace(root, { path, from: "b", to: "c" })).toBe(false);
});
