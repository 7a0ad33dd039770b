/** The sign-in page: server-rendered, without a script. */
import type { AuthorizationRequest } from './authorization.ts';
import { style, styleHash } from './page-style.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * Nothing runs and nothing is loaded. The form may go here and, because browsers hold redirects after a form to the same
 * rule, to the desk that waits for the answer.
 */
export function pagePolicy(redirectUri: string | null): string {
  const desk = redirectUri === null ? '' : ` ${new URL(redirectUri).origin}`;
  return `default-src 'none'; style-src ${styleHash}; form-action 'self'${desk}; base-uri 'none'; frame-ancestors 'none'`;
}

const mark = `<svg viewBox="0 0 28 28" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true"><path d="M4 25V11a10 10 0 0 1 20 0v14"/><path d="M10 25V12a4 4 0 0 1 8 0v13M2 25h24"/></svg>`;

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)} · Gatehouse</title>
<style>${style}</style>
</head>
<body>
<main>
<div class="brand">${mark}<span>Gatehouse</span></div>
<div class="card">
${content}
</div>
</main>
</body>
</html>
`;
}

export interface SignInPage {
  readonly request: AuthorizationRequest;
  /** Returned by the form and compared with the cookie. */
  readonly guard: string;
  readonly email: string;
  readonly error: string | null;
}

export function signInPage({ request, guard, email, error }: SignInPage): string {
  const hidden = Object.entries({ ...request, guard })
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('\n');
  const problem = error === null ? '' : `<p class="error" role="alert" id="error">${escape(error)}</p>`;
  const described = error === null ? '' : ' aria-invalid="true" aria-describedby="error"';
  const focus = email === '' ? ['autofocus', ''] : ['', 'autofocus'];
  return page(
    error === null ? 'Sign in' : 'Sign-in failed',
    `<h1>Sign in</h1>
<p>For admins, to connect the Gatehouse desk on this computer.</p>
${problem}
<form method="post" action="/admin/authorize">
${hidden}
<label for="email">E-mail</label>
<input id="email" name="email" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254" required value="${escape(email)}"${described} ${focus[0] ?? ''}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="512" required${described} ${focus[1] ?? ''}>
<button type="submit">Sign in</button>
</form>`,
  );
}

/** For a request that does not come from the desk, or not any more. */
export function refusedPage(): string {
  return page(
    'Cannot sign in',
    `<h1>This link does not work</h1>
<p>It is incomplete, or it was not made by a Gatehouse desk. Nothing happened.</p>
<p>Go back to the desk and choose <strong>Sign in</strong> again.</p>`,
  );
}
