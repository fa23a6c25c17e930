import type { ComponentChildren } from "preact";
import {
  leftOutWords,
  noteWords,
  zoneOf,
  zoneOfRun,
  type AddressForecast,
  type Course,
  type Forecast,
  type RunForecast,
} from "@sitewright/protocol/api";
import { now } from "../../api/clock.ts";
import { Section } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, percent } from "../../lib/format.ts";
import {
  areaPath,
  curvePath,
  isTimed,
  momentWords,
  partsOf,
  reachedWords,
  shareWords,
  spanOf,
  type Stated,
} from "../../lib/lines/service-curve.ts";

const SIZE = { width: 600, height: 120 };

interface ServiceCurveProps {
  shown: Course;
  first: Course | undefined;
  stated: Stated;
  /** Nothing is expected any more. */
  isOver: boolean;
}

/** Service restored over time, what is expected of it, and the first forecast. The table beside it has the same data in words. */
function ServiceCurve({ shown, first, stated: { madeAt, timeZone }, isOver }: ServiceCurveProps) {
  const span = spanOf([first, shown]);
  const { before, after } = partsOf(shown.curve, isOver ? span.to : madeAt);
  return (
    <figure class="service-curve">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" role="img" aria-label={labelOf(shown, timeZone)}>
        <title>{labelOf(shown, timeZone)}</title>
        <path class="service-area" d={areaPath(before, span, SIZE)} />
        {first && <path class="service-first" d={`${curvePath(first.curve, span, SIZE)}H${SIZE.width}`} />}
        {!isOver && <path class="service-expected" d={`${curvePath(after, span, SIZE)}H${SIZE.width}`} />}
        <path class="service-now" d={curvePath(before, span, SIZE)} />
      </svg>
      <span class="service-top">100 %</span>
      <span class="service-middle">50 %</span>
      <figcaption>
        <span>{momentWords(span.from, timeZone, now.value)}</span>
        <span class="service-key">
          {before.some(([, share]) => share > 0) && (
            <>
              <span class="key key-service" /> served
            </>
          )}
          {!isOver && (
            <>
              <span class="key key-expected" /> expected
            </>
          )}
          {first && (
            <>
              <span class="key key-first" /> first forecast
            </>
          )}
        </span>
        <span>{momentWords(span.to, timeZone, now.value)}</span>
      </figcaption>
    </figure>
  );
}

function labelOf({ curve }: Course, timeZone: string): string {
  const [begin, end] = [curve[0], curve.at(-1)];
  if (!begin || !end) return "Nothing will be served";
  return `Service restored: ${percent(begin[1])} % at ${momentWords(begin[0], timeZone, now.value)}, ${percent(end[1])} % by ${momentWords(end[0], timeZone, now.value)}`;
}

const SHARES = [
  { share: 0.5, name: "Half of what clients need" },
  { share: 0.9, name: "90 % of what clients need" },
  { share: 1, name: "All of it" },
];

export interface ForecastPanelProps {
  title: string;
  forecast: RunForecast;
  /** By address, if there are others than the page's own. */
  lines?: boolean;
  aside?: ComponentChildren;
}

/** When service is restored, or was: the first forecast beside the current one or what became of it, in words and as a curve. */
export function ForecastPanel({ title, forecast: { first, present, actual }, lines = true, aside }: ForecastPanelProps) {
  const shown = actual ?? present ?? first;
  if (!shown || shown.total.curve.length === 0) return null;
  const zone = zoneOfRun(shown);
  // One that could time nothing, as that of a repair that has still to verify, says nothing beside the other.
  const before = first && shown !== first && isTimed(first.total) ? first : undefined;
  const [line] = shown.addresses;
  const note = lines || !line ? "" : noteWords(line, now.value);
  const words = actual ? reachedWords : shareWords;
  const stated: Stated = { madeAt: shown.madeAt, timeZone: zone, now: now.value };
  return (
    <Section title={title} aside={aside}>
      <div class="card forecast">
        <div>
          <ShareTable
            shown={shown.total}
            head={actual ? "As it was" : present ? "Expected now" : FIRST}
            first={before}
            stated={stated}
            words={words}
          />
          <p class="muted forecast-note">
            {zone.split("/").at(-1)?.replaceAll("_", " ")} time{note && `; ${note}`}
          </p>
          {leftOutWords(shown).map((left) => (
            <p key={left} class="muted forecast-note">
              {left}
            </p>
          ))}
        </div>
        <ServiceCurve shown={shown.total} first={before?.total} stated={stated} isOver={actual !== undefined} />
      </div>
      {lines && <LineTable shown={shown} first={before} isOver={actual !== undefined} />}
    </Section>
  );
}

const FIRST = "First forecast";

interface ShareTableProps {
  shown: Course;
  head: string;
  first: Forecast | undefined;
  stated: Stated;
  words: typeof shareWords;
}

function ShareTable({ shown, head, first, stated, words }: ShareTableProps) {
  const columns: Column<(typeof SHARES)[number]>[] = [
    { head: "Served", rowHead: true, value: ({ name }) => name },
    { head, value: ({ share }) => <span class="nowrap">{words(shown, share, stated)}</span> },
  ];
  if (first) {
    const { madeAt, total } = first;
    columns.push({ head: FIRST, value: ({ share }) => <span class="nowrap">{shareWords(total, share, { ...stated, madeAt })}</span> });
  }
  return <Table caption="When service is back" columns={columns} rows={SHARES} rowKey={({ share }) => share} />;
}

interface LineTableProps {
  shown: Forecast;
  first: Forecast | undefined;
  /** Nothing is left to be sent, and nothing is waited for. */
  isOver: boolean;
}

function LineTable({ shown: { madeAt, addresses: lines }, first, isOver }: LineTableProps) {
  const words = isOver ? reachedWords : shareWords;
  const moment = (line: AddressForecast, share: number) => {
    const stated: Stated = { madeAt, timeZone: zoneOf(line), now: now.value };
    const before = first?.addresses.find(({ address }) => address === line.address);
    const place = stated.timeZone.split("/").at(-1)?.replaceAll("_", " ");
    return (
      <span class="nowrap">
        {words(line, share, stated)}
        <span class="note">
          {before && first ? `${place}; first ${shareWords(before, share, { ...stated, madeAt: first.madeAt })}` : place}
        </span>
      </span>
    );
  };
  const columns: Column<AddressForecast>[] = [
    { head: "Address", rowHead: true, value: ({ address }) => address ?? "own network" },
    { head: "90 % served", value: (line) => moment(line, 0.9) },
    { head: "All served", value: (line) => moment(line, 1) },
  ];
  if (!isOver) {
    columns.splice(1, 0, { head: "To send", numeric: true, value: ({ wireBytes }) => `~${formatBytes(wireBytes)}` });
    columns.push({ head: "Note", wide: true, value: (line) => <span class="muted">{noteWords(line, now.value)}</span> });
  }
  return (
    <Table caption={isOver ? "By address" : "Forecast by address"} columns={columns} rows={lines} rowKey={({ address }) => address ?? ""} />
  );
}
