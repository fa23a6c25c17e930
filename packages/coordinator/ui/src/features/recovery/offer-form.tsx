import { useSignal } from "@preact/signals";
import { CLOSED_TASK_STATES } from "@sitewright/protocol";
import type { Recovery, RecoveryTask } from "@sitewright/protocol/api";
import { performTask } from "../../api/recoveries.ts";
import { overview, refreshSoon } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { links } from "../../lib/route.ts";

interface OfferFormProps {
  recovery: Recovery;
  task: RecoveryTask;
  offer: NonNullable<RecoveryTask["offer"]>;
  onChange: (changed: Recovery) => void;
}

/** Has Sitewright do a task: with a confirmation where it changes something, and what only a person knows asked first. */
export function OfferForm({ recovery, task: { id, title, needs, state, records, command = "" }, offer, onChange }: OfferFormProps) {
  const given = useSignal<Readonly<Record<string, string>>>({});
  const missing = recovery.tasks.filter((one) => needs.includes(one.id) && !CLOSED_TASK_STATES.has(one.state));
  const isSaid = offer.asks.every((name) => (given.value[name] ?? "") !== "");
  const run = state === "running" ? records.at(-1)?.run : undefined;
  const text = command.replaceAll(/<([A-Z]+)>/g, (place, name: string) => given.value[name] || place);

  async function perform(): Promise<void> {
    onChange(await performTask(recovery.id, id, { confirmed: true, given: given.value }));
    // Numbers that were raised let its site through.
    refreshSoon();
  }

  if (run !== undefined)
    return (
      <p class="no-print">
        Sitewright does it now: <a href={links.run(run)}>run {run}</a>. Its end is recorded here.
      </p>
    );
  return (
    <div class="actions recovery-offer no-print">
      {offer.asks.map((name) => (
        <Ask key={name} name={name} site={recovery.site} onSaid={(said) => (given.value = { ...given.value, [name]: said })} />
      ))}
      <Action
        label="Run it"
        kind="primary"
        disabled={missing.length > 0 || !isSaid}
        act={perform}
        {...(offer.confirms
          ? {
              question: {
                title: `${id}: ${title}?`,
                text: (
                  <>
                    <p>This runs, and may change what systems hold or sites state:</p>
                    <code class="recovery-command">{text}</code>
                  </>
                ),
                yes: "Run it now",
              },
            }
          : {})}
      />
      <span class="muted">
        {missing.length > 0
          ? `Sitewright can run it once ${missing.map((one) => one.id).join(", ")} ${missing.length === 1 ? "is" : "are"} closed.`
          : offer.helps
            ? "What it finds becomes evidence; a person closes the task."
            : "Its result closes the task."}
      </span>
    </div>
  );
}

/** A system or a site, of those that the site data have; those of the recovery's own site first. */
function Ask({ name, site, onSaid }: { name: string; site: string; onSaid: (said: string) => void }) {
  const { systems = [], sites = [] } = overview.value ?? {};
  const isFirst = (one: { site: string }): number => (one.site === site ? 0 : 1);
  const names =
    name === "SYSTEM"
      ? systems.toSorted((a, b) => isFirst(a) - isFirst(b)).map((one) => one.name)
      : sites.map(({ code }) => code).filter((code) => code !== site);
  const label = `Which ${name.toLowerCase()}`;
  return (
    <label class="filter">
      <span class="unseen">{label}</span>
      <select onChange={({ currentTarget }) => onSaid(currentTarget.value)}>
        <option value="">{label}?</option>
        {names.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
