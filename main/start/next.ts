/** What to do next: the closing words of a start. */
import { z } from 'zod';

/** What the server says when it is ready. */
export const serverReadySchema = z.looseObject({
  publicUrl: z.string(),
  firstAdmin: z.object({ email: z.string(), password: z.string() }).nullable(),
});

/** The line that `gatehouse demo --json` prints. */
export const demoSchema = z.looseObject({
  developer: z.object({ email: z.string(), password: z.string().nullable(), key: z.string().nullable() }),
});

/** `trouble` is why it does not enforce what the server says, where it does not. */
export const gatewayReadySchema = z.looseObject({ trouble: z.string().nullable() });

export const deskReadySchema = z.looseObject({
  host: z.enum(['electron', 'loopback']),
  url: z.string().nullable(),
  opened: z.boolean(),
});
export type DeskReady = z.infer<typeof deskReadySchema>;

/** What is shown once and kept nowhere. */
export interface Secrets {
  admin: { readonly email: string; readonly password: string } | null;
  developer: { readonly email: string; readonly password: string | null; readonly key: string | null } | null;
}

/** Passwords and key, a line each; nothing where this start made none. */
export function secretLines({ admin, developer }: Secrets): string[] {
  const lines: string[] = [];
  if (admin) lines.push(`  First admin, for the desk        ${admin.email}   ${admin.password}`);
  if (developer?.password) {
    lines.push(`  Demo developer, for the portal   ${developer.email}   ${developer.password}`);
  }
  return lines.length > 0 ? ['Sign in as (shown this once, kept nowhere):', ...lines] : [];
}

export function curlLine(gatewayPort: number, secrets: Secrets): string {
  const key = secrets.developer?.key ?? '{API_KEY}';
  return `  curl -i http://localhost:${gatewayPort}/mock -H 'apikey: ${key}'`;
}

export function deskLine({ host, url, opened }: DeskReady): string {
  if (host === 'electron' || url === null) return '  Desk     open in its own window';
  return `  Desk     ${url}${opened ? '   (open in your browser)' : ''}`;
}

interface Addresses {
  readonly publicUrl: string;
  readonly gatewayPort: number;
  /** Where the data is, in words. */
  readonly data: string;
  /** The desk's own line. */
  readonly desk: string;
}

export function closingWords({ publicUrl, gatewayPort, data, desk }: Addresses, secrets: Secrets): string[] {
  const shown = secretLines(secrets);
  return [
    '',
    `  Portal   ${publicUrl}   (developers sign up and ask for access here)`,
    `  Mail     ${publicUrl}/dev/mail   (what it would have sent)`,
    desk,
    `  Data     ${data}`,
    '',
    ...(shown.length > 0
      ? shown
      : [
          'Sign in with the passwords that the first start showed. Another admin:',
          '  npx gatehouse admin add EMAIL --role owner',
        ]),
    '',
    'Call the demo API:',
    curlLine(gatewayPort, secrets),
    '',
    'Ctrl+C stops all of it; the data stays.',
  ];
}
