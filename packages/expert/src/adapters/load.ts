import { SitewrightError } from "@sitewright/protocol";
import type { Knowledge } from "../domain/knowledge.ts";
import { readKnowledge } from "../domain/read/knowledge.ts";
import { readData } from "./data.ts";

export { readAnswersFile } from "./answers-file.ts";

const SHOWN_FAULTS = 20;

/** The questions, tasks and texts of this version of the program. Throws `EXPERT_DATA_INVALID` with all faults: file, line, advice. */
export function loadKnowledge(): Knowledge {
  const { files, digest, faults } = readData();
  if (faults.length > 0) {
    const named = faults.slice(0, SHOWN_FAULTS).map(({ file, line, message }) => `packages/expert/data/${file}:${line}: ${message}`);
    const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : [];
    throw new SitewrightError("EXPERT_DATA_INVALID", ["the list of recovery tasks is wrong", ...named, ...more].join("\n"));
  }
  return readKnowledge(files, digest, []);
}
