import type { VerifyReport } from "@sitewright/protocol";
import { DEVIATIONS, differenceWords } from "../../../../src/domain/findings.ts";
import { plural } from "../../lib/format.ts";

/** What a verification found wrong with a unit, path by path as far as the report names them. */
export function Differences({ report }: { report: VerifyReport }) {
  const more = report.deviationCount - report.deviations.length;
  return (
    <div class="phase-error">
      <p>{differenceWords(report)}</p>
      {!report.absent && report.deviations.length > 0 && (
        <dl class="deviations" tabIndex={0} aria-label="What differs">
          {DEVIATIONS.flatMap((kind) =>
            report.deviations
              .filter((deviation) => deviation.kind === kind)
              .flatMap(({ path }) => [
                <dt key={`${kind} ${path} kind`}>{kind}</dt>,
                <dd key={`${kind} ${path}`}>
                  <code>{path}</code>
                </dd>,
              ]),
          )}
        </dl>
      )}
      {!report.absent && more > 0 && <p class="muted">and {plural(more, "more", "more")}</p>}
    </div>
  );
}
