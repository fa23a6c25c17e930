import type { Log } from "../../app/ports/link.ts";
import type { CoordinatorAddresses } from "../../domain/coordinator-addresses.ts";
import { parseCoordinatorUrl } from "../../domain/coordinator-url.ts";
import { changeAgentFile, type AgentFile } from "./agent-file.ts";

/**
 * Tries the coordinators that the coordinator names, also after a restart: an agent that knows one follows to the others. Whoever stated
 * several addresses has decided which are tried, and nothing is learned there.
 * @returns Takes what is named.
 */
export function learnAddresses(
  addresses: CoordinatorAddresses,
  { file, dataDir, log }: { file: AgentFile; dataDir: string; log: Log },
): (urls: readonly string[]) => void {
  if ((file.others ?? []).length > 0) return () => undefined;
  let last = JSON.stringify(file.learned ?? []);
  addresses.learn(urlsIn(file.learned ?? []));
  return (urls) => {
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
