/** What the bench asks of the process that plays the line; each is answered with the same id. */
export type LinkAsk = { id: number } & (
  | { ask: "open"; host: string; port: number }
  | { ask: "shape"; rate: number; delay: number }
  | { ask: "count" }
);

export interface LinkAnswer {
  id: number;
  /** For `open`: the port to connect to instead. */
  port?: number;
  /** For `count`: payload bytes so far, all connections together. `down` goes to whoever connects. */
  count?: LinkCount;
}

export interface LinkCount {
  down: number;
  up: number;
}
