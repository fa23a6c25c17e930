import { X509Certificate } from "node:crypto";
import { SitewrightError, type Signed } from "@sitewright/protocol";
import { openMedium, type OpenMedium } from "@sitewright/node-kit/medium";
import { isSignedTable } from "@sitewright/node-kit/medium-trust";
import { authorityKey, isSignedSuccession } from "@sitewright/node-kit/succession";
import { successionFault } from "../../domain/succession.ts";
import { changeAgentFile, type AgentFile } from "../join/agent-file.ts";

export interface TrustedMedium extends OpenMedium {
  /** PEM of another authority than the one that this agent trusts, which named it as its successor. */
  successor?: string;
}

type Trust = Pick<AgentFile, "ca" | "coordinator" | "succession">;

/** Opens a medium of the coordinator that this agent joined. Throws `MEDIUM_UNTRUSTED`, `MEDIUM_OTHER_HIERARCHY`, and as `openMedium` does. */
export function openTrusted(folders: readonly string[], trust: Trust): TrustedMedium {
  let successor: string | undefined;
  const medium = openMedium(folders, (signed) => (successor = signerOf(signed, trust)));
  if (medium.table.coordinator !== trust.coordinator)
    throw new SitewrightError(
      "MEDIUM_OTHER_HIERARCHY",
      `the medium is of the coordinator ${medium.table.coordinator}, and this agent joined ${trust.coordinator}: import it on a system of the other one`,
    );
  return { ...medium, ...(successor === undefined ? {} : { successor }) };
}

/** From now on only the successor is trusted, as if it had been met over the line. */
export async function followSuccessor(dataDir: string, before: string, successor: string): Promise<void> {
  await changeAgentFile(dataDir, (now) => {
    if (now.ca !== before) return now;
    const { succession: _number, ...rest } = now;
    return { ...rest, ca: successor };
  });
}

/** Undefined: the authority that is trusted. Throws `MEDIUM_UNTRUSTED`. */
function signerOf(signed: Signed, { ca, coordinator, succession = 0 }: Trust): string | undefined {
  if (isSignedTable(signed, ca)) return undefined;
  const { authority } = signed;
  if (authority && isSignedTable(signed, authority.ca)) {
    const [trusted, shown] = [ca, authority.ca].map((pem) => authorityKey(new X509Certificate(pem))) as [string, string];
    const asked = { coordinator, trusted, newest: succession, shown, statements: authority.statements };
    const fault = successionFault(asked, isSignedSuccession);
    if (fault === undefined) return authority.ca;
    throw untrusted(`was signed by another authority than this agent joined, and that is no successor: ${fault}`);
  }
  throw untrusted("was not signed by the authority that this agent joined: it was changed, or belongs to another hierarchy");
}

function untrusted(why: string): SitewrightError {
  return new SitewrightError("MEDIUM_UNTRUSTED", `the table of the medium ${why}; nothing of it was imported`);
}
