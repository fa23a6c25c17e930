import { useSignal } from "@preact/signals";
import type { SerialPlan, SiteState } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { planSerials, raiseSerials } from "../../api/recovery.ts";
import { overview } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Fault, Section, Skeleton } from "../../components/page-parts.tsx";
import { links } from "../../lib/route.ts";
import { Table, type Column } from "../../components/table.tsx";
import { AcceptSite } from "./accept-site.tsx";

type Proposal = SerialPlan["proposals"][number];

/** A site with lowered numbers: what was detected, what to raise, or that it is right as it is. */
export function HeldSite({ site: { code, name, signs }, onChange }: { site: SiteState; onChange: () => Promise<void> }) {
  const setAside = useSignal<readonly string[]>([]);
  const asked = setAside.value;
  const { answer: found, fault } = useAsked(() => planSerials(code, asked), [code, asked, signs.join()]).value;
  // While its recovery is open this is a note.
  const isUnderRecovery =
    overview.value?.problems.some((problem) => problem.code === "RECOVERY_REQUIRED" && problem.site === code && !problem.leftOut) ?? false;
  const disbelieved = [...new Set([...asked, ...(found?.proposals.flatMap((one) => one.implausible.map(({ witness }) => witness)) ?? [])])];
  const isOpen = found?.proposals.some(({ implausible }) => implausible.length > 0) ?? true;
  return (
    <Section title={`${code} ${name} was recovered`}>
      <div class="card held-site">
        {isUnderRecovery ? (
          <p>
            Its <a href={links.recovery(code)}>recovery</a> is open: nothing is sent to its systems before its numbers are raised.
          </p>
        ) : (
          <p>
            Its systems are left out of every rebuild until its numbers are above every number ever issued.{" "}
            <a href={links.recoveries}>Open its recovery</a>
          </p>
        )}
        <ul class="signs">
          {signs.map((sign) => (
            <li key={sign}>{sign}</li>
          ))}
        </ul>
        <Fault message={fault} />
        {!found && !fault && <Skeleton lines={3} label="Loading what was seen" />}
        {found && (
          <Table caption={`What would be raised at ${code}`} columns={COLUMNS} rows={found.proposals} rowKey={({ counter }) => counter} />
        )}
        {disbelieved.map((witness) => (
          <label key={witness} class="check">
            <input
              type="checkbox"
              checked={asked.includes(witness)}
              onChange={({ currentTarget }) =>
                (setAside.value = currentTarget.checked ? [...asked, witness] : asked.filter((one) => one !== witness))
              }
            />
            <span>Continue without what {witness} states: it cannot be right</span>
          </label>
        ))}
        <div class="actions">
          <Action
            label="Raise the numbers"
            kind="primary"
            disabled={isOpen}
            act={async () => {
              await raiseSerials(code, asked);
              await onChange();
            }}
            question={{
              title: `Raise the numbers of ${code}?`,
              text: (
                <p>
                  They are written into {code}/site.yaml, with the epoch {found?.epoch}. "sitewright repair-serials --site {code} --undo"
                  undoes that as long as no number was issued above them.
                </p>
              ),
              yes: "Raise them",
            }}
          />
          <AcceptSite code={code} risk="Numbers that were issued before may be issued again." onChange={onChange} />
        </div>
      </div>
    </Section>
  );
}

const COLUMNS: readonly Column<Proposal>[] = [
  { head: "Counter", rowHead: true, value: ({ counter }) => counter },
  { head: "States", numeric: true, value: ({ stated }) => String(stated) },
  { head: "Raised to", numeric: true, value: ({ number }) => <strong>{number}</strong> },
  {
    head: "Why",
    wide: true,
    value: ({ reasons, implausible }) => (
      <div>
        {reasons.map((reason) => (
          <div key={reason}>{reason}</div>
        ))}
        {implausible.map(({ witness, number }) => (
          <div key={witness} class="went-back">
            {witness} states {number}: far above all others, and not believed
          </div>
        ))}
      </div>
    ),
  },
];
