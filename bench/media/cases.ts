import type { Case } from "../case.ts";
import { writeLargeTree, writeSmallTree } from "../data/trees.ts";
import { importCase, writeCase } from "./medium-case.ts";

const LARGE = { about: "1 GiB in 8 files that do not compress, memory disk", tree: writeLargeTree };
const SMALL = { about: "20,000 files of 0.5 to 16 KB in 200 folders, memory disk", tree: writeSmallTree };

export const MEDIA_CASES: Case[] = [
  writeCase({ name: "write-large", ...LARGE }),
  importCase({ name: "import-large", ...LARGE }),
  writeCase({ name: "write-small", ...SMALL }),
  importCase({ name: "import-small", ...SMALL }),
];
