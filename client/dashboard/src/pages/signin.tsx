// Coming in with a token. Where the hub asks for none, by saying which organisation one is.
import { useState } from "preact/hooks";
import { directory, heeding, PATIENCE, shown } from "../hub";
import type { PageProps } from "../main";
import { Page, Problem } from "../parts/basic";
import { TextField } from "../parts/compose";
import { OrganisationList } from "../parts/organisations";
import { go, to } from "../route";
import { actingAs, signIn } from "../session";
import { t } from "../words";

export function SignIn(props: PageProps) {
  const [secret, setSecret] = useState("");
  const [organisation, setOrganisation] = useState(actingAs());
  const [refused, setRefused] = useState<unknown>(null);
  const open = props.caller?.hub.developmentMode === true;
  const enter = async () => {
    setRefused(null);
    const as = organisation.trim() && !organisation.startsWith("org/") ? `org/${organisation.trim()}` : organisation.trim();
    try {
      // Only what the hub lets in is kept.
      await heeding(() => directory.getHub({}, { timeoutMs: PATIENCE, headers: shown(secret.trim(), as) }));
      signIn(secret.trim(), as);
      go(to("now"));
    } catch (error) {
      setRefused(error);
    }
  };
  return (
    <Page title={t("sign_in")} lead={open ? t("sign_in_open") : t("sign_in_lead")}>
      <OrganisationList id="organisations" />
      <form
        class="compose"
        onSubmit={(submit) => {
          submit.preventDefault();
          void enter();
        }}
      >
        {!open && <TextField label={t("token")} type="password" value={secret} set={setSecret} hint={t("token_hint")} required ltr />}
        {open && <TextField label={t("organisation")} value={organisation} set={setOrganisation} hint={t("organisation_hint")} list="organisations" required ltr />}
        {refused !== null && <Problem error={refused} />}
        <div class="buttons">
          <button type="submit" class="primary">
            {t("sign_in")}
          </button>
        </div>
      </form>
    </Page>
  );
}
