/** Requests to the process of the line; each is answered with the same id. */
export type LinkAsk = { id: number } & (
  | { ask: "open"; host: string; port: number }
  | { ask: "shape"; rate: number; delay: number }
  | { ask: "suffer"; from: Trouble }
  | { ask: "count" }
);

/** Faults of all connections of a line. Times in ms. */
export type Trouble =
  /** Alternates between up and down; at the end of an up period connections break, and while it is down none is accepted. */
  | { kind: "flaps"; up: number; down: number }
  /** Maximum duration of a connection. */
  | { kind: "cuts"; after: number }
  /** Once, after this time: open connections carry nothing any more, and neither side is told. */
  | { kind: "forgets"; after: number };

export interface LinkAnswer {
  id: number;
  /** For `open`: the port to connect to instead. */
  port?: number;
  /** For `count`: payload bytes so far, all connections together. `down` is towards the connecting client. */
  count?: LinkCount;
}

export interface LinkCount {
  down: number;
  up: number;
}
