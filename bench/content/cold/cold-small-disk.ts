import { writeSmallTree } from "../../data/trees.ts";
import { coldCase } from "./cold.ts";

export const coldSmallDisk = coldCase({
  name: "cold-small-disk",
  about: "the files of cold-small on the disk of the project; 'sync' of its file system counted for both, ours with all its own on top",
  write: writeSmallTree,
  disk: "disk",
  ratio: 0.8,
});
