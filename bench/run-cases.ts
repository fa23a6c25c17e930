import { UnavailableHere, type Case, type Context, type EndedCase } from "./case.ts";
import { makeScratch, removeScratch } from "./scratch.ts";

/** Runs cases one after the other. A failing one is reported with its reason, and the others continue. */
export async function runCases(cases: readonly Case[], options: { rounds: number; scale: number }): Promise<EndedCase[]> {
  const ended: EndedCase[] = [];
  let cleanup = new AsyncDisposableStack();
  const stop = (code: number) => void cleanup.disposeAsync().finally(() => process.exit(code));
  process.once("SIGINT", () => stop(130));
  process.once("SIGTERM", () => stop(143));
  for (const one of cases) {
    cleanup = new AsyncDisposableStack();
    ended.push(await runCase(one, contextFor(one.name, options, cleanup)));
  }
  return ended;
}

async function runCase(one: Case, context: Context): Promise<EndedCase> {
  const started = performance.now();
  context.say(one.about);
  try {
    await using _ = context.cleanup;
    return { case: one, ...(await one.run(context)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof UnavailableHere) return { case: one, reason };
    context.say(`broke: ${error instanceof Error ? error.stack : reason}`);
    return { case: one, reason, broken: true };
  } finally {
    context.say(`took ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}

function contextFor(name: string, { rounds, scale }: { rounds: number; scale: number }, cleanup: AsyncDisposableStack): Context {
  return {
    rounds,
    scale,
    cleanup,
    folder(kind) {
      const folder = makeScratch(kind);
      cleanup.defer(() => removeScratch(folder));
      return folder;
    },
    say: (line) => console.error(`${name}: ${line}`),
  };
}
