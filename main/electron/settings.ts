/** What the command line hands to the shell, by environment: Electron takes arguments for its own. */
import { z } from 'zod';

const settingsSchema = z.object({
  GATEHOUSE_SERVER: z.url(),
  GATEHOUSE_DATA_DIR: z.string().min(1),
  /** Milliseconds. */
  GATEHOUSE_HOLD: z.coerce.number().int().min(0).default(10_000),
});

export interface ShellSettings {
  readonly server: string;
  readonly dataDir: string;
  readonly hold: number;
}

/** Throws a ZodError that names what is missing. */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): ShellSettings {
  const parsed = settingsSchema.parse(env);
  return { server: parsed.GATEHOUSE_SERVER, dataDir: parsed.GATEHOUSE_DATA_DIR, hold: parsed.GATEHOUSE_HOLD };
}
