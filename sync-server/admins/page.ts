/** What all pages for admins share: the frame, and the policy that lets nothing run but our one script. */
import type { FastifyReply } from 'fastify';
import { html, trusted, type Html, type Part } from './html.ts';
import { style, styleHash } from './page-style.ts';

export const scriptPath = '/admin/assets/passkeys.js';

/**
 * Nothing is loaded but the script of our own. A form may go here and, because browsers hold redirects after a form to the
 * same rule, to the desk that waits for the answer.
 */
export function pagePolicy(redirectUri: string | null): string {
  const desk = redirectUri === null ? '' : ` ${new URL(redirectUri).origin}`;
  return [
    "default-src 'none'",
    `style-src ${styleHash}`,
    "script-src 'self'",
    "connect-src 'self'",
    `form-action 'self'${desk}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const mark = trusted(
  `<svg viewBox="4 3 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" aria-hidden="true"><path d="M8 25V14a8 8 0 0 1 16 0v11M16 8v17M8 17h16"/></svg>`,
);

/** Without a blank more or less: the policy knows it by its hash. */
const styleElement = trusted(`<style>${style}</style>`);

export interface PageFrame {
  readonly title: string;
  /** For pages with more than one form. */
  readonly wide?: boolean;
  readonly script?: boolean;
  /** Where the browser goes on by itself; ours, since a cookie of ours is not sent on a way that began elsewhere. */
  readonly goesOnTo?: string;
}

/** A whole page around its content. */
export function page({ title, wide = false, script = false, goesOnTo }: PageFrame, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${goesOnTo === undefined ? null : html`<meta http-equiv="refresh" content="0;url=${goesOnTo}" />`}
        <title>${title} · Gatehouse</title>
        ${styleElement} ${script ? html`<script type="module" src="${scriptPath}"></script>` : null}
      </head>
      <body>
        <main class="${wide ? 'wide' : 'narrow'}">
          <div class="brand">${mark}<span>Gatehouse</span></div>
          ${content}
        </main>
      </body>
    </html> `;
}

export function card(...content: readonly Part[]): Html {
  return html`<div class="card">${content.map((part) => html`${part}`)}</div>`;
}

/** What went wrong, said at once to screen readers too. */
export function problem(text: string | null): Html | null {
  return text === null ? null : html`<p class="error" role="alert" id="error">${text}</p>`;
}

/** For the six digits that an authenticator shows; `wrong` points to the problem above. */
export function codeField(label: string, wrong = false): Html {
  return html`<label for="code">${label}</label>
    <input
      id="code"
      name="code"
      class="code"
      type="text"
      inputmode="numeric"
      autocomplete="one-time-code"
      maxlength="12"
      required
      autofocus${wrong ? html` aria-invalid="true" aria-describedby="error"` : null}
    />`;
}

export function hiddenFields(fields: Readonly<Record<string, string | undefined>>): Html[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : html`<input type="hidden" name="${name}" value="${value}" />`,
  );
}

export interface Sent {
  readonly status: number;
  /** Where a form of the page may lead beside this server. */
  readonly redirectUri: string | null;
  readonly body: Html;
}

export function sendPage(reply: FastifyReply, { status, redirectUri, body }: Sent): FastifyReply {
  return pageHeaders(reply, redirectUri).status(status).type('text/html; charset=utf-8').send(body.text);
}

/** `no-referrer` would make browsers send `Origin: null` with a form. */
export function pageHeaders(reply: FastifyReply, redirectUri: string | null): FastifyReply {
  return reply.headers({
    'content-security-policy': pagePolicy(redirectUri),
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
  });
}
