import { Icon } from "../../components/icon.tsx";
import { Faults } from "../../components/page-parts.tsx";
import { budgetsOf, type Draft, type LimitRow } from "../../lib/lines/address-draft.ts";
import { formatBitRate } from "../../lib/format.ts";
import { two } from "../../lib/lines/week-grid.ts";
import { budgetText } from "./window-words.ts";

interface LimitRowsProps {
  draft: Draft;
  faults: readonly string[];
  onChange: (limits: LimitRow[]) => void;
}

/** Ranges of hours with a rate or a share each, and the resulting day. */
export function LimitRows({ draft, faults, onChange }: LimitRowsProps) {
  const { limits } = draft;
  const change = (at: number, part: Partial<LimitRow>) => onChange(limits.map((row, i) => (i === at ? { ...row, ...part } : row)));
  return (
    <>
      <DayBars budgets={budgetsOf(draft)} />
      <ul class="limits">
        {limits.map(({ from, to, value }, at) => (
          <li key={at}>
            <HourSelect label="From hour" hours={[0, 23]} value={from} onChange={(hour) => change(at, { from: hour })} />
            <span class="muted">to</span>
            <HourSelect label="To hour" hours={[1, 24]} value={to} onChange={(hour) => change(at, { to: hour })} />
            <input
              aria-label={`Rate from ${two(from)} to ${two(to)}`}
              value={value}
              placeholder="25% or 512 kbit/s"
              onInput={(event) => change(at, { value: event.currentTarget.value })}
            />
            <button
              type="button"
              class="button button-icon"
              aria-label={`Remove the limit from ${two(from)} to ${two(to)}`}
              onClick={() => onChange(limits.filter((_, i) => i !== at))}
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button button-quiet" onClick={() => onChange([...limits, { from: 8, to: 18, value: "" }])}>
        Add hours
      </button>
      <Faults messages={faults} />
    </>
  );
}

interface HourSelectProps {
  label: string;
  hours: readonly [number, number];
  value: number;
  onChange: (hour: number) => void;
}

function HourSelect({ label, hours: [first, last], value, onChange }: HourSelectProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(Number(event.currentTarget.value))}>
      {Array.from({ length: last - first + 1 }, (_, i) => (
        <option key={i} value={first + i}>
          {two(first + i)}
        </option>
      ))}
    </select>
  );
}

/** The budget of the line in each hour of the day. */
function DayBars({ budgets }: { budgets: readonly (number | undefined)[] }) {
  const top = Math.max(1, ...budgets.map((budget) => budget ?? 0));
  return (
    <div class="day-bars" role="img" aria-label={describeDay(budgets)}>
      {budgets.map((budget, hour) => (
        <span key={hour} title={`${two(hour)} to ${two(hour + 1)}: ${budgetText(budget)}`}>
          <span style={{ height: `${budget === undefined ? 100 : Math.max(3, (budget / top) * 100)}%` }} />
          {hour % 6 === 0 && <small>{two(hour)}</small>}
        </span>
      ))}
    </div>
  );
}

function describeDay(budgets: readonly (number | undefined)[]): string {
  const known = budgets.filter((budget) => budget !== undefined);
  if (known.length === 0) return "No limit at any hour";
  return `From ${formatBitRate(Math.min(...known))} to ${known.length < budgets.length ? "unlimited" : formatBitRate(Math.max(...known))} over the day`;
}
