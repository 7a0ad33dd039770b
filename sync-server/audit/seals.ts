/** Whether one entry, taken by itself, is what was sealed. */
import { erasedDetailsSchema, type AuditEntry, type ErasedDetails } from '../../domain/wire/audit.ts';
import { z } from 'zod';
import { sealedDigest, type LogHeader } from '../changelog/hash.ts';

/** What the entry's hash covers. */
export function headerOf(entry: AuditEntry): LogHeader {
  const { payloadDigest, contextDigest, ...rest } = entry;
  return {
    ...rest,
    payloadDigest: Buffer.from(payloadDigest, 'hex'),
    contextDigest: contextDigest === null ? null : Buffer.from(contextDigest, 'hex'),
  };
}

/** True or false for what is there, null for what was erased as a whole. */
function sealHolds(bytes: string | null, salt: string | null, digest: string | null): boolean | null {
  if (bytes === null && salt === null) return digest === null ? false : null;
  if (bytes === null || salt === null || digest === null) return false;
  return sealedDigest(Buffer.from(salt, 'hex'), Buffer.from(bytes, 'utf8')).toString('hex') === digest;
}

export interface Seals {
  /** Columns that are not what was sealed. */
  readonly wrong: readonly string[];
  readonly erased: readonly ('payload' | 'context')[];
}

export function checkSeals(entry: AuditEntry): Seals {
  const wrong: string[] = [];
  const erased: ('payload' | 'context')[] = [];
  const judge = (name: 'payload' | 'context', holds: boolean | null): void => {
    if (holds === false) wrong.push(name);
    if (holds === null) erased.push(name);
  };
  judge('payload', sealHolds(entry.payload, entry.salt, entry.payloadDigest));
  if (entry.version === 2) {
    judge('context', sealHolds(entry.context, entry.contextSalt, entry.contextDigest));
  } else {
    // The first header seals neither: there is no context, and the action follows from the payload.
    const { context, contextSalt, contextDigest } = entry;
    if (context !== null || contextSalt !== null || contextDigest !== null) wrong.push('context');
    if (!actionFollows(entry)) wrong.push('action');
  }
  return { wrong, erased };
}

const imageSchema = z
  .looseObject({
    kind: z.string().optional(),
    decidedRevision: z.number().optional(),
    decidedAction: z.string().nullish(),
  })
  .nullable();

/** As the migration that brought the column derived it. What was erased since cannot be said to be wrong. */
function actionFollows({ payload, kind, action, revision }: AuditEntry): boolean {
  if (payload === null) return true;
  const parsed = imageSchema.safeParse(parseJson(payload));
  if (!parsed.success) return false;
  const image = parsed.data;
  if (kind === 'outcome') return action === (image?.kind ?? 'changed');
  if (image === null) return action === 'deleted';
  if (revision === 1) return action === 'created';
  const decided = image.decidedRevision === revision ? image.decidedAction : null;
  return action === (decided ?? 'changed');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const nothingErased: ErasedDetails = { payloads: [], contexts: [] };

/** What this entry, if it tells of an erasure, says was erased. */
export function erasureOf(entry: AuditEntry): ErasedDetails {
  if (entry.kind !== 'event' || entry.action !== 'developer.erased' || entry.payload === null) {
    return nothingErased;
  }
  return erasedDetailsSchema.safeParse(parseJson(entry.payload)).data ?? nothingErased;
}
