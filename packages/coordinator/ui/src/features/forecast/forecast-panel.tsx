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
  const made = present ?? first;
  const course = actual ?? made?.total;
  if (!course || course.curve.length === 0) return null;
  const { addresses, away } = made ?? { addresses: [], away: [] };
  const zone = zoneOfRun({ addresses });
  // One that could time nothing, as that of a repair that has still to verify, says nothing beside the other.
  const before = course !== first?.total && first && isTimed(first.total) ? first.total : undefined;
  const [line] = addresses;
  const note = lines || !line ? "" : noteWords(line, now.value);
  return (
    <Section title={title} aside={aside}>
      <div class="card forecast">
        <div>
          <ShareTable shown={course} head={actual ? "As it was" : present ? "Expected now" : "First forecast"} first={before} zone={zone} />
          <p class="muted forecast-note">
            {zone.split("/").at(-1)?.replaceAll("_", " ")} time{note && `; ${note}`}
          </p>
          {!actual &&
            leftOutWords({ addresses, away }).map((words) => (
              <p key={words} class="muted forecast-note">
                {words}
              </p>
            ))}
        </div>
        <ServiceCurve shown={course} first={before} timeZone={zone} />
      </div>
      {lines && addresses.length > 0 && <LineTable lines={addresses} first={present ? first?.addresses : undefined} />}
    </Section>
  );
}

interface ShareTableProps {
  shown: Course;
  head: "As it was" | "Expected now" | "First forecast";
  first: Course | undefined;
  zone: string;
}

function ShareTable({ shown, head, first, zone }: ShareTableProps) {
  const words = head === "As it was" ? reachedWords : shareWords;
  return (
    <Table
      caption="When service is back"
      columns={[
        { head: "Served", rowHead: true, value: ({ name }) => name },
        { head, value: ({ share }) => <span class="nowrap">{words(shown, share, zone, now.value)}</span> },
        ...(first
          ? [
              {
                head: "First forecast",
                value: ({ share }: (typeof SHARES)[number]) => <span class="nowrap">{shareWords(first, share, zone, now.value)}</span>,
              },
            ]
          : []),
      ]}
      rows={SHARES}
      rowKey={({ share }) => share}
    />
  );
}

function LineTable({ lines, first }: { lines: readonly AddressForecast[]; first: readonly AddressForecast[] | undefined }) {
  const firstOf = (line: AddressForecast) => first?.find(({ address }) => address === line.address);
  const columns: readonly Column<AddressForecast>[] = [
    { head: "Address", rowHead: true, value: ({ address }) => address ?? "own network" },
    { head: "To send", numeric: true, value: ({ wireBytes }) => `~${formatBytes(wireBytes)}` },
    { head: "90 % served", value: (line) => <Moment line={line} first={firstOf(line)} share={0.9} /> },
    { head: "All served", value: (line) => <Moment line={line} first={firstOf(line)} share={1} /> },
    { head: "Note", wide: true, value: (line) => <span class="muted">{noteWords(line, now.value)}</span> },
  ];
  return <Table caption="Forecast by address" columns={columns} rows={lines} rowKey={({ address }) => address ?? ""} />;
}

function Moment({ line, first, share }: { line: AddressForecast; first: AddressForecast | undefined; share: number }) {
  const zone = zoneOf(line);
  const before = first && shareWords(first, share, zone, now.value);
  const place = zone.split("/").at(-1)?.replaceAll("_", " ");
  return (
    <span class="nowrap">
      {shareWords(line, share, zone, now.value)}
      <span class="note">{before === undefined ? place : `${place}; first ${before}`}</span>
    </span>
  );
}
