import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { isVolumeName, MEDIUM_LIMITS, MEDIUM_PLACES, SitewrightError, terminalLine, plural } from "@sitewright/protocol";
import type { TakenReceipt } from "@sitewright/protocol/api";
import { namesOf, readWhole } from "@sitewright/node-kit/medium-files";
import { print, tell } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";

/** media receipt. */
export function addReceipt(media: Command): void {
  const receipt = media
    .command("receipt")
    .description("take in what came back from systems: what became of the medium, and what they hold");
  receipt.argument("<folder>", "of the medium, or of its receipts; or one receipt");
  withCommonOptions(receipt).action(takeReceipts);
}

/** Receipts that could not be taken in do not keep the others from it. */
async function takeReceipts(folder: string, options: CommonOptions): Promise<void> {
  const connection = connect(options);
  const files = receiptsIn(folder);
  if (files.length === 0)
    throw new SitewrightError(
      "NOT_FOUND",
      `there is no receipt in ${folder}: an agent writes one with 'sitewright-agent import ... --receipt FOLDER'`,
      {
        path: folder,
      },
    );
  const taken: (TakenReceipt & { file: string })[] = [];
  const refused: SitewrightError[] = [];
  for (const file of files) {
    try {
      const receipt = readWhole(file, MEDIUM_LIMITS.statement).toString("base64");
      taken.push({ file, ...(await call<TakenReceipt>(connection, "POST", "/api/v1/media/receipts", { receipt })) });
    } catch (error) {
      const failure = SitewrightError.from(error);
      refused.push(failure);
      tell(terminalLine(`${file}: ${failure.code}: ${failure.message}`));
    }
  }
  if (options.json) print(JSON.stringify(taken));
  else for (const one of taken) print(renderTaken(one));
  const [first] = refused;
  if (first)
    throw new SitewrightError(
      first.code,
      `${refused.length} of ${plural(files.length, "receipt")} ${refused.length === 1 ? "was" : "were"} refused: ${first.message}`,
    );
}

function renderTaken({
  file,
  system,
  medium,
  live,
  incomplete,
  failed,
  units,
  results,
  isEarlier,
}: TakenReceipt & { file: string }): string {
  if (isEarlier) return terminalLine(`${file} was taken in before, and a later one of ${system} since`);
  const of = medium === "" ? "" : ` of the medium ${medium}: ${live} live, ${incomplete} incomplete, ${failed} failed;`;
  return `${system}${of} holds ${plural(units, "unit")}${results > 0 ? `, ${plural(results, "result of an order was", "results of orders were")} new` : ""}`;
}

const RECEIPT = /^[^.].*\.receipt$/i;

function receiptsIn(given: string): string[] {
  const inGiven = namesOf(given);
  if (inGiven.length === 0 && lstatSync(given, { throwIfNoEntry: false })?.isFile()) return [given];
  const volumes = inGiven.filter(isVolumeName).map((name) => join(given, name, MEDIUM_PLACES.receipts));
  const files = [given, join(given, MEDIUM_PLACES.receipts), ...volumes].flatMap((place) =>
    namesOf(place)
      .filter((name) => RECEIPT.test(name))
      .map((name) => join(place, name)),
  );
  // Their names have their times: of one system, an earlier one comes before a later one, whatever volume it is on.
  return files.toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1));
}
