/** The part of the account page that is about passkeys. */
import type { Factors, Passkey } from '../factors/factors.ts';
import { html, type Html } from '../html.ts';
import { card, hiddenFields } from '../page.ts';
import { accountPaths } from '../paths.ts';
import { form, passwordField, time } from './parts.ts';

function entry({ id, name, createdAt, usedAt }: Passkey, index: number, guard: string): Html {
  const hidden = hiddenFields({ passkey: id });
  return html`<li>
    <div>
      <strong>${name}</strong>
      <span class="hint"
        >${usedAt === null ? 'Not used yet' : html`Last used ${time(usedAt)}`} · made ${time(createdAt)}</span
      >
    </div>
    <details>
      <summary aria-label="Change ${name}">Change</summary>
      ${form(
        accountPaths.passkeyRename,
        guard,
        html`${hidden}
          <label for="name-${index}">Name</label>
          <input id="name-${index}" name="name" type="text" maxlength="60" required value="${name}" />
          <button type="submit" class="quiet">Rename</button>`,
      )}
      ${form(
        accountPaths.passkeyRemove,
        guard,
        html`${hidden} ${passwordField(`password-passkey-${index}`, 'Your password')}
          <button type="submit" class="danger">Remove</button>`,
      )}
    </details>
  </li>`;
}

export function passkeysCard({ passkeys }: Factors, guard: string, enrolling: boolean): Html {
  const list = passkeys.map((passkey, index) => entry(passkey, index, guard));
  return card(
    html`<h2>
        Passkeys
        <span class="state ${passkeys.length > 0 ? 'on' : 'off'}"
          >${passkeys.length > 0 ? `✓ ${passkeys.length}` : '○ none'}</span
        >
      </h2>
      <p>A fingerprint, a face, a PIN or a security key. One signs you in without the password.</p>
      ${
        list.length > 0 && !enrolling
          ? html`<ul class="list">
              ${list}
            </ul>`
          : null
      }
      <noscript><p class="hint">Passkeys need JavaScript.</p></noscript>
      <form
        method="post"
        action="${accountPaths.passkey}"
        data-passkey="create"
        data-options="${accountPaths.passkeyOptions}"
        hidden
      >
        ${hiddenFields({ guard, passkey: '' })}
        <label for="passkey-name">Name of the new passkey</label>
        <input
          id="passkey-name"
          name="name"
          type="text"
          maxlength="60"
          required
          placeholder="Laptop, security key…"
        />
        ${enrolling ? null : passwordField('password-passkey', 'Your password')}
        <p class="error" role="alert" data-problem hidden></p>
        <button type="submit">Add a passkey</button>
      </form>`,
  );
}
