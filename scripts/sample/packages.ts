import { makeRandom } from "./random.ts";
import { addFile, type Tree } from "./tree.ts";

export interface SamplePackage {
  id: string;
  name: string;
  sourceVersion: number;
  priority: "high" | "medium" | "low";
  clients?: number;
  due?: string;
  distributionPoints: string[];
  tree: Tree;
}

const KB = 1024;
const MB = 1024 * KB;

/** Six packages, 1 to 10 MB: text and noise, many small files, a deep tree, a link, odd modes, and a part that two of them share. */
export function samplePackages(seed: number): SamplePackage[] {
  const runtime = makeRandom(seed, "runtime").bytes(1.5 * MB);
  return [
    {
      id: "ABC00001",
      name: "Quill Office Suite",
      sourceVersion: 4,
      priority: "medium",
      clients: 35,
      due: "2026-11-30T08:00",
      distributionPoints: ["SRVABC", "DPABC", "SRVSEC"],
      tree: build(seed, "office", (tree, random) => {
        addFile(tree, "setup.sh", '#!/bin/sh\nexec ./suite/install "$@"\n', 0o755);
        addFile(tree, "licence.txt", random.text(24 * KB), 0o444);
        addFile(tree, "suite/program.cab", random.bytes(5 * MB));
        addFile(tree, "suite/fonts.cab", random.bytes(1.5 * MB));
        addFile(tree, "suite/help.txt", random.text(1.5 * MB));
        addFile(tree, "shared/runtime.cab", runtime);
      }),
    },
    {
      id: "ABC00002",
      name: "Paperglass Reader",
      sourceVersion: 2,
      priority: "medium",
      distributionPoints: ["SRVABC", "DPABC", "SRVSEC", "SRVPOR"],
      tree: build(seed, "reader", (tree, random) => {
        addFile(tree, "reader.msi", random.bytes(3.5 * MB));
        addFile(tree, "runtime.cab", runtime);
        addFile(tree, "manual.txt", random.text(1 * MB));
      }),
    },
    {
      id: "ABC00003",
      name: "Lighthouse Virus Definitions",
      sourceVersion: 17,
      priority: "high",
      clients: 40,
      distributionPoints: ["SRVABC", "DPABC", "SRVSEC", "SRVPOR", "DPPOR"],
      tree: build(seed, "definitions", (tree, random) => {
        addFile(tree, "definitions.dat", random.bytes(3 * MB));
        addFile(tree, "engine.bin", random.bytes(512 * KB), 0o755);
        addFile(tree, "version.ini", "[Definitions]\r\nDate=2001-06-25\r\nNumber=17\r\n");
      }),
    },
    {
      id: "ABC00004",
      name: "Clipart Library",
      sourceVersion: 1,
      priority: "low",
      distributionPoints: ["SRVABC", "DPABC", "SRVSEC", "DPPOR"],
      tree: build(seed, "clipart", (tree, random) => {
        for (let i = 0; i < 600; i++) {
          const size = 500 + random.integer(6 * KB);
          addFile(
            tree,
            `pictures/${String(i % 20).padStart(2, "0")}/picture-${i}.wmf`,
            i % 3 === 0 ? random.text(size) : random.bytes(size),
          );
        }
      }),
    },
    {
      id: "ABC00005",
      name: "Fieldnotes Database Client",
      sourceVersion: 3,
      priority: "medium",
      distributionPoints: ["SRVABC", "DPABC", "SRVPOR", "DPPOR"],
      tree: build(seed, "fieldnotes", (tree, random) => {
        for (const version of ["2.0", "2.1"]) {
          addFile(tree, `versions/${version}/bin/client.exe`, random.bytes(640 * KB), 0o755);
          addFile(tree, `versions/${version}/share/doc/en/guide/chapters/all.txt`, random.text(400 * KB));
        }
        tree.set("current", { target: "versions/2.1" });
        addFile(tree, "versions/2.1/share/installed.log", "");
      }),
    },
    {
      id: "ABC00006",
      name: "Northgate Terminal",
      sourceVersion: 8,
      priority: "medium",
      clients: 12,
      distributionPoints: ["SRVABC", "DPABC", "SRVSEC", "SRVPOR", "DPPOR"],
      tree: build(seed, "terminal", (tree, random) => {
        addFile(tree, "terminal.exe", random.bytes(900 * KB), 0o755);
        addFile(tree, "terminal.ini", random.text(8 * KB));
        addFile(tree, "readme.txt", random.text(60 * KB));
      }),
    },
  ];
}

function build(seed: number, name: string, fill: (tree: Tree, random: ReturnType<typeof makeRandom>) => void): Tree {
  const tree: Tree = new Map();
  fill(tree, makeRandom(seed, name));
  return tree;
}
