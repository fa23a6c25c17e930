import type { Knowledge } from "../domain/knowledge.ts";
import { readKnowledge } from "../domain/read/knowledge.ts";
import { readData } from "./data.ts";

/** For a page: what its build has put in place of `readData` and checked. It knows no codes of errors, whose table would come with it. */
export function builtInKnowledge(): Knowledge {
  const { files, digest } = readData();
  return readKnowledge(files, digest, []);
}
