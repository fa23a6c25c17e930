import { useSignal } from "@preact/signals";
import { steerRun } from "../../api/operations.ts";
import { tellRun } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import type { Attention } from "../../lib/attention.ts";
import { plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";

/** Shown at once; the others on request. */
const MOST = 6;

export function AttentionPanel({ items }: { items: readonly Attention[] }) {
  const all = useSignal(false);
  const shown = all.value ? items : items.slice(0, MOST);
  const retry = items.find((item) => item.retry)?.run;
  return (
    <Section
      title="Needs attention"
      aside={retry && <Action label="Retry what failed" kind="primary" act={async () => tellRun(await steerRun(retry, "retry"))} />}
    >
      <TroubleList items={shown} extra={(index) => <More item={shown[index]} />} />
      {items.length > shown.length && (
        <button type="button" class="button button-quiet" onClick={() => (all.value = true)}>
          Show {plural(items.length - shown.length, "more", "more")}
        </button>
      )}
    </Section>
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
