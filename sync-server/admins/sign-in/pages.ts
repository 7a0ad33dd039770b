/** The pages of signing in: rendered by the server, whole without a script; only passkeys need one. */
import { adminPaths } from '../../../domain/wire/admin.ts';
import { withParameters } from '../authorization.ts';
import { html, type Html } from '../html.ts';
import { card, codeField, hiddenFields, page, problem } from '../page.ts';
import { pagePaths } from '../paths.ts';
import type { Destination } from './attempts.ts';

export interface SignInPage {
  readonly destination: Destination;
  /** Returned by each form and compared with the cookie. */
  readonly guard: string;
  readonly email: string;
  readonly error: string | null;
  readonly passkeys: boolean;
  readonly singleSignOn: boolean;
}

/** Where a sign-in begins, and begins again. */
export function startAddress(destination: Destination): string {
  if (destination === null) return pagePaths.signIn;
  const { state, ...needed } = destination;
  return withParameters(adminPaths.authorize, state === undefined ? needed : { ...needed, state });
}

/** A form whose submit asks the browser for a passkey; hidden until the script is there. */
export function passkeyForm(fields: Html[], label: string): Html {
  return html`<form
    method="post"
    action="${pagePaths.passkey}"
    data-passkey="get"
    data-options="${pagePaths.passkeyOptions}"
    hidden
  >
    ${fields}
    <input type="hidden" name="passkey" value="" />
    <p class="error" role="alert" data-problem hidden></p>
    <button type="submit" class="quiet">${label}</button>
  </form>`;
}

export function signInPage(shown: SignInPage): Html {
  const { destination, guard, email, error, passkeys } = shown;
  const fields = hiddenFields({ ...destination, guard });
  const described = error === null ? null : html` aria-invalid="true" aria-describedby="error"`;
  const focus = html` autofocus`;
  return page(
    { title: error === null ? 'Sign in' : 'Sign-in failed', script: passkeys },
    html`${card(
      html`<h1>Sign in</h1>
        <p>
          ${destination ? 'For admins, to connect the Gatehouse desk on this computer.' : 'For admins, to look after your own account.'}
        </p>
        ${problem(error)}
        <form method="post" action="${destination ? adminPaths.authorize : pagePaths.signIn}">
          ${fields}
          <label for="email">E-mail</label>
          <input
            id="email"
            name="email"
            type="text"
            inputmode="email"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            maxlength="254"
            required
            value="${email}"
            ${described}${email === '' ? focus : null}
          />
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            maxlength="512"
            required${described}${email === '' ? null : focus}
          />
          <button type="submit">Sign in</button>
        </form>
        ${otherWays(shown, fields)}`,
    )}`,
  );
}

/** Ways to sign in without the password. */
function otherWays({ passkeys, singleSignOn }: SignInPage, fields: Html[]): Html | null {
  if (!passkeys && !singleSignOn) return null;
  return html`<div class="others">
    ${passkeys ? passkeyForm(fields, 'Sign in with a passkey') : null}
    ${
      singleSignOn
        ? html`<form method="post" action="${pagePaths.singleSignOn}">
            ${fields}
            <button type="submit" class="quiet">Sign in with single sign-on</button>
          </form>`
        : null
    }
  </div>`;
}

export interface SecondFactorPage {
  readonly destination: Destination;
  readonly guard: string;
  readonly error: string | null;
  readonly authenticator: boolean;
  readonly passkeys: boolean;
}

export function secondFactorPage(shown: SecondFactorPage): Html {
  const { destination, guard, error, authenticator, passkeys } = shown;
  const fields = hiddenFields({ guard });
  return page(
    { title: error === null ? 'One more step' : 'That did not work', script: passkeys },
    html`${card(
        html`<h1>One more step</h1>
          <p>
            ${authenticator ? 'Enter the code that your authenticator app shows now.' : 'Prove that it is you with your passkey.'}
          </p>
          ${problem(error)} ${passkeys ? passkeyForm(fields, 'Use a passkey') : null}
          ${
            authenticator
              ? html`<form method="post" action="${pagePaths.code}">
                  ${fields} ${codeField('Six-digit code', error !== null)}
                  <button type="submit">Go on</button>
                </form>`
              : null
          }
          <details>
            <summary>I cannot use ${authenticator ? 'my authenticator' : 'my passkey'} now</summary>
            <form method="post" action="${pagePaths.code}">
              ${fields}
              <label for="recovery">Recovery code</label>
              <input
                id="recovery"
                name="code"
                class="code"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength="40"
                required
              />
              <p class="hint">
                One of the ten that you were shown; each works once. Without one, ask an owner to reset your
                second factor.
              </p>
              <button type="submit" class="quiet">Use a recovery code</button>
            </form>
          </details>`,
      )}
      <p class="foot"><a href="${startAddress(destination)}">Start again</a></p>`,
  );
}

/** For a request that does not come from the desk, or not any more. */
export function refusedPage(): Html {
  return page(
    { title: 'Cannot sign in' },
    card(
      html`<h1>This link does not work</h1>
        <p>It is incomplete, or it was not made by a Gatehouse desk. Nothing happened.</p>
        <p>Go back to the desk and choose <strong>Sign in</strong> again.</p>`,
    ),
  );
}

/** A sign-in that cannot go on; `why` is a whole sentence. */
export function stoppedPage(why: string, destination: Destination): Html {
  return page(
    { title: 'Cannot sign in' },
    html`${card(
        html`<h1>Not signed in</h1>
          ${problem(why)}`,
      )}
      <p class="foot"><a href="${startAddress(destination)}">Back to the sign-in page</a></p>`,
  );
}

/** On the way to another page, also where no redirect is followed. */
export function passingPage(title: string, address: string): Html {
  return page(
    { title, goesOnTo: address },
    card(
      html`<h1>${title}</h1>
        <p>If nothing happens, <a href="${address}">go on yourself</a>.</p>`,
    ),
  );
}
