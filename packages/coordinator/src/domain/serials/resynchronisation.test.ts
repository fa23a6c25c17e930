import { expect, test } from "vitest";
import { makeRandom, type Random } from "../../../../../scripts/sample/random.ts";
import { propose } from "./proposal.ts";

/** A definition as its site issued it. A number alone does not tell two apart: after a recovery it may have been issued twice. */
interface Definition {
  /** Raised by each recovery of the site that issues the numbers; 1 at first. */
  epoch: number;
  number: number;
  /** Of the content. */
  hash: string;
  /** When, in steps of the story. */
  born: number;
}

/** What a site holds in its site data, and a backup of it. */
interface Held {
  epoch: number;
  /** Last identifier, and last number of a definition, that were issued. */
  counters: { id: number; number: number };
  objects: Map<number, Definition>;
}

const SEQUENCES = 1_000;
const STEPS = 40;
const CHILDREN = ["SEC", "POR"] as const;
const copy = ({ epoch, counters, objects }: Held): Held => ({ epoch, counters: { ...counters }, objects: new Map(objects) });

/** How an offered definition relates to the one that is held. `conflict`: one number for two contents, which no rule can decide. */
function relate(offered: Definition, held: Definition): "same" | "newer" | "older" | "conflict" {
  const order = offered.epoch - held.epoch || offered.number - held.number;
  if (order !== 0) return order > 0 ? "newer" : "older";
  return offered.hash === held.hash ? "same" : "conflict";
}

interface Wrong {
  /** A child replaced a definition by an older one. */
  overwritten: number;
  /** A child did not accept a definition that is newer than its own. */
  ignored: number;
  issuedTwice: number;
  conflicts: number;
}

/** One hierarchy through backups, changes, failures, restores and connections; what went wrong is counted. */
function live(random: Random, isRepaired: boolean): Wrong {
  const wrong = { overwritten: 0, ignored: 0, issuedTwice: 0, conflicts: 0 };
  let parent: Held = { epoch: 1, counters: { id: 0, number: 0 }, objects: new Map() };
  let backup = copy(parent);
  const children = new Map<string, Map<number, Definition>>(CHILDREN.map((code) => [code, new Map()]));
  const issued = new Set<number>();
  /** What the ledger has, outside the site data: once a day, and whenever numbers were raised. */
  let onRecord = { epoch: parent.epoch, ...parent.counters };
  const record = () => void (onRecord = { epoch: parent.epoch, ...parent.counters });

  function define(id: number, born: number): void {
    parent.counters.number += 1;
    const hash = `${born}`;
    parent.objects.set(id, { epoch: parent.epoch, number: parent.counters.number, hash, born });
  }

  function create(born: number): void {
    parent.counters.id += 1;
    if (issued.has(parent.counters.id)) wrong.issuedTwice += 1;
    issued.add(parent.counters.id);
    define(parent.counters.id, born);
  }

  /** The parent sends what it has to a child. */
  function connect(held: Map<number, Definition>): void {
    for (const [id, offered] of parent.objects) {
      const own = held.get(id);
      const relation = own ? relate(offered, own) : "newer";
      if (relation === "conflict") wrong.conflicts += 1;
      // The field's software compares the number alone.
      const taken = isRepaired ? relation === "newer" : !own || offered.number >= own.number;
      if (!taken) {
        if (own && offered.born > own.born) wrong.ignored += 1;
        continue;
      }
      if (own && offered.born < own.born) wrong.overwritten += 1;
      held.set(id, offered);
    }
  }

  function restore(): void {
    parent = copy(backup);
    if (!isRepaired) return;
    parent.epoch = onRecord.epoch + 1;
    const reached = (counter: "id" | "number") =>
      propose({
        counter,
        stated: parent.counters[counter],
        testimonies: [...children].flatMap(([witness, held]) =>
          [...held].map(([id, { number }]) => ({ witness, number: counter === "id" ? id : number })),
        ),
        lastKnown: { number: onRecord[counter], daysDown: 1 },
        setAside: new Set(),
      }).number;
    parent.counters = { id: reached("id"), number: reached("number") };
    record();
  }

  for (let step = 0; step < STEPS; step++) {
    const ids = [...parent.objects.keys()];
    const what = random.integer(10);
    if (what < 3 || ids.length === 0) create(step);
    else if (what < 5) define(ids[random.integer(ids.length)] ?? 1, step);
    else if (what < 8) connect(children.get(random.integer(2) === 0 ? "SEC" : "POR") ?? new Map());
    else if (what < 9) {
      backup = copy(parent);
      record();
    } else restore();
  }
  for (const held of children.values()) connect(held);
  return wrong;
}

const stories = (isRepaired: boolean) => Array.from({ length: SEQUENCES }, (_, seed) => live(makeRandom(seed, "recovery"), isRepaired));

test(`in ${SEQUENCES} histories of backups, changes, restores and connections with the repair, each identifier is issued once, and children accept what is newer and nothing else`, () => {
  const none = { overwritten: 0, ignored: 0, issuedTwice: 0, conflicts: 0 };
  expect(stories(true)).toEqual(Array.from({ length: SEQUENCES }, () => none));
});

test("the same histories without the repair issue identifiers twice, and children ignore newer definitions or replace one by another under the same number", () => {
  const found = stories(false);
  const share = (of: keyof Wrong) => found.filter((wrong) => wrong[of] > 0).length / SEQUENCES;
  expect(share("issuedTwice")).toBeGreaterThan(0.1);
  expect(share("ignored")).toBeGreaterThan(0.1);
  expect(share("conflicts")).toBeGreaterThan(0.1);
});
