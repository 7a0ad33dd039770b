/**
 * Small vocabulary for describing a row once: its wire schema (zod) and its column type in PostgreSQL dialect.
 * Entities are flat on purpose, so that one description serves the server's SELECT, the snapshot's COPY, the frames'
 * JSON and the desk's tables.
 */
import { z } from 'zod';

/** One column: how it travels in JSON and how PostgreSQL stores it. */
export interface Column<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly sql: 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb';
  readonly nullable: boolean;
}

function column<S extends z.ZodType>(schema: S, sql: Column['sql']): Column<S> {
  return { schema, sql, nullable: false };
}

/** Timestamps travel as ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes them. */
export const timestampSchema = z.iso.datetime({ offset: false, precision: 3 });

export const uuid = column(z.uuid(), 'uuid');
export const text = column(z.string(), 'text');
export const integer = column(z.int().min(0), 'integer');
export const flag = column(z.boolean(), 'boolean');
export const time = column(timestampSchema, 'timestamptz');
export const json = column(z.json(), 'jsonb');
export const uuids = column(z.array(z.uuid()), 'jsonb');

/** A text column that holds one of a closed set. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return column(z.enum(values), 'text');
}

/** The same column, null allowed. */
export function nullable<S extends z.ZodType>(of: Column<S>): Column<z.ZodNullable<S>> {
  return { schema: z.nullable(of.schema), sql: of.sql, nullable: true };
}

/** `createdAt` → `created_at`: JSON speaks camelCase, the databases snake_case. */
export function columnName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
