import { steerRun } from "../../api/operations.ts";
import { tellRun } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import type { Attention } from "../../lib/attention.ts";
import { plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";

/** Shown at once. */
const MOST = 6;

/** What to do something about; what is only worth knowing stands apart, closed. */
export function AttentionPanel({ urgent, notes }: { urgent: readonly Attention[]; notes: readonly Attention[] }) {
  const { shown, more } = useFirst(urgent, "trouble", MOST);
  const retry = urgent.find((item) => item.retry)?.run;
  if (urgent.length === 0 && notes.length === 0) return null;
  if (urgent.length === 0) return <Notes items={notes} />;
  return (
    <Section
      title="Needs attention"
      aside={retry && <Action label="Retry what failed" kind="primary" act={async () => tellRun(await steerRun(retry, "retry"))} />}
    >
      <TroubleList items={shown} extra={(index) => <More item={shown[index]} />} />
      {more}
      {notes.length > 0 && <Notes items={notes} />}
    </Section>
  );
}

function Notes({ items }: { items: readonly Attention[] }) {
  return (
    <details class="notes">
      <summary>{plural(items.length, "note")}: nothing to be done about</summary>
      <TroubleList items={items} extra={(index) => <More item={items[index]} />} />
    </details>
  );
}

function More({ item }: { item: Attention | undefined }) {
  if (item?.address !== undefined)
    return (
      <a class="trouble-more" href={links.address(item.address)}>
        See the address
      </a>
    );
  if (item?.run)
    return (
      <a class="trouble-more" href={links.run(item.run)}>
        See the run
      </a>
    );
  const [system] = item?.systems ?? [];
  return system ? (
    <a class="trouble-more" href={links.system(system)}>
      See {system}
    </a>
  ) : null;
}
