import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { messageOf, session } from "../../api/client.ts";
import { leaveSignIn } from "../../api/location.ts";
import { isSignedIn, signIn } from "../../api/operations.ts";
import { Logo } from "../../components/logo.tsx";
import { Fault } from "../../components/page-parts.tsx";

/** With a code: signs in automatically, once. Otherwise asks for the operator token. */
export function SignInPage({ code }: { code: string | undefined }) {
  const token = useSignal("");
  const busy = useSignal(code !== undefined);
  const fault = useSignal<string | undefined>(undefined);

  async function attempt(proof: { token: string } | { code: string }): Promise<void> {
    busy.value = true;
    fault.value = undefined;
    try {
      await signIn(proof);
    } catch (error) {
      // A user who is signed in already needs no link: it may be an old tab, or the Back button.
      if (!("code" in proof) || !(await isSignedIn())) fault.value = messageOf(error);
    } finally {
      busy.value = false;
    }
  }

  useEffect(() => {
    if (code !== undefined) void attempt({ code });
  }, [code]);
  // Also when it happens in another tab.
  useSignalEffect(() => {
    if (session.value === "in") leaveSignIn();
  });

  function submit(event: Event): void {
    event.preventDefault();
    if (token.value.trim() !== "") void attempt({ token: token.value.trim() });
  }

  return (
    <main class="sign-in">
      <form class="card sign-in-card" onSubmit={submit}>
        <Logo size={40} />
        <h1>Sign in to Sitewright</h1>
        <p class="muted">Rebuilds client access points, logon points and distribution points.</p>
        <Fault message={fault.value && `Not signed in: ${fault.value}`} />
        {/* For password managers, which store the token with a user name. */}
        <input
          class="unseen"
          type="text"
          name="username"
          autocomplete="username"
          value="operator"
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <label for="token">Operator token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          autofocus
          value={token.value}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
        <button type="submit" class="button button-primary" disabled={busy.value || token.value.trim() === ""} aria-busy={busy.value}>
          {busy.value ? "Signing in" : "Sign in"}
        </button>
        <p class="hint">
          The token is in the file <code>operator-token</code> of the coordinator's data folder. Or run <code>npx sitewright link</code> on
          the coordinator's machine: it prints a link that signs you in.
        </p>
      </form>
    </main>
  );
}
