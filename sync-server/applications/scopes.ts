/** Scopes belong to clients of an identity provider that hands them out; none of our strategies does. */
import { GatehouseError } from '../../domain/errors.ts';

/** Throws `invalid_input` where scopes are asked for, rather than to forget them silently. */
export function refuseScopes(scopes: readonly string[] | undefined): void {
  if (!scopes || scopes.length === 0) return;
  const reason = 'are not supported by the auth strategy';
  throw new GatehouseError('invalid_input', { fields: [{ field: 'scopes', reason }] });
}
