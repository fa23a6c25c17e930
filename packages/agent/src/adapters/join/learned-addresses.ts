import type { Coordinators } from "@sitewright/protocol";
import type { Log } from "../../app/ports/link.ts";
import type { ContentAddress } from "../../domain/content-address.ts";
import type { CoordinatorAddresses } from "../../domain/coordinator-addresses.ts";
import { parseCoordinatorUrl } from "../../domain/coordinator-url.ts";
import { changeAgentFile, type AgentFile } from "./agent-file.ts";

/**
 * Tries the coordinators that the coordinator names, also after a restart: an agent that knows one follows to the others; and fetches content
 * where it says. Whoever stated several addresses has decided which are used, and nothing is learned there.
 * @returns Takes what is named.
 */
export function learnAddresses(
  { addresses, content }: { addresses: CoordinatorAddresses; content: Pick<ContentAddress, "named"> },
  { file, dataDir, log }: { file: AgentFile; dataDir: string; log: Log },
): (named: Pick<Coordinators, "urls" | "content">) => void {
  if ((file.others ?? []).length > 0) return () => undefined;
  let last = JSON.stringify(file.learned ?? []);
  let serves = "";
  addresses.learn(urlsIn(file.learned ?? []));
  return ({ urls, content: server }) => {
    if (server !== serves)
      log("info", server === "" ? "content comes from the coordinator that leads" : "another coordinator serves content", { server });
    serves = server;
    content.named(urlsIn([server])[0]);
    const next = JSON.stringify(urls);
    if (next === last) return;
    last = next;
    addresses.learn(urlsIn(urls));
    log("info", "the coordinator names where coordinators answer", { urls });
    void changeAgentFile(dataDir, (now) => ({ ...now, learned: [...urls] })).catch((error: unknown) =>
      log("warn", "the addresses of coordinators could not be stored", { err: error }),
    );
  };
}

/** What an agent cannot use is left out. */
function urlsIn(texts: readonly string[]): URL[] {
  return texts.flatMap((text) => {
    try {
      return [parseCoordinatorUrl(text)];
    } catch {
      return [];
    }
  });
}
