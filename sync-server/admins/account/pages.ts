/** The account page: what an admin's own account is, and what may be done to it. */
import type { DeviceEntry } from '../../../domain/wire/admin.ts';
import { hasSecondFactor, type Factors } from '../factors/factors.ts';
import { html, type Html } from '../html.ts';
import { card, codeField, hiddenFields, page, problem } from '../page.ts';
import { guardOf } from '../guard.ts';
import type { PageSession } from '../page-sessions.ts';
import { accountPaths } from '../paths.ts';
import { passkeysCard } from './passkeys-card.ts';
import { form, passwordField, time } from './parts.ts';

export interface AccountPage {
  readonly session: PageSession;
  readonly factors: Factors;
  readonly devices: readonly DeviceEntry[];
  readonly passkeys: boolean;
  /** Whether the last second factor has to stay. */
  readonly required: boolean;
  readonly error: string | null;
  readonly notice: string | null;
}

export function accountPage(shown: AccountPage): Html {
  const { session, notice, error } = shown;
  const { admin, enrolling } = session;
  const guard = guardOf(session.token);
  return page(
    { title: enrolling ? 'Set up a second factor' : 'Your account', wide: true, script: shown.passkeys },
    html`<header class="head">
        <div>
          <h1>${enrolling ? 'Set up a second factor' : 'Your account'}</h1>
          <p>${admin.name} · ${admin.email} · ${admin.role}</p>
        </div>
        ${form(accountPaths.signOut, guard, html`<button type="submit" class="quiet">Sign out</button>`)}
      </header>
      ${problem(error)} ${notice === null ? null : html`<p class="notice" role="status">${notice}</p>`}
      ${enrolling ? enrolment(shown, guard) : whole(shown, guard)}`,
  );
}

function enrolment(shown: AccountPage, guard: string): Html {
  const ready = hasSecondFactor(shown.factors);
  const goOn = form(accountPaths.goOn, guard, html`<button type="submit">Go on</button>`);
  const words = ready
    ? 'Your account has a second factor now.'
    : 'This server asks every admin for a second factor. Choose one, then go on.';
  return html`${card(
    html`<p class="lead">${words}</p>
      ${ready ? goOn : null}`,
  )}
  ${authenticatorCard(shown, guard)} ${shown.passkeys ? passkeysCard(shown.factors, guard, true) : null}`;
}

function whole(shown: AccountPage, guard: string): Html {
  return html`${passwordCard(guard)} ${authenticatorCard(shown, guard)}
  ${hasSecondFactor(shown.factors) ? recoveryCard(shown.factors, guard) : null}
  ${shown.passkeys ? passkeysCard(shown.factors, guard, false) : null} ${devicesCard(shown.devices, guard)}
  ${shown.factors.issuers.length > 0 ? issuersCard(shown.factors) : null}`;
}

function passwordCard(guard: string): Html {
  return card(
    html`<h2>Password</h2>
      ${form(
        accountPaths.password,
        guard,
        html`${passwordField('password-now', 'Your password now')}
          <label for="next">New password</label>
          <input
            id="next"
            name="next"
            type="password"
            autocomplete="new-password"
            minlength="8"
            maxlength="512"
            required
          />
          <p class="hint">
            At least 8 characters. All other sessions end; desks ask you to sign in again and lose nothing.
          </p>
          <button type="submit">Change password</button>`,
      )}`,
  );
}

function authenticatorCard({ factors, session, required }: AccountPage, guard: string): Html {
  if (!factors.authenticator) {
    return card(
      html`<h2>Authenticator app <span class="state off">○ off</span></h2>
        <p>A code from an app on your phone, asked for after the password.</p>
        ${form(
          accountPaths.authenticator,
          guard,
          html`${session.enrolling ? null : passwordField('password-totp', 'Your password')}
            <button type="submit">Set up</button>`,
        )}`,
    );
  }
  const last = required && factors.passkeys.length === 0;
  return card(
    html`<h2>Authenticator app <span class="state on">✓ on</span></h2>
      <p>After the password, this server asks for the code that your app shows.</p>
      ${
        last || session.enrolling
          ? html`<p class="hint">
              It is your only second factor, and this server asks for one: it cannot be turned off.
            </p>`
          : html`<details>
              <summary>Turn off</summary>
              ${form(
                accountPaths.authenticatorOff,
                guard,
                html`${passwordField('password-off', 'Your password')}
                  <button type="submit" class="danger">Turn off</button>`,
              )}
            </details>`
      }`,
  );
}

