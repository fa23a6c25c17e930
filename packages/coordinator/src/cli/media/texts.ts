import { ERROR_CODES } from "@sitewright/protocol";
import { planOfAll, renderHtml, renderPrint, speechOf, viewOf, type Speech } from "@sitewright/expert";
import { adviceFor } from "@sitewright/expert/advice";
import { loadKnowledge } from "@sitewright/expert/load";
import { mediumHelp } from "./help-text.ts";

/** What is on the first volume beside the content, by its path: help, every task of a recovery, what error codes mean. */
export function mediumTexts(about: { medium: string; systems: readonly string[] }): Record<string, string> {
  const knowledge = loadKnowledge();
  const plan = planOfAll(knowledge);
  const speech = speechOf(knowledge, "en") as Speech;
  const codes = Object.keys(ERROR_CODES).map((code) => `${code}\r\n  ${adviceFor(code)}`);
  return {
    "SITEWRIGHT.TXT": mediumHelp(about),
    "TASKS.TXT": renderPrint(viewOf(knowledge, plan, speech), speech).replaceAll("\n", "\r\n"),
    "TASKS.HTM": renderHtml(knowledge, plan, "en"),
    "CODES.TXT": `${codes.join("\r\n\r\n")}\r\n`,
  };
}
