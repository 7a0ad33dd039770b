/** The command to try a call with (rule 23). */
import type { ApplicationView } from '../../../domain/wire/portal.ts';

/** Stands where the key goes: keys are shown once, so later there is none to fill in. */
export const keyPlaceholder = '{API_KEY}';

/**
 * For the first connection that calls pass through, else the first that has a path. Null where no gateway's address or no
 * path is known. Keys are of an alphabet that needs no quoting; addresses are quoted where a shell would read them.
 */
export function curlLine(
  app: Pick<ApplicationView, 'connections' | 'gatewayAddress'>,
  key: string,
): string | null {
  const offered = app.connections.filter(({ paths }) => paths.length > 0);
  const path = (offered.find(({ blockedBy }) => blockedBy === null) ?? offered[0])?.paths[0];
  if (app.gatewayAddress === null || path === undefined) return null;
  const address = app.gatewayAddress.replace(/\/+$/, '') + (path.startsWith('/') ? path : `/${path}`);
  return `curl -i ${quoted(address)} -H 'apikey: ${key}'`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
