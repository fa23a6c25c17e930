import { isSiteCode } from "@sitewright/protocol";
import type { YamlFile } from "./yaml-file.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Checks a site.yaml; returns what it says about the site's place in its logon domain. */
export function readSiteFile(file: YamlFile): boolean | undefined {
  if (!file.root) return undefined;
  const fields = file.record(file.root, "site.yaml", ["identity", "serials", "neighbours", "logonSenior"]);
  const identity = file.text(fields.identity);
  if (identity !== undefined && !UUID.test(identity))
    file.fault(fields.identity?.value, `identity "${identity}" is no UUID: write 8-4-4-4-12 hex digits`);
  for (const serial of fields.serials ? file.fields(fields.serials.value, "serials") : []) file.integer(serial, 0, Number.MAX_SAFE_INTEGER);
  for (const neighbour of file.list(fields.neighbours, 10_000) ?? []) {
    if (!isSiteCode(neighbour.text))
      file.fault(neighbour.node, `the neighbour "${neighbour.text}" is no site code: write three capital letters or digits`);
  }
  return file.flag(fields.logonSenior);
}
