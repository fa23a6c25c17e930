import { createHash } from "node:crypto";
import type { Command } from "commander";
import { isTypedHash, SitewrightError } from "@sitewright/protocol";
import type { JoinToken } from "@sitewright/protocol/api";
import { readWhole } from "@sitewright/node-kit/medium-files";
import { print } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";

/** Bytes of a file that `sitewright-agent media join` writes. */
const MOST = 4096;

/** media accept: the join of a system without a line. */
export function addAccept(media: Command): void {
  const accept = media.command("accept").description("accept the join of a system without a line");
  accept.argument("<file>", "what 'sitewright-agent media join' wrote there");
  accept.requiredOption("--key <sha256>", "as it was printed there, told on another way than the file");
  withCommonOptions(accept).action(async (file: string, options: CommonOptions & { key: string }) => {
    const { system, publicKey, roles } = readJoin(file, options.key);
    const connection = connect(options);
    const { token } = await call<JoinToken>(connection, "POST", "/api/v1/join-tokens", { system });
    await call(connection, "POST", "/api/v1/join", {
      token: token.split(".", 1)[0],
      name: system,
      publicKey,
      platform: "not known",
      roles,
    });
    print(
      options.json ? JSON.stringify({ system }) : `${system} has joined; receipts and needs with its signature are accepted from now on`,
    );
  });
}

interface StatedJoin {
  system: string;
  publicKey: string;
  roles: string[];
}

/** Throws `MEDIUM_INVALID`, `MEDIUM_UNTRUSTED`. */
function readJoin(file: string, key: string): StatedJoin {
  const { system, publicKey, roles } = parse(file);
  if (typeof system !== "string" || typeof publicKey !== "string" || !Array.isArray(roles))
    throw new SitewrightError("MEDIUM_INVALID", `${file} is not what 'sitewright-agent media join' writes`, { path: file });
  const shown = createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("hex");
  if (!isTypedHash(key, shown))
    throw new SitewrightError(
      "MEDIUM_UNTRUSTED",
      `${file} has the key ${shown}, and not ${key}: it was changed on its way, or is of another system`,
      { path: file },
    );
  return { system, publicKey, roles: roles.map(String) };
}

function parse(file: string): Partial<Record<keyof StatedJoin, unknown>> {
  const text = readWhole(file, MOST).toString("utf8");
  try {
    return Object(JSON.parse(text)) as Partial<Record<keyof StatedJoin, unknown>>;
  } catch (cause) {
    throw new SitewrightError("MEDIUM_INVALID", `${file} cannot be read: ${(cause as Error).message}`, { path: file, cause });
  }
}
