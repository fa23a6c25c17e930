import { readFileSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import type { RawAnswer } from "../domain/answers/read-answers.ts";
import { readAnswersText } from "./answers-text.ts";

/** The answers of a JSON or YAML file, as written; `-` is standard input. Throws `ANSWERS_INVALID`. */
export function readAnswersFile(path: string): RawAnswer[] {
  const read = readAnswersText(readFileSync(path === "-" ? 0 : path, "utf8"), path);
  if ("fault" in read) throw new SitewrightError("ANSWERS_INVALID", read.fault);
  return read.raw;
}
