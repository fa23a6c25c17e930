/** One hash tag for all keys, so that scripts and BullMQ work on a cluster too. */
export const PREFIX = "{sw}";

export const KEYS = {
  /** The lease of the coordinator that leads. */
  coordinator: `${PREFIX}:coordinator`,
  /** The lease of the coordinator that led last; stays when it ends. */
  leader: `${PREFIX}:leader`,
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
  /** Hash of the plans of a run: "listed" when all of a plan is there, else "coming". */
  runPlans: (id: string) => `${PREFIX}:run:${id}:plans`,
  /** Hash of a plan: its run, what its phases have in common, and the phases as planned, by part. */
  plan: (plan: string) => `${PREFIX}:plan:${plan}`,
  /** Hash of what has changed of a part's phases since, by number. */
  planChanged: (plan: string, part: number) => `${PREFIX}:plan:${plan}:${part}`,
  /** Hash of what has no short form of the phases of a plan, as JSON, by number. */
  planDetails: (plan: string) => `${PREFIX}:plan:${plan}:details`,
  /** Place of a phase whose id does not tell it: its number and its plan. */
  phaseAt: (id: string) => `${PREFIX}:phase-at:${id}`,
  /** Its first forecast. */
  runForecast: (id: string) => `${PREFIX}:run:${id}:forecast`,
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
  /** While a coordinator has Redis sync each write: id of the server process, and its own rule. */
  syncRule: `${PREFIX}:sync-rule`,
  joinToken: (hash: string) => `${PREFIX}:join:${hash}`,
} as const;

/** Where coordinators of form 1 had the phases of a run. */
export const OLDER_KEYS = {
  /** Sorted set of phase ids by their number. */
  phases: (run: string) => `${PREFIX}:run:${run}:phases`,
  /** The same while it was being made. */
  coming: (run: string) => `${PREFIX}:run:${run}:phases-coming`,
  /** The same once the phases are in a plan. */
  moved: (run: string) => `${PREFIX}:run:${run}:phases-moved`,
  /** Hash of its revision and its JSON. */
  phase: (id: string) => `${PREFIX}:phase:${id}`,
} as const;
