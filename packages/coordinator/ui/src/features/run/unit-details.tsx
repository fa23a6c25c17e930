import { useSignal } from "@preact/signals";
import { LogLines } from "../../components/log-lines.tsx";
import { Pill } from "../../components/pill.tsx";
import { formatBytes, formatClock, formatSeconds, plural } from "../../lib/format.ts";
import type { UnitRow } from "../../lib/unit-rows.ts";
import { phaseLook, phaseWords, TASKS } from "../../lib/words.ts";
import { adviceFor } from "@sitewright/expert/advice";
import { DEVIATION_KINDS, type VerifyReport } from "@sitewright/protocol";
import { differenceWords, type Phase } from "@sitewright/protocol/api";

/** The phases of one unit on one system, each with its events and its log. */
export function UnitDetails({ row }: { row: UnitRow }) {
  return (
    <ol class="phases">
      {row.phases.map((phase) => (
        <PhaseDetails key={phase.id} phase={phase} />
      ))}
    </ol>
  );
}

function PhaseDetails({ phase }: { phase: Phase }) {
  const log = useSignal(false);
  const { outcome } = phase;
  return (
    <li class="phase">
      <p class="phase-head">
        <strong>{TASKS[phase.task]}</strong>
        <Pill look={phaseLook(phase)} />
        <span class="muted">{phaseWords(phase)}</span>
        <button type="button" class="button button-quiet button-small" aria-expanded={log.value} onClick={() => (log.value = !log.value)}>
          {log.value ? "Hide log" : "Log"}
        </button>
      </p>
      {outcome?.kind === "failed" && (
        <div class="phase-error">
          <p>
            <code>{outcome.code}</code> {outcome.message}
          </p>
          {outcome.path && <p class="muted">{outcome.path}</p>}
          <p class="trouble-advice">{adviceFor(outcome.code)}</p>
        </div>
      )}
      {outcome?.kind === "verified" && !outcome.right && <Differences report={outcome} />}
      <p class="phase-facts muted">{factsOf(phase).join(" · ")}</p>
      {log.value && <LogLines about={{ order: phase.id }} turn={phase.epoch} />}
    </li>
  );
}

function factsOf(phase: Phase): string[] {
  const { outcome, progress, startedAt, endedAt } = phase;
  const bytes = outcome?.kind === "staged" ? outcome : progress;
  return [
    plural(phase.epoch, "attempt"),
    ...(phase.files > 0 && phase.task !== "activate" ? [`${plural(phase.files, "file")}, ${formatBytes(phase.sourceBytes)}`] : []),
    ...(bytes && phase.task === "stage" ? [`${formatBytes(bytes.reusedBytes)} reused`, `${formatBytes(bytes.fetchedBytes)} fetched`] : []),
    ...(bytes?.peerBytes === undefined ? [] : [`${formatBytes(bytes.peerBytes)} of that from neighbours`]),
    ...(bytes && bytes.retriedBytes > 0 ? [`${formatBytes(bytes.retriedBytes)} retried`] : []),
    ...(phase.wireBytes > 0 ? [`${formatBytes(phase.wireBytes)} sent`] : []),
    ...(startedAt === undefined ? [] : [`started ${formatClock(startedAt)}`]),
    ...(startedAt === undefined || endedAt === undefined ? [] : [`took ${formatSeconds((endedAt - startedAt) / 1000)}`]),
    `order ${phase.id}`,
  ];
}

/** What a verification found wrong with a unit, path by path as far as the report names them. */
function Differences({ report }: { report: VerifyReport }) {
  const more = report.deviationCount - report.deviations.length;
  return (
    <div class="phase-error">
      <p>{differenceWords(report)}</p>
      {!report.absent && report.deviations.length > 0 && (
        <dl class="deviations" tabIndex={0} aria-label="What differs">
          {DEVIATION_KINDS.flatMap((kind) =>
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
