import type { Clock } from "../ports/clock.ts";
import type { LivePublisher } from "../live/live-view.ts";

/** What an operator should attend to although an agent is connected. */
export interface AgentWarnings {
  /** What an agent says that keeps it from its work. Dropped when it disconnects, because it reports it again. */
  setWarnings(system: string, texts: readonly string[]): void;
  /** Two agents have just displaced each other under this name, or its agent follows another coordinator with the same keys. */
  setCloned(system: string, text: string): void;
  warnings(system: string): string[];
}

/** Those in conflict connect again and again; this long after the last time the conflict counts as over, ms. */
const CLONED_MS = 5 * 60_000;

export function createAgentWarnings(live: Pick<LivePublisher, "warnings">, clock: Clock): AgentWarnings {
  const warnings = new Map<string, readonly string[]>();
  /** By system: the warning about two with one key, and until when, ms since 1970. */
  const cloned = new Map<string, { text: string; until: number }>();

  function warningsOf(system: string): string[] {
    const clone = cloned.get(system);
    return [...(clone && clone.until > clock() ? [clone.text] : []), ...(warnings.get(system) ?? [])];
  }

  return {
    setWarnings(system, texts) {
      if (texts.length > 0) warnings.set(system, texts);
      else warnings.delete(system);
      live.warnings(system, warningsOf(system));
    },
    setCloned(system, text) {
      cloned.set(system, { text, until: clock() + CLONED_MS });
      live.warnings(system, warningsOf(system));
    },
    warnings: warningsOf,
  };
}
