import type { Knowledge } from "../domain/knowledge.ts";
import { readKnowledge } from "../domain/read/knowledge.ts";
import { checkedData } from "./data.ts";

export { readAnswersFile } from "./answers-file.ts";

/** The questions, tasks and texts of this version of the program. Throws `EXPERT_DATA_INVALID`. */
export function loadKnowledge(): Knowledge {
  const { files, digest } = checkedData();
  // Data that was checked has no faults.
  return readKnowledge(files, digest, []);
}
