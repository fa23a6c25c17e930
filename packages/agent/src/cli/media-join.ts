import { createHash, X509Certificate } from "node:crypto";
import { join, resolve } from "node:path";
import { isTypedHash, MEDIUM_PLACES, SitewrightError, type Signed } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { openMedium } from "@sitewright/node-kit/medium";
import { isSignedTable } from "@sitewright/node-kit/medium-trust";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { AgentFile } from "../adapters/join/agent-file.ts";
import { joinWith } from "../adapters/join/join.ts";
import { parseCoordinatorUrl } from "../domain/coordinator-url.ts";
import { checkName } from "./join.ts";

export interface MediaJoinFlags {
  name: string;
  dataDir: string;
  root: AgentFile["roots"];
  /** SHA-256 of the certificate of the coordinator's authority, hex. */
  ca: string;
  /** Where the file for the coordinator is written, below receipts. */
  to: string;
  url: string;
}

export interface MediaJoined {
  /** For the coordinator. */
  file: string;
  /** SHA-256 of the public key's DER, hex: said to the person at the coordinator on another way than the file. */
  key: string;
  warnings: string[];
}

/**
 * `sitewright-agent media join`: a system without a line joins by what a medium says of its coordinator, if that is the one whose hash a person
 * typed in. Throws `MEDIUM_UNTRUSTED`, and as `openMedium` and `joinWith` do.
 */
export async function joinByMedium(folders: readonly string[], { name, dataDir, root, ca, to, url }: MediaJoinFlags): Promise<MediaJoined> {
  checkName(name);
  let pem = "";
  const medium = openMedium(
    folders.map((folder) => resolve(folder)),
    (signed) => (pem = authorityOf(signed, ca)),
  );
  let publicKey = "";
  const place = join(resolve(to), MEDIUM_PLACES.receipts);
  const file = join(place, `${name}.join`);
  const { warnings } = await joinWith({
    name,
    dataDir: resolve(dataDir),
    roots: root,
    urls: [parseCoordinatorUrl(url)],
    async introduce(key, roles) {
      publicKey = key;
      makeFolder(place);
      await writeFileAtomic(file, `${JSON.stringify({ form: 1, system: name, publicKey, roles })}\n`, 0o644);
      return { coordinator: medium.table.coordinator, ca: pem, expected: [] };
    },
  });
  return { file, key: createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("hex"), warnings };
}

/** Certificate (PEM) of the authority that signed. Throws `MEDIUM_UNTRUSTED`. */
function authorityOf(signed: Signed, hash: string): string {
  const { authority } = signed;
  if (authority && isSignedTable(signed, authority.ca)) {
    const shown = createHash("sha256").update(new X509Certificate(authority.ca).raw).digest("hex");
    if (isTypedHash(hash, shown)) return authority.ca;
    throw untrusted(`was signed by the authority ${shown}, and not by ${hash}`);
  }
  throw untrusted("has no valid signature");
}

function untrusted(why: string): SitewrightError {
  return new SitewrightError(
    "MEDIUM_UNTRUSTED",
    `the table of the medium ${why}: compare the number with what the coordinator printed; nothing was joined`,
  );
}
