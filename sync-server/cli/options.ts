/** Options that several commands share. What is left out comes from the environment (GATEHOUSE_…, DATABASE_URL). */

export const databaseOptions = {
  'data-dir': {
    type: 'string',
    valueHint: 'DIR',
    description: 'Where the server keeps its data (GATEHOUSE_DATA_DIR, else .data)',
  },
  'database-url': {
    type: 'string',
    valueHint: 'URL',
    description: 'A PostgreSQL of your own instead of the embedded one (DATABASE_URL)',
  },
} as const;

export interface DatabaseFlags {
  readonly 'data-dir'?: string | undefined;
  readonly 'database-url'?: string | undefined;
}

/** In the names that the server's settings use. */
export function databaseFlags(args: DatabaseFlags) {
  return { dataDir: args['data-dir'], databaseUrl: args['database-url'] };
}
