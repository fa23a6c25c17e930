import { writeSmallTree } from "../../data/trees.ts";
import { coldCase } from "./cold.ts";

export const coldSmall = coldCase({
  name: "cold-small",
  about: "20,000 files of 0.5 to 16 KB in 200 folders, half of them text, memory disk, loopback, empty target",
  write: writeSmallTree,
  disk: "memory",
  ratio: 0.6,
});
