/** What a service manager gives to the program that it runs, and hears from it. */
export interface ServiceHost {
  /** Lines of the log. */
  log: { write(line: string): void };
  /** The program has started. */
  started(): void;
}

/** The agent as a service of one kind of system. Chosen in `disk/platform/service.ts`. */
export interface SystemService {
  /** Where its data lie unless something else is said. */
  readonly dataDir: string;
  /**
   * Starts the agent now and with the system. Throws `BAD_REQUEST` for what has to be done first, and `IO_ERROR`.
   * @param roots Folders that it has to write.
   * @param words Further arguments of the agent.
   */
  install(dataDir: string, roots: readonly string[], words: readonly string[]): Promise<string>;
  /** Its data and its roots stay. */
  remove(): Promise<string>;
  status(): string;
  /**
   * Runs `work` in a process that the system has started as the service; aborts the signal when it is to stop. Missing where a service is a
   * program like any other. Throws `BAD_REQUEST` in another process.
   */
  serve?(dataDir: string, work: (signal: AbortSignal, host: ServiceHost) => Promise<void>): Promise<void>;
}
