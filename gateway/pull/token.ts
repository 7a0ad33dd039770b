/** The gateway's token: who it is, and by which key it knows its server. */
import { GatehouseError } from '../../domain/errors.ts';
import { gatewayTokenPattern } from '../../domain/wire/gateway.ts';

export interface Token {
  /** The whole token, as it is sent. Never logged. */
  readonly text: string;
  /** Hex SHA-256 of the server's raw public key: no other server is believed, whatever the address leads to. */
  readonly fingerprint: string;
}

/** @throws GatehouseError gateway_token_malformed */
export function parseToken(text: string): Token {
  const fingerprint = gatewayTokenPattern.exec(text.trim())?.[2];
  if (fingerprint === undefined) throw new GatehouseError('gateway_token_malformed');
  return { text: text.trim(), fingerprint };
}
