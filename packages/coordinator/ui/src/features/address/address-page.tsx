import { PRIORITIES, RUN_KINDS } from "@sitewright/protocol";
import type { AddressDetails, AddressChange, Run } from "@sitewright/protocol/api";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { addressTurn, lineRate, readAddress, resetAddress, steerAddress } from "../../api/addresses.ts";
import { ApiError, messageOf } from "../../api/client.ts";
import { now } from "../../api/clock.ts";
import { openRuns } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Fault, Figure, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { formatBitRate, formatHour, formatMoment, shortId } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { destinationOf } from "./addresses-page.tsx";
import { RateChart } from "./rate-chart.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { budgetText, nextChangeText, slowerText, windowLook } from "./window-words.ts";
import { forecasts, watchForecast } from "../../api/forecasts.ts";
import { ofAddress } from "../../lib/lines/service-curve.ts";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";

const CHANGES: Record<AddressChange["kind"], string> = {
  set: "set",
  pause: "paused it",
  resume: "resumed it",
  reset: "reset to hierarchy.yaml",
};
const SETTINGS: Record<string, string> = { bandwidth: "bandwidth", rateLimit: "rate limit", schedule: "schedule" };

function ChangeList({ changes }: { changes: readonly AddressChange[] }) {
  if (changes.length === 0) return <Empty title="No operator has changed anything here: hierarchy.yaml is in force" />;
  return (
    <ol class="card changes">
      {changes.map((change) => (
        <li key={change.at}>
          <time class="muted">{formatMoment(change.at)}</time>
          <span>
            <strong>{change.by}</strong> {CHANGES[change.kind]} {patchText(change.patch)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function patchText(patch: AddressChange["patch"]): string {
  return Object.entries(patch ?? {})
    .map(([name, value]) => `${SETTINGS[name] ?? name} ${valueText(value)}`)
    .join(", ");
}

function valueText(value: unknown): string {
  if (value === null) return "as in hierarchy.yaml";
  if (typeof value === "string") return value;
  const entries = Object.entries(value as Record<string, string>);
  return entries.length === 0 ? "to none" : entries.map(([hours, own]) => `${hours}: ${own}`).join("; ");
}

export function AddressPage({ name }: { name: string }) {
  const details = useSignal<AddressDetails | undefined>(undefined);
  const fault = useSignal<{ missing: boolean; message: string } | undefined>(undefined);
  const turn = addressTurn.value;
  useEffect(() => {
    readAddress(name).then(
      (read) => (details.value = read),
      (error: unknown) => (fault.value = { missing: error instanceof ApiError && error.status === 404, message: messageOf(error) }),
    );
  }, [turn]);
  if (details.value) return <Address address={details.value} onChange={(changed) => (details.value = changed)} />;
  if (fault.value?.missing)
    return (
      <Empty title={`hierarchy.yaml states no address ${name}`}>
        <a href={links.addresses}>See the addresses</a>
      </Empty>
    );
  return fault.value ? <Fault message={fault.value.message} /> : <Skeleton lines={8} label="Loading the address" />;
}

interface AddressProps {
  address: AddressDetails;
  /** Shows the coordinator's answer, without waiting for its event. */
  onChange: (changed: AddressDetails) => void;
}

function Address({ address, onChange }: AddressProps) {
  const { key, override, paused } = address;
  const steer = async (verb: "pause" | "resume") => onChange(await steerAddress(key, verb));
  return (
    <>
      <div class="page-head">
        <h1>
          Address {key} <span class="muted title-note">{destinationOf(key)}</span>
        </h1>
        <Pill look={windowLook(address)} />
        <div class="actions">
          {override && (
            <Action
              label="Reset"
              act={async () => onChange(await resetAddress(key))}
              question={{
                title: "Back to the file?",
                text: "Everything that was set here is removed; the values of hierarchy.yaml are in force within two seconds.",
                yes: "Reset the address",
              }}
            />
          )}
          {paused ? (
            <Action label="Resume" kind="primary" act={() => steer("resume")} />
          ) : (
            <Action label="Pause" act={() => steer("pause")} />
          )}
        </div>
      </div>
      <Now address={address} />
      {openRuns.value.map((run) => (
        <QueuedRun key={run.id} run={run} address={key} />
      ))}
      <SettingsForm address={address} onChange={onChange} />
      <Section title="Who changed what">
        <ChangeList changes={address.changes} />
      </Section>
    </>
  );
}

/** The line's budget and traffic, in figures and over the last two minutes. */
function Now({ address }: { address: AddressDetails }) {
  const { key, budget, timeZone } = address;
  return (
    <div class="card line-now">
      <dl class="figures">
        <Figure name="Used now" value={formatBitRate(lineRate(key))} tone="sent" />
        <Figure name="Budget now" value={budgetText(budget)} note={`of ${address.effective.bandwidth ?? "an unlimited line"}`} />
        {address.carries !== undefined && <Figure name="Slower than stated" value={slowerText(address.carries)} />}
        <Figure name="Next change" value={nextChangeText(address, now.value)} />
        {PRIORITIES.map((priority) => {
          const opens = address.opensAt[priority];
          // The clock of this page ticks once a second, and the server's may be ahead of it.
          if (opens !== undefined && opens <= now.value + 2000) return null;
          const value = opens === undefined ? (address.paused ? "once resumed" : "not this week") : formatHour(opens, timeZone, now.value);
          return <Figure key={priority} name={`${priority} priority opens`} value={value} />;
        })}
      </dl>
      <RateChart name={key} budget={budget} />
    </div>
  );
}

/** What an open run still has to do behind this address. */
function QueuedRun({ run, address }: { run: Run; address: string }) {
  useEffect(() => (RUN_KINDS[run.kind].rollsOut ? watchForecast(run.id, true) : undefined), [run.id]);
  const all = forecasts.value.get(run.id);
  const own = all && ofAddress(all, address);
  if (!own) return null;
  return (
    <ForecastPanel
      title={`When the ${RUN_KINDS[run.kind].label.toLowerCase()} completes here`}
      forecast={own}
      lines={false}
      aside={<a href={links.run(run.id)}>See the run {shortId(run.id)}</a>}
    />
  );
}
