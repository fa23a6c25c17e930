import { answers } from "../errors.ts";
import { count, flag, list, name, number, object, text, type Of } from "../schema.ts";

const FINDING = object({ site: text, message: text });
const DEFINITIONS = object({ count, bytes: count });

/** Whether a site may become the child of another, and what that would do. */
const CONNECTION_CHECK = object({
  child: text,
  parent: text,
  /** The parent and every site above it, nearest first. */
  chain: list(text),
  /** Why it may not; empty: nothing speaks against it. */
  blocks: list(FINDING),
  /** What a person should know before. */
  warnings: list(FINDING),
  /** The server of a site of the chain is not connected. */
  isUnreachable: flag,
  /** Definitions of the child that become those of a site above: other content, or another number, under one id. */
  overwritten: list(object({ kind: text, id: text, by: text }, { from: count, to: count })),
  load: object({
    /** Of the sites above, to the child; and its own, up. */
    definitionsDown: DEFINITIONS,
    definitionsUp: DEFINITIONS,
    /** Made above, assigned to the child or below it, and not held there. */
    packages: count,
    /** `takesMs`: if nothing else crosses it; absent: no rate is stated, or its hours do not let it end. */
    lines: list(object({ address: text, bytes: count }, { takesMs: number })),
  }),
});
export type ConnectionCheck = Of<typeof CONNECTION_CHECK>;

const ACCEPT = object({ child: name, parent: name, reason: { type: "string", minLength: 1, maxLength: 500 } });

export const HIERARCHY_ROUTES = {
  check: { querystring: object({ child: name, parent: name }), response: answers(CONNECTION_CHECK) },
  /** A person's word that a site may follow another although something speaks against it. */
  accept: { body: ACCEPT, response: answers(CONNECTION_CHECK) },
} as const;
