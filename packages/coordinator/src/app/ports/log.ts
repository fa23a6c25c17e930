/** What the coordinator logged lately about orders and systems. */
export interface LogSource {
  /** The newest lines about the order, or else about the system, each one JSON object; refusals of a system come first. */
  find(about: { order?: string; system?: string }, limit: number): string[];
  /** Lines of a system's own log that came back on a medium, in place of earlier ones. Never throws. */
  keepReturned(system: string, lines: readonly string[]): void;
  /** Oldest first. */
  returned(system: string): string[];
}
