/** One hash tag for all keys, so that scripts and BullMQ work on a cluster too. */
export const PREFIX = "{sw}";

export const KEYS = {
  /** The lease of the coordinator that leads. */
  coordinator: `${PREFIX}:coordinator`,
  /** Hash of the coordinators that are there, as JSON, by the id of their data folder. */
  members: `${PREFIX}:members`,
  /** Hash of what the leading coordinator has in its data folder, for those that stand by. */
  shared: `${PREFIX}:shared`,
  /** Hash of what the site data held, as JSON, by unit key. */
  sharedUnits: `${PREFIX}:shared:units`,
  /** The same while it is being made. */
  sharedUnitsComing: `${PREFIX}:shared:units-coming`,
  /** Sorted set of run ids by creation time. */
  runs: `${PREFIX}:runs`,
  run: (id: string) => `${PREFIX}:run:${id}`,
  /** Sorted set of phase ids by their number. */
  runPhases: (id: string) => `${PREFIX}:run:${id}:phases`,
  /** The same while it is being made. */
  runPhasesComing: (id: string) => `${PREFIX}:run:${id}:phases-coming`,
  /** Its first forecast. */
  runForecast: (id: string) => `${PREFIX}:run:${id}:forecast`,
  phase: (id: string) => `${PREFIX}:phase:${id}`,
  /** Hash of cancels that agents have not confirmed, by phase id. */
  owedCancels: `${PREFIX}:cancels`,
  /** The highest generation that was given to any order, as JSON. */
  generation: `${PREFIX}:generation`,
  agent: (system: string) => `${PREFIX}:agent:${system}`,
  /** Hash of what became of a system's units since its inventory, by unit key. */
  held: (system: string) => `${PREFIX}:held:${system}`,
  /** Hash of what operators set on addresses. */
  addresses: `${PREFIX}:addresses`,
  addressChanges: (key: string) => `${PREFIX}:address:${key}:changes`,
  /** List of the entries of the ledger, as JSON. */
  ledger: `${PREFIX}:ledger`,
  joinToken: (hash: string) => `${PREFIX}:join:${hash}`,
} as const;
