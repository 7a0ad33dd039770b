/** A process that plays its share of the seeds and tells of each. */
import { z } from 'zod';
import { playSeeds } from './play.ts';

/** What the parent says first, and all it says. */
export const orderSchema = z.object({
  server: z.object({
    connection: z.object({
      host: z.string(),
      port: z.number(),
      user: z.string(),
      database: z.string(),
      ssl: z.literal(false),
    }),
    template: z.string(),
  }),
  seeds: z.array(z.int()),
});

// Timers of what was simulated may run on; nobody waits for them, nor for a worker without a parent.
process.once('disconnect', () => process.exit());

process.once('message', (message) => {
  const { server, seeds } = orderSchema.parse(message);
  playSeeds(server, seeds, (schedule) => process.send?.(schedule)).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
