import type { ComponentChildren } from "preact";
import { leftOutWords, noteWords, zoneOf, zoneOfRun, type AddressForecast, type Course, type RunForecast } from "@sitewright/protocol/api";
import { now } from "../../api/clock.ts";
import { Section } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, percent } from "../../lib/format.ts";
import { curvePath, isTimed, momentWords, reachedWords, shareWords, spanOf } from "../../lib/lines/service-curve.ts";

const SIZE = { width: 600, height: 120 };

/** Service restored over time, and the first forecast. The table beside it has the same data in words. */
function ServiceCurve({ shown, first, timeZone }: { shown: Course; first: Course | undefined; timeZone: string }) {
  const { from, to } = spanOf([first, shown]);
  const path = curvePath(shown.curve, from, to, SIZE);
  const start = /^M([\d.]+) /.exec(path)?.[1] ?? "0";
  return (
    <figure class="service-curve">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" role="img" aria-label={labelOf(shown, timeZone)}>
        <title>{labelOf(shown, timeZone)}</title>
        <path class="service-area" d={`${path}V${SIZE.height}H${start}Z`} />
        <path class="service-now" d={path} />
        {first && <path class="service-first" d={curvePath(first.curve, from, to, SIZE)} />}
      </svg>
      <span class="service-top">100 %</span>
      <span class="service-middle">50 %</span>
      <figcaption>
        <span>{momentWords(from, timeZone, now.value)}</span>
        <span class="service-key">
          <span class="key key-service" /> served
          {first && (
            <>
              <span class="key key-first" /> first forecast
            </>
          )}
        </span>
        <span>{momentWords(to, timeZone, now.value)}</span>
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
  return (
    <Section title={title} aside={aside}>
      <div class="card forecast">
        <div>
          <ShareTable
            shown={shown.total}
            head={actual ? "As it was" : present ? "Expected now" : FIRST}
            first={before?.total}
            zone={zone}
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
        <ServiceCurve shown={shown.total} first={before?.total} timeZone={zone} />
      </div>
      {lines && <LineTable lines={shown.addresses} first={before?.addresses} words={words} isOver={actual !== undefined} />}
    </Section>
  );
}

const FIRST = "First forecast";

interface ShareTableProps {
  shown: Course;
  head: string;
  first: Course | undefined;
  zone: string;
  words: typeof shareWords;
}

function ShareTable({ shown, head, first, zone, words }: ShareTableProps) {
  const columns: Column<(typeof SHARES)[number]>[] = [
    { head: "Served", rowHead: true, value: ({ name }) => name },
    { head, value: ({ share }) => <span class="nowrap">{words(shown, share, zone, now.value)}</span> },
  ];
  if (first) columns.push({ head: FIRST, value: ({ share }) => <span class="nowrap">{shareWords(first, share, zone, now.value)}</span> });
  return <Table caption="When service is back" columns={columns} rows={SHARES} rowKey={({ share }) => share} />;
}

interface LineTableProps {
  lines: readonly AddressForecast[];
  first: readonly AddressForecast[] | undefined;
  words: typeof shareWords;
  /** Nothing is left to be sent, and nothing is waited for. */
  isOver: boolean;
}

function LineTable({ lines, first, words, isOver }: LineTableProps) {
  const moment = (line: AddressForecast, share: number) => {
    const zone = zoneOf(line);
    const before = first?.find(({ address }) => address === line.address);
    const place = zone.split("/").at(-1)?.replaceAll("_", " ");
    return (
      <span class="nowrap">
        {words(line, share, zone, now.value)}
        <span class="note">{before ? `${place}; first ${shareWords(before, share, zone, now.value)}` : place}</span>
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
