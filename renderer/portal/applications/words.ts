/** States in the developer's words, with the mark that says the same. */
import type { z } from 'zod';
import type {
  applicationSummarySchema,
  connectionViewSchema,
  credentialViewSchema,
} from '../../../domain/wire/portal.ts';
import type { Mark } from '../../ui/mark.ts';

export type Connection = z.infer<typeof connectionViewSchema>;
export type Credential = z.infer<typeof credentialViewSchema>;
export type Summary = z.infer<typeof applicationSummarySchema>;

export interface Word {
  readonly mark: Mark;
  readonly label: string;
}

export const requestWords: Readonly<Record<Connection['state'], Word>> = {
  pending: { mark: 'pending', label: 'Pending' },
  approved: { mark: 'positive', label: 'Approved' },
  rejected: { mark: 'negative', label: 'Rejected' },
  withdrawn: { mark: 'neutral', label: 'Withdrawn' },
  revoked: { mark: 'blocked', label: 'Revoked' },
};

export const keyWords: Readonly<Record<Credential['state'], Word>> = {
  active: { mark: 'positive', label: 'Active' },
  rotating: { mark: 'waiting', label: 'Being replaced' },
  revoked: { mark: 'blocked', label: 'Revoked' },
  expired: { mark: 'blocked', label: 'Expired' },
};

/** `Weather v2`. */
export function apiName({
  productName,
  versionName,
}: Pick<Connection, 'productName' | 'versionName'>): string {
  return `${productName} ${versionName}`;
}

/** `Weather v2`, `Weather v2 and Maps v1`, `A, B and C`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
