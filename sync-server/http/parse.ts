/** Where bytes from outside become typed values. */
import type { z } from 'zod';
import { fieldErrors, GatehouseError } from '../../domain/errors.ts';

/** The value as its schema gives it; throws `invalid_input` that lists every wrong field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GatehouseError('invalid_input', { fields: fieldErrors(parsed.error) });
}
