/** Opening PGlite the way the desk needs it: little memory, trigrams, and times as the wire writes them. */
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

/** Type ids of PostgreSQL whose values must not become JavaScript's own idea of them. */
const timestamptz = 1184;
const bigint = 20;

const asIso = (value: string): string => new Date(value).toISOString();

/** Opens, or makes, the database in `folder`. One owner per folder: PGlite has no lock of its own. */
export async function openDatabase(folder: string): Promise<PGlite> {
  return PGlite.create({
    dataDir: folder,
    extensions: { pg_trgm },
    parsers: { [timestamptz]: asIso, [bigint]: Number },
    // 32 MB saves a quarter of the memory; jit and parallel workers do not exist in this build.
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB', '-c', 'timezone=UTC'],
  });
}
