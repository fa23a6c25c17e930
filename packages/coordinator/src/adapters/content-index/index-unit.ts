import { SitewrightError } from "@sitewright/protocol";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { indexFully } from "./index-fully.ts";
import type { IndexContext, IndexOutcome } from "./index-context.ts";
import { recall, versionOf } from "./known-unit.ts";
import { createLinkCheck } from "./walk/link-fault.ts";
import { FaultList, SourceMoved } from "./walk/source-fault.ts";
import { createUnitMemory } from "./tables/unit-memory.ts";
import { createWalkMarks, type WalkMarks } from "./walk/walk-marks.ts";
import { walkSource } from "./walk/walk-source.ts";

const ATTEMPTS = 3;
/** ms; time for a copy in progress to finish. */
const PAUSE = 100;

/** Indexes one unit in place and stores its manifest. Blocks its thread: for workers only. */
export function indexUnit(source: UnitSource, context: IndexContext): IndexOutcome {
  let moved: SourceMoved | undefined;
  for (let number = 1; number <= ATTEMPTS; number++) {
    try {
      return tryOnce(source, context);
    } catch (error) {
      if (!(error instanceof SourceMoved)) throw error;
      moved = error;
      if (number < ATTEMPTS) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE * number);
    }
  }
  throw unstable(source.unit.name, moved?.source ?? "", moved?.vanished ?? false);
}

/** Throws `SourceMoved` when another process changes the source. */
function tryOnce(source: UnitSource, context: IndexContext): IndexOutcome {
  const marks = lookAt(source, context);
  const memory = createUnitMemory(context, source, marks.stamp());
  const known = context.rehash ? undefined : recall(source, context, memory);
  if (known) return known;
  const { outcome, settled, reads, altered } = indexFully(source, context, marks);
  memory.remember(outcome, settled);
  const indexed = { ...outcome.indexed, ...versionOf(source, outcome.content), ...(altered.files > 0 ? { altered } : {}) };
  return { indexed, filesRead: reads.files, bytesRead: reads.bytes, moved: false };
}

/** The state before any file is opened: it may be known, or have faults that need no reading. */
function lookAt(source: UnitSource, context: IndexContext): WalkMarks {
  const faults = new FaultList();
  const marks = createWalkMarks();
  const links = createLinkCheck(source.owned, faults);
  for (const entry of walkSource(context.root, source.owned, faults)) {
    context.tick({ files: 0, bytes: 0 });
    marks.add(entry);
    links.add(entry);
  }
  links.end();
  faults.throwFor(source.unit.name);
  return marks;
}

function unstable(unit: string, path: string, vanished: boolean): SitewrightError {
  return vanished
    ? new SitewrightError("SOURCE_UNREADABLE", `${unit} is left out: ${path}: it vanished while it was being read, ${ATTEMPTS} times`, {
        path,
      })
    : new SitewrightError(
        "SOURCE_UNSTABLE",
        `${unit} is left out: ${path} keeps changing: wait until the program that writes there has finished, then try again`,
        { path },
      );
}
