import { SitewrightError, type ErrorCode } from "@sitewright/protocol";

/** One of possibly many reasons why a unit is refused. */
export interface SourceFault {
  code: ErrorCode;
  /** Place below the site data. */
  path: string;
  message: string;
}

const SHOWN = 20;
/** How long files of one unit that another program holds exclusively (on Windows) are waited for, and one step of that, ms. */
const PATIENCE = 5_000;
const STEP = 100;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** The faults of one unit: all are counted, the first are kept. */
export class FaultList {
  #shown: SourceFault[] = [];
  #count = 0;
  #patience: number;

  constructor(patience = PATIENCE) {
    this.#patience = patience;
  }

  /** Blocks for a moment. False when there has been enough of that for this unit. */
  waitForUse(): boolean {
    if (this.#patience < STEP) return false;
    this.#patience -= STEP;
    Atomics.wait(pause, 0, 0, STEP);
    return true;
  }

  get count(): number {
    return this.#count;
  }

  add(code: ErrorCode, path: string, message: string): void {
    this.#count += 1;
    if (this.#shown.length < SHOWN) this.#shown.push({ code, path, message });
  }

  /** Throws one error for all of them, with the code of the first; does nothing when there are none. */
  throwFor(unit: string): void {
    const [first] = this.#shown;
    if (!first) return;
    const lines = this.#shown.map(({ path, message }) => `${path}: ${message}`);
    if (this.#count > SHOWN) lines.push(`... and ${this.#count - SHOWN} more`);
    throw new SitewrightError(first.code, `${unit} is left out: ${lines.join("\n")}`, { path: first.path });
  }
}

/** Something changed since a moment ago: another process is changing the source. */
export class SourceMoved extends Error {
  /** Place below the site data. */
  readonly source: string;
  readonly vanished: boolean;

  constructor(source: string, vanished = false) {
    super(`${source} changed while it was read`);
    this.source = source;
    this.vanished = vanished;
  }
}

/** Result of a file system call on the source; undefined when it fails, which is a fault. Throws `SourceMoved`. */
export function read<T>(faults: FaultList, source: string, work: () => T): T | undefined {
  for (;;) {
    try {
      return work();
    } catch (error) {
      const { code, message, syscall } = error as NodeJS.ErrnoException;
      if (syscall === undefined) throw error;
      if (code === "ENOENT" || code === "ENOTDIR") throw new SourceMoved(source, true);
      if (code === "ELOOP") throw new SourceMoved(source);
      if (code === "EBUSY" && faults.waitForUse()) continue;
      faults.add("SOURCE_UNREADABLE", source, code === "EBUSY" ? inUse(message) : `it cannot be read: ${message}`);
      return undefined;
    }
  }
}

function inUse(message: string): string {
  return `another program holds it open for itself alone (${message}): end that use (openfiles or Get-SmbOpenFile name it), then try again`;
}
