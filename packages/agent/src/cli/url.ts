import { SitewrightError } from "@sitewright/protocol";
import { changeAgentFile, readAgentFile, type AgentFile } from "../adapters/join/agent-file.ts";
import { parseCoordinatorUrl } from "../domain/coordinator-url.ts";

/** `sitewright-agent url list`: the coordinator's addresses in the order in which they are tried. Throws `NOT_JOINED`. */
export async function listUrls(dataDir: string): Promise<string[]> {
  const file = await readAgentFile(dataDir);
  const learned = file.others?.length ? [] : (file.learned ?? []);
  return [...urlsOf(file), ...learned.map((url) => `${url} (named by the coordinator)`)];
}

/** `sitewright-agent url add`: tries these too, after the known ones. Throws `NOT_JOINED`, `BAD_REQUEST`, `COORDINATOR_UNTRUSTED`. */
export async function addUrls(texts: readonly string[], dataDir: string): Promise<string[]> {
  const added = texts.map(normal);
  return change(dataDir, (known) => [...new Set([...known, ...added])]);
}

/** `sitewright-agent url remove`. Throws `NOT_JOINED`, `BAD_REQUEST`. */
export async function removeUrls(texts: readonly string[], dataDir: string): Promise<string[]> {
  const removed = texts.map(normal);
  return change(dataDir, (known) => {
    const strange = removed.filter((url) => !known.includes(url));
    if (strange.length > 0)
      throw new SitewrightError("BAD_REQUEST", `${strange.join(", ")} is not an address that this agent tries: it has ${known.join(", ")}`);
    return known.filter((url) => !removed.includes(url));
  });
}

function urlsOf({ url, others = [] }: AgentFile): string[] {
  return [url, ...others];
}

function normal(text: string): string {
  return parseCoordinatorUrl(text).href;
}

async function change(dataDir: string, next: (known: string[]) => string[]): Promise<string[]> {
  const file = await changeAgentFile(dataDir, (before) => {
    const [url, ...others] = next(urlsOf(before));
    if (url === undefined) throw new SitewrightError("BAD_REQUEST", "an agent needs an address of its coordinator: add another one first");
    return { ...before, url, others };
  });
  return [...urlsOf(file), `This takes effect at the agent's next start: sitewright-agent run --data-dir ${dataDir}`];
}
