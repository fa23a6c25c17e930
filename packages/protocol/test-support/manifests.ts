import fc from "fast-check";
import {
  comparePaths,
  createLinkTree,
  foldName,
  mayOwn,
  nameFault,
  type Manifest,
  type ManifestEntry,
  type OwnedPath,
  type Unit,
} from "../src/index.ts";

const WORDS = ["setup.exe", "bin", "a b", "Ünïcode", "日本語", "🙂.txt", "e\u0301", "é".repeat(127), "!", "a-b", "a.b", "x"];
/** Names that are valid on every supported platform. */
export const names = fc
  .oneof(fc.constantFrom(...WORDS), fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), fc.stringMatching(/^[a-z.\- !0-9]{1,6}$/))
  .filter((name) => nameFault(name) === undefined);

const digests = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const modes = fc.integer({ min: 0, max: 0o777 });
const contents = fc.record({
  mode: modes,
  modified: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  chunks: fc.array(fc.record({ digest: digests, size: fc.integer({ min: 1, max: 256 * 1024 }) }), { maxLength: 3 }),
});

type Node =
  | { kind: "file"; content: typeof contents extends fc.Arbitrary<infer C> ? C : never }
  | { kind: "folder"; mode: number; children: [name: string, node: Node][] }
  | { kind: "link"; up: number; down: string[] };

const file = fc.record({ kind: fc.constant("file" as const), content: contents });
const link = fc.record({ kind: fc.constant("link" as const), up: fc.nat(3), down: fc.array(names, { maxLength: 3 }) });
const { children } = fc.letrec<{ node: Node; children: [string, Node][] }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    file,
    link,
    fc.record({ kind: fc.constant("folder" as const), mode: modes, children: tie("children") }),
  ),
  children: fc.uniqueArray(fc.tuple(names, tie("node")), { maxLength: 5, selector: ([name]) => foldName(name) }),
}));

const rights = fc.constantFrom("clients-read" as const, "clients-write" as const);
const folder = (path: string) => rights.map((right): OwnedPath => ({ path, kind: "folder", rights: right }));
const ownedFile = (path: string) => rights.map((right): OwnedPath => ({ path, kind: "file", rights: right }));
const sharedFile = names.filter((name) =>
  mayOwn({ role: "logon-point", name: "SMSLOGON@ABC" }, { path: `SMSLOGON/Config/${name}`, kind: "file" }),
);

function some(paths: readonly fc.Arbitrary<OwnedPath>[]): fc.Arbitrary<OwnedPath[]> {
  const subset = fc.shuffledSubarray([...paths.keys()], { minLength: 1 });
  return subset.chain((chosen) => fc.tuple(...chosen.map((i) => paths[i] as fc.Arbitrary<OwnedPath>)));
}

const heads = fc.oneof(
  folder("ABC00001").map((top) => ({ unit: { role: "dp", name: "ABC00001" } as Unit, owned: [top] })),
  some(["clifiles.box", "clicomp.box", "pkginfo.box", "offerinf.box", "clidata.box"].map((name) => folder(`CAP_ABC/${name}`))).map(
    (owned) => ({ unit: { role: "cap", name: "CAP_ABC" } as Unit, owned }),
  ),
  some([
    folder("SMSLOGON/Sites/ABC"),
    folder("SMSLOGON/i386"),
    ownedFile("SMSLOGON/Sitescfg/ABC_cfg.lcf"),
    sharedFile.chain((name) => ownedFile(`SMSLOGON/Config/${name}`)),
  ]).map((owned) => ({ unit: { role: "logon-point", name: "SMSLOGON@ABC" } as Unit, owned })),
);

/** Any valid manifest: units of all roles, with any number of owned paths in any order. */
export const manifests: fc.Arbitrary<Manifest> = heads.chain(({ unit, owned }) =>
  fc
    .tuple(
      ...owned.map((top) =>
        top.kind === "folder"
          ? children.map((inside) => below(top.path, top.path, inside))
          : contents.map((content) => [fileEntry(top.path, content)]),
      ),
    )
    .map((parts): Manifest => ({ unit, owned, entries: withoutBadLinks(owned, parts).sort((a, b) => comparePaths(a.path, b.path)) })),
);

/** Random links meet by chance, and then some lead out or back to themselves. */
function withoutBadLinks(owned: readonly OwnedPath[], parts: readonly ManifestEntry[][]): ManifestEntry[] {
  const links = createLinkTree();
  parts.forEach((part, i) => {
    for (const entry of part) if (entry.kind === "link") links.add(entry.path, entry.target, owned[i]?.path ?? "");
  });
  const refused = new Set(Array.from(links.faults(), ({ path }) => path));
  return parts.flat().filter(({ path }) => !refused.has(path));
}

function below(top: string, at: string, inside: [string, Node][]): ManifestEntry[] {
  return inside.flatMap(([name, node]): ManifestEntry[] => {
    const path = `${at}/${name}`;
    if (node.kind === "file") return [fileEntry(path, node.content)];
    if (node.kind === "folder") return [{ kind: "folder", path, mode: node.mode }, ...below(top, path, node.children)];
    const depth = at.split("/").length - top.split("/").length;
    const steps = [...Array.from({ length: Math.min(node.up, depth) }, () => ".."), ...node.down];
    return [{ kind: "link", path, target: steps.length === 0 ? "." : steps.join("/") }];
  });
}

function fileEntry(path: string, content: Extract<Node, { kind: "file" }>["content"]): ManifestEntry {
  return { kind: "file", path, ...content, size: content.chunks.reduce((sum, { size }) => sum + size, 0) };
}
