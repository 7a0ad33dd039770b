/** Small parts of the account page. */
import { html, type Html } from '../html.ts';
import { hiddenFields } from '../page.ts';

export function form(action: string, guard: string, content: Html): Html {
  return html`<form method="post" action="${action}">${hiddenFields({ guard })} ${content}</form>`;
}

export function passwordField(id: string, label: string): Html {
  return html`<label for="${id}">${label}</label>
    <input
      id="${id}"
      name="password"
      type="password"
      autocomplete="current-password"
      maxlength="512"
      required
    />`;
}

/** A moment for people: to the minute, in UTC; the machine's own form beside it. */
export function time(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
