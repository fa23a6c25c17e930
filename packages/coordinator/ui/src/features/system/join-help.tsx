import { useSignal } from "@preact/signals";
import { joinLine, type JoinToken } from "@sitewright/protocol/api";
import { makeJoinToken } from "../../api/operations.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { formatMoment } from "../../lib/format.ts";

/** For a system that has not joined: makes a token and shows the line that joins it. */
export function JoinHelp({ system }: { system: string }) {
  const made = useSignal<JoinToken>();
  const make = async (): Promise<void> => {
    made.value = await makeJoinToken(system);
  };
  const token = made.value;
  return (
    <Section title="Joining">
      {token ? (
        <>
          <p>
            Run this on {system}, with PATH replaced by the folder of each role. It is valid once, until {formatMoment(token.expiresAt)}. If
            its agent has joined before, leave out <code>--root</code>: it keeps its folders.
          </p>
          <pre class="join-line">{joinLine({ urls: [window.location.origin], again: false, ...token })}</pre>
        </>
      ) : (
        <p>No agent has joined as {system}. The agent has to be installed there; then one line makes it known to this coordinator.</p>
      )}
      <Action label={token ? "Make another line" : "Make the line that joins it"} act={make} />
    </Section>
  );
}