function recoveryCard({ recoveryCodes }: Factors, guard: string): Html {
  return card(
    html`<h2>
        Recovery codes <span class="state ${recoveryCodes > 2 ? 'on' : 'low'}">${recoveryCodes} left</span>
      </h2>
      <p>For when your second factor is out of reach. Each works once.</p>
      <details>
        <summary>Make new ones</summary>
        ${form(
          accountPaths.recoveryCodes,
          guard,
          html`${passwordField('password-codes', 'Your password')}
            <p class="hint">The former ones are void then.</p>
            <button type="submit">Make ten new codes</button>`,
        )}
      </details>`,
  );
}

function devicesCard(devices: readonly DeviceEntry[], guard: string): Html {
  const rows = devices.map(
    ({ id, name, kind, enrolledAt, seenAt, address }) =>
      html`<li>
        <div>
          <strong>${name}</strong
          >${kind === 'automation' ? html` <span class="state off">token</span>` : null}
          <span class="hint"
            >Last seen ${time(seenAt)}${address === null ? null : html` from ${address}`} · enrolled
            ${time(enrolledAt)}</span
          >
        </div>
        ${form(
          accountPaths.device,
          guard,
          html`<input type="hidden" name="device" value="${id}" />
            <button type="submit" class="danger small" aria-label="Revoke ${name}">Revoke</button>`,
        )}
      </li>`,
  );
  return card(
    html`<h2>Devices</h2>
      ${
        rows.length === 0
          ? html`<p>Desks and tokens of yours appear here once they have signed in.</p>`
          : html`<p>A device that you revoke is cut off at once. What it has not sent by then is refused.</p>
              <ul class="list">
                ${rows}
              </ul>`
      }
      ${form(accountPaths.sessions, guard, html`<button type="submit" class="quiet">End all other sessions</button>`)}`,
  );
}

function issuersCard({ issuers }: Factors): Html {
  return card(
    html`<h2>Single sign-on</h2>
      <ul class="list">
        ${issuers.map((issuer) => html`<li>${issuer}</li>`)}
      </ul>
      <p class="hint">An owner can take this away by resetting your second factor.</p>`,
  );
}

export interface AuthenticatorPage {
  readonly session: PageSession;
  /** The picture of the address, as SVG. */
  readonly picture: Html;
  readonly secret: string;
  readonly uri: string;
  readonly error: string | null;
}

export function authenticatorPage({ session, picture, secret, uri, error }: AuthenticatorPage): Html {
  return page(
    { title: 'Set up your authenticator' },
    html`${card(
        html`<h1>Set up your authenticator</h1>
          <p>Scan this with your authenticator app, or type the key below it.</p>
          <div class="qr" role="img" aria-label="QR code for the authenticator app">${picture}</div>
          <p class="secret"><code>${secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></p>
          <p class="uri"><a href="${uri}">Open in an app on this device</a></p>
          ${problem(error)}
          <form method="post" action="${accountPaths.authenticatorConfirm}">
            ${hiddenFields({ guard: guardOf(session.token) })}
            ${codeField('Code that the app shows now', error !== null)}
            <button type="submit">Turn on</button>
          </form>`,
      )}
      <p class="foot"><a href="/admin/account">Cancel</a></p>`,
  );
}

export function recoveryCodesPage(codes: readonly string[], enrolling: boolean): Html {
  return page(
    { title: 'Your recovery codes' },
    card(
      html`<h1>Your recovery codes</h1>
        <p>
          Keep these ten where you find them without your phone: in a password manager, or on paper. They are
          shown this once.
        </p>
        <ol class="codes">
          ${codes.map((code) => html`<li><code>${code}</code></li>`)}
        </ol>
        <p class="hint">Each signs you in once, after your password, in place of your second factor.</p>
        <p>
          <a class="button" href="/admin/account"
            >${enrolling ? 'I have stored them: go on' : 'I have stored them'}</a
          >
        </p>`,
    ),
  );
}
