import { join } from "node:path";
import type { Command } from "commander";
import { plural, unitKey } from "@sitewright/protocol";
import { formatBytes } from "@sitewright/protocol/api";
import { requireWhole } from "@sitewright/node-kit/medium-whole";
import { print } from "@sitewright/node-kit/output";
import { dataDirOf } from "../../connect.ts";
import { renderVerified } from "../../render/media-text.ts";
import { collect, withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import type { ExtractedUnit, MediaTools, MediumFolders } from "./tools.ts";

interface ImportOptions extends CommonOptions {
  to: string;
  package?: string[];
}

/** media verify, import. */
export function addReading(media: Command, tools: MediaTools): void {
  const verify = media.command("verify").description("read every byte of the volumes that are there; changes nothing");
  verify.argument("<folder...>", "of a volume, or one that holds volumes");
  withCommonOptions(verify).action((folders: string[], options: CommonOptions) => verifyMedium(folders, options, tools));
  const take = media.command("import").description("write the content of units into a folder, such as sources of packages that were lost");
  take.argument("<folder...>", "of a volume, or one that holds volumes");
  take.requiredOption("--to <folder>", "where to; what is there stays, and is not replaced");
  take.option("--package <id>", "this package only (may be repeated)", collect);
  withCommonOptions(take).action((folders: string[], options: ImportOptions) => importUnits(folders, options, tools));
}

async function verifyMedium(folders: string[], options: CommonOptions, tools: MediaTools): Promise<void> {
  const verified = await tools.verify(mediumOf(folders, options));
  const { table, units, ...rest } = verified;
  const listed = units.map(({ missing, ...unit }) => ({ ...unit, missing: { ...missing, volumes: Object.fromEntries(missing.volumes) } }));
  print(options.json ? JSON.stringify({ medium: table.medium, ...rest, units: listed }) : renderVerified(verified));
  requireWhole(verified);
}

async function importUnits(folders: string[], options: ImportOptions, tools: MediaTools): Promise<void> {
  const units: ExtractedUnit[] = [];
  await tools.extract(mediumOf(folders, options), { to: options.to, packages: options.package ?? [] }, (one) => {
    units.push(one);
    const { unit, files, bytes } = one;
    // At once: if a later unit fails, those before it stay.
    if (!options.json) print(`${unitKey(unit)}  ${plural(files, "file")}, ${formatBytes(bytes)}, below ${options.to}`);
  });
  if (options.json) print(JSON.stringify(units));
}

/** The certificate may be a copy: a site server that lost its data folder can still read a medium. */
function mediumOf(folders: readonly string[], options: CommonOptions): MediumFolders {
  return { folders, ca: options.ca ?? process.env.SITEWRIGHT_CA ?? join(dataDirOf(options), "ca.pem") };
}
